#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "api/messages/cycles.hpp"
#include "ctl/text/layout.hpp"

namespace dirsync::ctl {

/// The daemon's JSON for a person, in lines of at most `width`. A text that is not JSON of the expected shape
/// comes back as it is, so that nothing is hidden.
/// `most`: of each kind of change so many lines at most, and how many more there are.
std::string plan_text(std::string_view json, Width width = {}, std::size_t most = SIZE_MAX);
std::string sync_text(std::string_view json, Width width = {});
std::string reload_text(std::string_view json, Width width = {});
std::string explain_text(std::string_view json, Width width = {});
std::string runs_text(std::string_view json, Width width = {});
/// Each change is one line, however wide: it begins with the id of its run.
std::string changes_text(std::string_view json);
/// What a revert did, or would do, and what it could not restore.
std::string revert_text(std::string_view json, bool dry_run, Width width = {});
/// One object, a member a line.
std::string object_text(std::string_view json, Width width = {});

/// What a cycle did, as `sync_text` has it.
std::string report_text(const messages::CycleReport& report, Width width);
/// What is held, and what to do about it.
std::string holds_text(const std::vector<messages::Hold>& holds);
std::string warning_lines(const std::vector<std::string>& warnings);

/// `exit_code` of an answer; `otherwise` when it has none.
int exit_code_of(std::string_view json, int otherwise);
/// `detail` (or `title`) of problem details.
std::string problem_text(std::string_view json);
/// The highest `seq` of an array of changes; `otherwise` when it is empty.
long long last_seq_of(std::string_view json, long long otherwise);
/// Each element of an array as one line of JSON.
std::string json_lines(std::string_view json);

}  // namespace dirsync::ctl
