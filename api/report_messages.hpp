#pragma once

#include <optional>
#include <string>

#include "api/messages/cycles.hpp"
#include "api/operations.hpp"

namespace dirsync::api {

// Reports of the engine as messages.

/// `run_id`: the id of the last run; nullopt if v1_runs has no line of it.
messages::Status message_of(const StatusReport& status,
                            const std::optional<std::string>& run_id = std::nullopt);
messages::CycleReport message_of(const sync::CycleReport& report, bool dry_run);
messages::RevertReport message_of(const sync::RevertReport& report, bool dry_run);
messages::Explanation message_of(const sync::Explanation& explanation);
messages::Hold message_of(const sync::Hold& hold);
messages::PendingChange message_of(const sync::PendingSourceChange& pending);
/// What an update changed, in words (messages::changed_values); empty for any other line.
std::string changed_values(const sync::ChangeLine& line);
messages::Named<messages::MappedValue> message_of(
    const std::vector<sync::Explanation::Attribute>& attributes);

}  // namespace dirsync::api
