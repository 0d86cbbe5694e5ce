#pragma once

#include <string>
#include <string_view>

#include "api/messages/cycles.hpp"
#include "ctl/text/layout.hpp"

namespace dirsync::ctl {

/// The answer to `GET /v1/status` for a person. A text that is not JSON of that shape comes back as it is.
std::string status_text(std::string_view json, Width width = {});
/// A change of the source that waits, and what to do.
std::string frozen_text(const messages::PendingChange& change);
/// Of a status that says "paused": since when, who asked for it and why.
std::string pause_text(const messages::Status& status);
/// The answer to a pause of what was paused before. `status`: afterwards.
std::string paused_again_text(const messages::Status& status, bool gave_reason, Width width = {});
/// For the line that is shown while a sync runs: "reading users of ...: 4000 objects"; empty when nothing is
/// read.
std::string progress_text(const messages::Progress& progress);

}  // namespace dirsync::ctl
