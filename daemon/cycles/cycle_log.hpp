#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "daemon/logging.hpp"
#include "engine/engine.hpp"

namespace dirsync::daemon {

/// Puts the reports of cycles into lines for the log, and says only what is new: a failure once and not in
/// each cycle, a hold or a warning when it appears. Pure. The names of fields belong to the report.
class CycleLog {
public:
    /// What cycle number `cycle` has to say. `status`: of the engine, after it.
    std::vector<LogLine> lines(const sync::CycleReport& report, const sync::EngineStatus& status,
                               std::uint64_t cycle);
    /// What a look at a long pause found and did (semantics 4.5). It counts as no cycle.
    std::vector<LogLine> pause_lines(const sync::CycleReport& report, std::uint64_t cycle);

private:
    using Lines = std::vector<LogLine>;
    bool failed(const sync::CycleReport& report, const std::string& cycle, Lines& lines);
    void whole_read(const sync::CycleReport& report, const std::string& cycle, Lines& lines);
    void time(const sync::CycleReport& report, const std::string& cycle, Lines& lines);
    void pending(const sync::EngineStatus& status, const std::string& cycle, Lines& lines);
    void holds(const sync::CycleReport& report, const std::string& cycle, Lines& lines);
    void warnings(const sync::CycleReport& report, const std::string& cycle, Lines& lines);
    void errors(const sync::CycleReport& report, const std::string& cycle, Lines& lines);

    // What was said already, by the last report that had it.
    std::string error_;
    std::string whole_;
    std::string pending_;
    std::vector<std::string> holds_;
    std::vector<std::string> warnings_;
    std::uint64_t entity_errors_ = 0;
    bool is_time_in_doubt_ = false;
};

}  // namespace dirsync::daemon
