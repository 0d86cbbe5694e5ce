#pragma once

#include <optional>
#include <string>
#include <vector>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include "api/operations.hpp"

namespace dirsync::api {

/// The JSON that commands print with --json, in the shapes that scripts rely on (docs/control-api.md).
/// `run_id`: that of the last run, where v1_runs has it.
std::string json_of(const StatusReport& status, const std::optional<std::string>& run_id = std::nullopt);
/// A plan or the report of a run: `changes`, `held`, counts, `exit_code`.
std::string json_of(const sync::CycleReport& report, bool dry_run);
/// A revert: `changes` of a dry run, `not_restored`, counts, `exit_code`.
std::string json_of(const sync::RevertReport& report, bool dry_run);
std::string json_of(const sync::Explanation& explanation);
std::string json_of(const sync::Hold& hold);
/// A change of the identity source that waits, as `status` has it.
boost::json::object object_of(const sync::PendingSourceChange& pending);

/// RFC 9457 problem details.
struct Problem {
    unsigned status = 500;
    std::string title;
    std::string detail;
    int exit_code = 70;
};
std::string json_of(const Problem& problem);
/// HTTP status and exit code that an error means.
Problem problem_of(const Error& error);

/// What has failed, as one word: directory, credentials, configuration, store, hold, internal.
std::string_view area_of(ErrorCode code) noexcept;

/// Prometheus text format.
std::string metrics_of(const StatusReport& status);

}  // namespace dirsync::api
