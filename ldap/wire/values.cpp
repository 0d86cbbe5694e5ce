#include "ldap/wire/values.hpp"

#include <charconv>
#include <limits>
#include <string>

#include "model/entry.hpp"

namespace dirsync::ldap::wire {

std::optional<std::int64_t> parse_integer(std::string_view text) noexcept {
    const std::string_view digits = text.substr(text.starts_with('-') ? 1 : 0);
    if (digits.starts_with('0') && text != "0") return std::nullopt;
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size() || text.empty()) return std::nullopt;
    return value;
}

std::optional<Time> parse_generalized_time(std::string_view text) {
    constexpr std::size_t digits = 14;
    if (text.size() <= digits || text.back() != 'Z') return std::nullopt;
    const std::string date(text.substr(0, digits));
    return parse_time(date.substr(0, 4) + "-" + date.substr(4, 2) + "-" + date.substr(6, 2) + "T" +
                      date.substr(8, 2) + ":" + date.substr(10, 2) + ":" + date.substr(12, 2) + "Z");
}

std::optional<std::uint32_t> parse_user_account_control(std::string_view text) noexcept {
    const auto value = parse_integer(text);
    if (!value || *value < std::numeric_limits<std::int32_t>::min() ||
        *value > std::numeric_limits<std::uint32_t>::max()) {
        return std::nullopt;
    }
    return static_cast<std::uint32_t>(*value);
}

std::optional<std::int64_t> parse_account_expires(std::string_view text) noexcept {
    const auto value = parse_integer(text);
    if (!value || *value < 0) return std::nullopt;
    const auto time = time_from_filetime(*value);
    return time ? time->time_since_epoch().count() : sync::never_expires;
}

std::uint64_t little_endian(std::string_view data, std::size_t at, std::size_t size) noexcept {
    std::uint64_t value = 0;
    for (std::size_t i = size; i > 0; --i) value = value << 8 | static_cast<unsigned char>(data[at + i - 1]);
    return value;
}

}  // namespace dirsync::ldap::wire
