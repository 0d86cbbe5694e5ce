#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace dirsync {

/// Wall-clock time in UTC. The core is given it as a value and never reads a clock.
using Time = std::chrono::sys_seconds;
using Duration = std::chrono::seconds;

/// `2026-01-31T12:00:00Z`
std::string to_text(Time time);
std::optional<Time> parse_time(std::string_view text);

/// `30s`, `5m`, `24h`, `28d`, also `1h30m` (larger units first, each once); no sign, no blanks. Whole
/// seconds, at most a million days, so that a time can always be added.
std::optional<Duration> parse_duration(std::string_view text);
/// The shortest exact form that `parse_duration` takes: `28d`, `90s`.
std::string to_text(Duration duration);

/// `never`, or a duration.
using Limit = std::optional<Duration>;

/// Windows FILETIME (100 ns since 1601) to Time. 0 and 2^63-1 mean never (MS-ADTS accountExpires);
/// so does a negative value, which is not a FILETIME: it must not disable anybody.
std::optional<Time> time_from_filetime(std::int64_t filetime) noexcept;

}  // namespace dirsync
