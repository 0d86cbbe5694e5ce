#include "core/text.hpp"

#include <algorithm>
#include <array>
#include <cstdint>

#include <utf8proc.h>

#include "core/code_point.hpp"

namespace dirsync::text {
namespace {

constexpr bool is_continuation(unsigned char byte) noexcept { return (byte & 0xC0U) == 0x80U; }

CodePoint last_code_point(std::string_view text) noexcept {
    for (std::size_t size = 1; size <= 4 && size <= text.size(); ++size) {
        const auto tail = text.substr(text.size() - size);
        if (is_continuation(static_cast<unsigned char>(tail.front()))) continue;
        const auto point = first_code_point(tail);
        return point.size == size ? point : CodePoint{};
    }
    return {};
}

constexpr bool is_white_space(char32_t point) noexcept {
    return (point >= 0x09 && point <= 0x0D) || point == 0x20 || point == 0x85 || point == 0xA0 ||
           point == 0x1680 || (point >= 0x2000 && point <= 0x200A) || point == 0x2028 || point == 0x2029 ||
           point == 0x202F || point == 0x205F || point == 0x3000;
}

/// Control and format characters, and what breaks a line just as well: the separators U+2028 and U+2029.
bool is_control(char32_t point) noexcept {
    const auto category = utf8proc_category(static_cast<utf8proc_int32_t>(point));
    return category == UTF8PROC_CATEGORY_CC || category == UTF8PROC_CATEGORY_CF || point == 0x2028 ||
           point == 0x2029;
}

constexpr char ascii_lower(char c) noexcept { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }
constexpr char ascii_upper(char c) noexcept { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; }

char32_t fold(char32_t point) noexcept {
    if (point == 0x130) return point;
    std::array<utf8proc_int32_t, 8> buffer{};
    int boundary_class = 0;
    const auto count = utf8proc_decompose_char(static_cast<utf8proc_int32_t>(point), buffer.data(),
                                               static_cast<utf8proc_ssize_t>(buffer.size()),
                                               UTF8PROC_CASEFOLD, &boundary_class);
    if (count == 1) return static_cast<char32_t>(buffer[0]);
    return static_cast<char32_t>(utf8proc_tolower(static_cast<utf8proc_int32_t>(point)));
}

char32_t to_lower(char32_t point) noexcept {
    return static_cast<char32_t>(utf8proc_tolower(static_cast<utf8proc_int32_t>(point)));
}

char32_t to_upper(char32_t point) noexcept {
    return static_cast<char32_t>(utf8proc_toupper(static_cast<utf8proc_int32_t>(point)));
}

bool is_ascii(std::string_view text) noexcept {
    unsigned char all = 0;
    for (const char c : text) all = static_cast<unsigned char>(all | static_cast<unsigned char>(c));
    return all < 0x80;
}

/// Appends `text` with every code point changed. Most names are ASCII: that loop vectorizes.
template <char (*ChangeAscii)(char) noexcept, char32_t (*Change)(char32_t) noexcept>
void append_changed(std::string& out, std::string_view text) {
    const auto start = out.size();
    if (is_ascii(text)) {
        out.append(text);
        char* const begin = out.data() + start;
        for (std::size_t at = 0; at < text.size(); ++at) begin[at] = ChangeAscii(begin[at]);
        return;
    }
    out.reserve(start + text.size() + 4);
    while (!text.empty()) {
        const auto point = first_code_point(text);
        if (point.size <= 1) {
            out.push_back(point.size == 1 ? ChangeAscii(text.front()) : text.front());
            text.remove_prefix(1);
            continue;
        }
        append_code_point(out, Change(point.value));
        text.remove_prefix(point.size);
    }
}

/// A backslash followed by the two digits of a byte.
bool reads_as_escaped(std::string_view text) noexcept {
    const auto is_digit = [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); };
    return text.size() > 3 && text[0] == '\\' && text[1] == 'x' && is_digit(text[2]) && is_digit(text[3]);
}

}  // namespace

