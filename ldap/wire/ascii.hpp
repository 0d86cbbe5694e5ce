#pragma once

#include <algorithm>
#include <string_view>

namespace dirsync::ldap::wire {

/// Attribute names, options, class names and DN tags are ASCII and compare without case (RFC 4512 2.5).
constexpr char lower_ascii(char c) noexcept {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

constexpr bool equals_folded(std::string_view text, std::string_view lower_case) noexcept {
    return text.size() == lower_case.size() &&
           std::equal(text.begin(), text.end(), lower_case.begin(),
                      [](char c, char wanted) { return lower_ascii(c) == wanted; });
}

constexpr bool starts_with_folded(std::string_view text, std::string_view lower_case) noexcept {
    return equals_folded(text.substr(0, lower_case.size()), lower_case);
}

constexpr bool ends_with_folded(std::string_view text, std::string_view lower_case) noexcept {
    return text.size() >= lower_case.size() &&
           equals_folded(text.substr(text.size() - lower_case.size()), lower_case);
}

}  // namespace dirsync::ldap::wire
