#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <boost/json/value.hpp>

#include "ctl/text/layout.hpp"

namespace dirsync::ctl {

/// The daemon's JSON for a person, in lines of at most `width`. A text that is not JSON of the expected shape
/// comes back as it is, so that nothing is hidden.
std::string status_text(std::string_view json, Width width = {});
std::string plan_text(std::string_view json, Width width = {});
std::string sync_text(std::string_view json, Width width = {});
std::string reload_text(std::string_view json, Width width = {});
std::string explain_text(std::string_view json, Width width = {});
std::string runs_text(std::string_view json, Width width = {});
/// Each change is one line, however wide: it begins with the id of its run.
std::string changes_text(std::string_view json);
/// An array of objects as an aligned table of these members.
std::string table_text(std::string_view json, const std::vector<std::string>& columns, Width width = {});
std::string table_of(const boost::json::value& objects, const std::vector<std::string>& columns,
                     Width width = {});
/// The same; of an empty array `no WHAT` instead of a head without rows.
std::string list_text(std::string_view json, const std::vector<std::string>& columns, std::string_view what,
                      Width width = {});
/// Of a status that says "paused": since when, who asked for it and why.
std::string pause_text(const boost::json::value& status);
/// One object, a member a line.
std::string object_text(std::string_view json, Width width = {});

/// `exit_code` of an answer; `otherwise` when it has none.
int exit_code_of(std::string_view json, int otherwise);
/// `detail` (or `title`) of problem details.
std::string problem_text(std::string_view json);
/// A member of the status' progress, for the line that is shown while a sync runs: "reading users of ...:
/// 4,000".
std::string progress_text(std::string_view status_json);
/// The highest `seq` of an array of changes; `otherwise` when it is empty.
long long last_seq_of(std::string_view json, long long otherwise);
/// Each element of an array as one line of JSON.
std::string json_lines(std::string_view json);

}  // namespace dirsync::ctl