CodePoint first_code_point(std::string_view text) noexcept {
    if (text.empty()) return {};
    const auto byte = [&](std::size_t at) { return static_cast<unsigned char>(text[at]); };
    const auto lead = byte(0);
    if (lead < 0x80) return {lead, 1};

    std::size_t size = 0;
    char32_t value = 0;
    char32_t smallest = 0;
    if ((lead & 0xE0U) == 0xC0U) {
        size = 2, value = lead & 0x1FU, smallest = 0x80;
    } else if ((lead & 0xF0U) == 0xE0U) {
        size = 3, value = lead & 0x0FU, smallest = 0x800;
    } else if ((lead & 0xF8U) == 0xF0U) {
        size = 4, value = lead & 0x07U, smallest = 0x10000;
    } else {
        return {};
    }
    if (text.size() < size) return {};
    for (std::size_t at = 1; at < size; ++at) {
        if (!is_continuation(byte(at))) return {};
        value = (value << 6U) | (byte(at) & 0x3FU);
    }
    if (value < smallest || value > 0x10FFFF || (value >= 0xD800 && value <= 0xDFFF)) return {};
    return {value, size};
}

void append_code_point(std::string& out, char32_t point) {
    std::array<utf8proc_uint8_t, 4> bytes{};
    const auto size = utf8proc_encode_char(static_cast<utf8proc_int32_t>(point), bytes.data());
    for (utf8proc_ssize_t at = 0; at < size; ++at) {
        out.push_back(static_cast<char>(bytes[static_cast<std::size_t>(at)]));
    }
}

void append_folded(std::string& out, std::string_view text) { append_changed<ascii_lower, fold>(out, text); }

std::string folded(std::string_view text) {
    std::string out;
    append_folded(out, text);
    return out;
}

bool is_valid_utf8(std::string_view text) noexcept {
    if (is_ascii(text)) return true;
    while (!text.empty()) {
        const auto point = first_code_point(text);
        if (point.size == 0) return false;
        text.remove_prefix(point.size);
    }
    return true;
}

bool has_white_space(std::string_view text) noexcept {
    if (is_ascii(text)) {
        return std::any_of(text.begin(), text.end(),
                           [](char c) { return is_white_space(static_cast<unsigned char>(c)); });
    }
    while (!text.empty()) {
        const auto point = first_code_point(text);
        if (point.size != 0 && is_white_space(point.value)) return true;
        text.remove_prefix(point.size == 0 ? 1 : point.size);
    }
    return false;
}

std::size_t length(std::string_view text) noexcept {
    if (is_ascii(text)) return text.size();
    std::size_t count = 0;
    while (!text.empty()) {
        const auto point = first_code_point(text);
        text.remove_prefix(point.size == 0 ? 1 : point.size);
        ++count;
    }
    return count;
}

std::string_view trimmed(std::string_view text) noexcept {
    for (auto point = first_code_point(text); point.size != 0 && is_white_space(point.value);
         point = first_code_point(text)) {
        text.remove_prefix(point.size);
    }
    for (auto point = last_code_point(text); point.size != 0 && is_white_space(point.value);
         point = last_code_point(text)) {
        text.remove_suffix(point.size);
    }
    return text;
}

std::string lower(std::string_view text) {
    std::string out;
    append_changed<ascii_lower, to_lower>(out, text);
    return out;
}

std::string upper(std::string_view text) {
    std::string out;
    append_changed<ascii_upper, to_upper>(out, text);
    return out;
}

std::string escaped(std::string_view text) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string out;
    out.reserve(text.size());
    while (!text.empty()) {
        const auto point = first_code_point(text);
        const auto size = point.size == 0 ? std::size_t{1} : point.size;
        if (point.size == 0 || is_control(point.value) || reads_as_escaped(text)) {
            for (const char c : text.substr(0, size)) {
                const auto byte = static_cast<unsigned char>(c);
                out += "\\x";
                out += digits[byte >> 4U];
                out += digits[byte & 0x0FU];
            }
        } else {
            out.append(text.substr(0, size));
        }
        text.remove_prefix(size);
    }
    return out;
}

}  // namespace dirsync::text
