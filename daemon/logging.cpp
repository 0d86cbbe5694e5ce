#include "daemon/logging.hpp"

#include <sys/stat.h>
#include <sys/uio.h>
#include <syslog.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <cstdlib>

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>
// Each line would name a place in this file.
#define SD_JOURNAL_SUPPRESS_LOCATION
#include <systemd/sd-journal.h>

#include "core/text.hpp"
#include "core/visible_text.hpp"

namespace dirsync::daemon {
namespace {

LogLevel level_of(std::string_view name) {
    if (name == "debug") return LogLevel::debug;
    if (name == "warning") return LogLevel::warning;
    if (name == "error") return LogLevel::error;
    return LogLevel::info;
}

int priority_of(LogLevel level) {
    switch (level) {
        case LogLevel::debug:
            return LOG_DEBUG;
        case LogLevel::info:
            return LOG_INFO;
        case LogLevel::warning:
            return LOG_WARNING;
        case LogLevel::error:
            return LOG_ERR;
    }
    return LOG_INFO;
}

spdlog::level::level_enum spdlog_level(LogLevel level) {
    switch (level) {
        case LogLevel::debug:
            return spdlog::level::debug;
        case LogLevel::info:
            return spdlog::level::info;
        case LogLevel::warning:
            return spdlog::level::warn;
        case LogLevel::error:
            return spdlog::level::err;
    }
    return spdlog::level::info;
}

/// $JOURNAL_STREAM names device and inode of the journal's stream (systemd.exec(5)).
bool stderr_is_the_journal() {
    const char* stream = std::getenv("JOURNAL_STREAM");
    unsigned long long device = 0;
    unsigned long long inode = 0;
    struct stat status {};
    return stream != nullptr && std::sscanf(stream, "%llu:%llu", &device, &inode) == 2 &&
           fstat(STDERR_FILENO, &status) == 0 && status.st_dev == device && status.st_ino == inode;
}

/// A service manager adds the time to each line, and takes the priority from it (sd-daemon(3)).
bool a_manager_reads() { return std::getenv("INVOCATION_ID") != nullptr && !isatty(STDERR_FILENO); }

}  // namespace

class Log::Impl {
public:
    explicit Impl(std::string_view level)
        : threshold(level_of(level)),
          to_journal(stderr_is_the_journal()),
          lines("dirsyncd", std::make_shared<spdlog::sinks::stderr_sink_mt>()) {
        prefixed = a_manager_reads();
        lines.set_pattern(prefixed ? "%v" : "%Y-%m-%dT%H:%M:%S.%e%z %l %v");
        lines.set_level(spdlog::level::trace);
        lines.flush_on(spdlog::level::trace);
    }

    void journal(const LogEventFacts& facts, const std::string& line, const LogFields& fields) {
        std::vector<std::string> entries{
            "MESSAGE=" + line, "PRIORITY=" + std::to_string(priority_of(facts.level)),
            "SYSLOG_IDENTIFIER=dirsyncd", "DIRSYNC_EVENT=" + std::string(facts.id)};
        for (const auto& [key, value] : fields) {
            entries.push_back("DIRSYNC_" + text::upper(key) + "=" + value);
        }
        std::vector<iovec> parts;
        for (auto& entry : entries) parts.push_back({entry.data(), entry.size()});
        sd_journal_sendv(parts.data(), static_cast<int>(parts.size()));
    }

    std::atomic<LogLevel> threshold;
    bool to_journal;
    bool prefixed = false;
    spdlog::logger lines;
};

Log::Log(std::string_view level) : impl_(std::make_unique<Impl>(level)) {}
Log::~Log() = default;

void Log::set_level(std::string_view level) { impl_->threshold = level_of(level); }

void Log::event(LogEvent event, const LogFields& fields) {
    const LogEventFacts& facts = facts_of(event);
    if (facts.level < impl_->threshold.load()) return;
    const std::string line = log_line(event, fields);
    if (impl_->to_journal) {
        impl_->journal(facts, line, fields);
    } else if (impl_->prefixed) {
        impl_->lines.log(spdlog_level(facts.level), "<{}>{}", priority_of(facts.level), line);
    } else {
        impl_->lines.log(spdlog_level(facts.level), "{}", line);
    }
}

void complain(std::string_view lines) {
    const char* prefix = a_manager_reads() ? "<3>" : "";
    while (!lines.empty()) {
        const std::string_view line = lines.substr(0, lines.find('\n'));
        std::fprintf(stderr, "%s%s\n", prefix, text::printable(line).c_str());
        lines.remove_prefix(std::min(lines.size(), line.size() + 1));
    }
}

std::string log_line(LogEvent event, const LogFields& fields) {
    const LogEventFacts& facts = facts_of(event);
    std::string line = std::string(facts.id) + " " + std::string(facts.message);
    for (const auto& [key, value] : fields) {
        const bool quote = value.empty() || value.find_first_of(" =\"\t") != std::string::npos;
        line += ' ';
        line += key;
        line += quote ? "=\"" : "=";
        line += text::escaped(value);
        if (quote) line += '"';
    }
    return line;
}

}  // namespace dirsync::daemon
