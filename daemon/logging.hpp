#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/log_event.hpp"

namespace dirsync::daemon {

using LogFields = std::vector<std::pair<std::string_view, std::string>>;

/// Something to be logged. The names of its fields belong to whoever made it.
struct LogLine {
    LogEvent event;
    LogFields fields = {};
};

/// The one place that logs. Under systemd, when standard error is the journal: native entries with a field
/// for each key (DIRSYNC_<KEY>, DIRSYNC_EVENT). Otherwise lines on standard error, which begin with a
/// priority
/// `<N>` when a service manager reads them some other way. Any thread. Never throws.
class Log {
public:
    /// `level`: debug, info, warning, error.
    explicit Log(std::string_view level);
    ~Log();
    void set_level(std::string_view level);
    void event(LogEvent event, const LogFields& fields = {});
    void lines(const std::vector<LogLine>& lines) {
        for (const auto& line : lines) event(line.event, line.fields);
    }

private:
    class Impl;
    std::unique_ptr<Impl> impl_;
};

/// Lines of text on standard error, before there is a log or beside it; as errors where a service manager
/// reads them.
void complain(std::string_view lines);

/// `CYCLE_WROTE a cycle changed the store cycle=3 users_created=10`: one line, values escaped, quoted when
/// they hold blanks.
std::string log_line(LogEvent event, const LogFields& fields);

}  // namespace dirsync::daemon
