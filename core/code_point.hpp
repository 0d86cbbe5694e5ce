#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace dirsync::text {

/// One code point at the front of a text. `size` 0: the first byte starts no valid sequence, or there is
/// none.
struct CodePoint {
    char32_t value = 0;
    std::size_t size = 0;
};

/// Strict UTF-8 (RFC 3629): no overlong forms, no surrogates, nothing above U+10FFFF.
CodePoint first_code_point(std::string_view text) noexcept;

void append_code_point(std::string& out, char32_t point);

}  // namespace dirsync::text
