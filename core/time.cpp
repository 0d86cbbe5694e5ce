#include "core/time.hpp"

#include <array>
#include <charconv>
#include <cstdio>
#include <limits>

namespace dirsync {
namespace {

struct Unit {
    char letter;
    std::int64_t seconds;
};
constexpr std::array<Unit, 4> units{Unit{'d', 86400}, Unit{'h', 3600}, Unit{'m', 60}, Unit{'s', 1}};

constexpr std::int64_t max_duration = 1'000'000LL * 86400;

/// A number of exactly `size` digits at `at`; -1 when there is something else.
int digits_at(std::string_view text, std::size_t at, std::size_t size) noexcept {
    int value = 0;
    for (const char c : text.substr(at, size)) {
        if (c < '0' || c > '9') return -1;
        value = value * 10 + (c - '0');
    }
    return value;
}

/// `seconds` in the units of the bit set `chosen`, largest first; empty when they leave a remainder.
std::string text_in_units(std::int64_t seconds, unsigned chosen) {
    std::string out;
    for (std::size_t i = 0; i < units.size(); ++i) {
        if ((chosen >> i & 1U) == 0 || seconds < units[i].seconds) continue;
        out += std::to_string(seconds / units[i].seconds) + units[i].letter;
        seconds %= units[i].seconds;
    }
    return seconds == 0 ? out : std::string();
}

}  // namespace

std::string to_text(Time time) {
    const auto day = std::chrono::floor<std::chrono::days>(time);
    const std::chrono::year_month_day date(day);
    const std::chrono::hh_mm_ss clock(time - day);
    std::array<char, 64> buffer{};
    const int size =
        std::snprintf(buffer.data(), buffer.size(), "%04d-%02u-%02uT%02d:%02d:%02dZ",
                      static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                      static_cast<unsigned>(date.day()), static_cast<int>(clock.hours().count()),
                      static_cast<int>(clock.minutes().count()), static_cast<int>(clock.seconds().count()));
    return std::string(buffer.data(), static_cast<std::size_t>(size));
}

std::optional<Time> parse_time(std::string_view text) {
    constexpr std::string_view form = "dddd-dd-ddTdd:dd:ddZ";
    if (text.size() != form.size()) return std::nullopt;
    for (std::size_t at = 0; at < form.size(); ++at) {
        if (form[at] != 'd' && text[at] != form[at]) return std::nullopt;
    }
    const int year = digits_at(text, 0, 4);
    const int month = digits_at(text, 5, 2);
    const int day = digits_at(text, 8, 2);
    const int hour = digits_at(text, 11, 2);
    const int minute = digits_at(text, 14, 2);
    const int second = digits_at(text, 17, 2);
    if (year < 0 || month < 0 || day < 0 || hour < 0 || minute < 0 || second < 0) return std::nullopt;
    const std::chrono::year_month_day date(std::chrono::year(year),
                                           std::chrono::month(static_cast<unsigned>(month)),
                                           std::chrono::day(static_cast<unsigned>(day)));
    if (!date.ok() || hour > 23 || minute > 59 || second > 59) return std::nullopt;
    return std::chrono::sys_days(date) + std::chrono::hours(hour) + std::chrono::minutes(minute) +
           std::chrono::seconds(second);
}

std::optional<Duration> parse_duration(std::string_view text) {
    if (text.empty()) return std::nullopt;
    std::int64_t total = 0;
    std::size_t next_unit = 0;
    while (!text.empty()) {
        std::uint64_t number = 0;
        const auto [rest, error] = std::from_chars(text.data(), text.data() + text.size(), number);
        if (error != std::errc{}) return std::nullopt;
        text.remove_prefix(static_cast<std::size_t>(rest - text.data()));
        if (text.empty()) return std::nullopt;
        while (next_unit < units.size() && units[next_unit].letter != text.front()) ++next_unit;
        if (next_unit == units.size()) return std::nullopt;
        const auto unit = units[next_unit++].seconds;
        if (number > static_cast<std::uint64_t>((max_duration - total) / unit)) return std::nullopt;
        total += static_cast<std::int64_t>(number) * unit;
        text.remove_prefix(1);
    }
    return Duration(total);
}

std::string to_text(Duration duration) {
    const auto seconds = duration.count();
    if (seconds == 0) return "0s";
    if (seconds < 0) return "-" + to_text(-duration);
    std::string shortest;
    for (unsigned chosen = 1; chosen < 1U << units.size(); ++chosen) {
        auto candidate = text_in_units(seconds, chosen);
        if (candidate.empty()) continue;
        if (shortest.empty() || candidate.size() < shortest.size()) shortest = std::move(candidate);
    }
    return shortest;
}

std::optional<Time> time_from_filetime(std::int64_t filetime) noexcept {
    if (filetime <= 0 || filetime == std::numeric_limits<std::int64_t>::max()) return std::nullopt;
    constexpr std::int64_t ticks_per_second = 10'000'000;
    constexpr std::int64_t seconds_from_1601_to_1970 = 11'644'473'600;
    return Time(std::chrono::seconds(filetime / ticks_per_second - seconds_from_1601_to_1970));
}

}  // namespace dirsync
