#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/check.hpp"
#include "ctl/text/layout.hpp"

namespace dirsync::ctl {

/// The checks in the answer to `POST /v1/survey/check`; empty when it is another text.
std::vector<Check> checks_of(std::string_view json);

/// A line for each check, and what to do about each that is not in order; a line with their number at the
/// end. Sentences are folded, commands are not.
std::string checks_text(const std::vector<Check>& checks, Width width = {});

}  // namespace dirsync::ctl
