#pragma once

#include <string>
#include <vector>

#include "config/config.hpp"
#include "daemon/cycles/scheduler.hpp"
#include "daemon/logging.hpp"

namespace dirsync::daemon {

/// The configuration in force, and how it came to be. Pure; loop thread.
class Configuration {
public:
    Configuration(config::Config config, Time now);

    const config::Config& in_force() const noexcept { return config_; }
    const config::Config& at_start() const noexcept { return at_start_; }
    Time loaded_at() const noexcept { return loaded_at_; }
    /// False after the file was read again and refused: the one before it is in force.
    bool is_file_in_force() const noexcept { return is_file_in_force_; }

    /// Puts another one in force. True: it names other domains, servers, credentials or another consent, so
    /// that source and engine have to be made anew.
    bool take(config::Config config, Time now);
    void file_refused() noexcept { is_file_in_force_ = false; }

    /// Whether `draft` names the same source, domains, servers and credentials.
    bool has_domains_of(const config::Config& draft) const;
    Scheduler::Settings schedule() const;

    /// What makes it weaker than it should be, as sentences.
    std::vector<std::string> weaknesses() const;
    /// Settings that were changed since the start and that only a restart brings into force.
    std::vector<std::string> needs_restart() const;
    /// Both, for the log.
    std::vector<LogLine> log_lines() const;

private:
    config::Config config_;
    const config::Config at_start_;
    Time loaded_at_;
    bool is_file_in_force_ = true;
};

/// The problems of a configuration, one a line.
std::string lines_of(const std::vector<config::Problem>& problems);

}  // namespace dirsync::daemon
