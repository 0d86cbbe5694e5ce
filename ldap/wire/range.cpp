#include "ldap/wire/range.hpp"

#include <charconv>
#include <string>

#include "ldap/wire/ascii.hpp"

namespace dirsync::ldap::wire {
namespace {

constexpr std::string_view option_name = "range=";

std::optional<std::uint64_t> number(std::string_view text) noexcept {
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    return error == std::errc{} && end == text.data() + text.size() && !text.empty() ? std::optional(value)
                                                                                     : std::nullopt;
}

}  // namespace

Result<AttributeDescription> parse_attribute_description(std::string_view description) {
    AttributeDescription result;
    const std::string_view whole = description;
    std::size_t end = description.find(';');
    result.base = description.substr(0, end);
    while (end != std::string_view::npos) {
        description.remove_prefix(end + 1);
        end = description.find(';');
        const std::string_view option = description.substr(0, end);
        if (!starts_with_folded(option, option_name)) continue;
        const std::string_view bounds = option.substr(option_name.size());
        const std::size_t dash = bounds.find('-');
        const auto low = number(bounds.substr(0, dash));
        const std::string_view last =
            dash == std::string_view::npos ? std::string_view() : bounds.substr(dash + 1);
        const auto high = last == "*" ? std::nullopt : number(last);
        if (result.range || !low || (last != "*" && (!high || *high < *low))) {
            return Error(ErrorCode::malformed_entry,
                         "an attribute has no valid range: " + quoted_peer_text(whole));
        }
        result.range = Range{*low, high};
    }
    return result;
}

Result<void> RangeProgress::take(const Range& range, std::uint64_t values) {
    if (complete_) return Error(ErrorCode::protocol, "the server sent a further range after the last one");
    if (range.low != next_) {
        return Error(ErrorCode::protocol, "the server sent values from " + std::to_string(range.low) +
                                              " where " + std::to_string(next_) + " was due");
    }
    if (range.high && (values == 0 || *range.high - range.low != values - 1)) {
        return Error(ErrorCode::protocol, "the server sent " + std::to_string(values) +
                                              " values for the range " + std::to_string(range.low) + "-" +
                                              std::to_string(*range.high));
    }
    next_ += values;
    complete_ = !range.high.has_value();
    return {};
}

}  // namespace dirsync::ldap::wire
