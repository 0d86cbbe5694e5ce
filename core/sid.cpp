#include "core/sid.hpp"

#include <charconv>

namespace dirsync {
namespace {

constexpr std::size_t header_size = 8;
constexpr std::uint64_t max_authority = 0xffff'ffff'ffffULL;

/// A whole number at the front of `text`, which then begins after it. No sign, at least one digit.
template <class Number>
std::optional<Number> take_number(std::string_view& text, int base) {
    Number value{};
    const char* const end = text.data() + text.size();
    const auto [rest, error] = std::from_chars(text.data(), end, value, base);
    if (error != std::errc{} || rest == text.data()) return std::nullopt;
    text.remove_prefix(static_cast<std::size_t>(rest - text.data()));
    return value;
}

bool take(std::string_view& text, std::string_view expected) {
    if (!text.starts_with(expected)) return false;
    text.remove_prefix(expected.size());
    return true;
}

}  // namespace

Sid Sid::domain() const {
    Sid out = *this;
    if (out.count > 0) out.sub[--out.count] = 0;
    return out;
}

Sid Sid::with_rid(std::uint32_t rid) const {
    Sid out = *this;
    if (out.count < out.sub.size()) out.sub[out.count++] = rid;
    return out;
}

std::string to_text(const Sid& sid) {
    constexpr std::size_t longest_text = 64;  // of a user's: five sub-authorities
    std::array<char, 16> buffer{};
    const auto append = [&buffer](std::string& out, std::uint64_t value, int base) {
        const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value, base).ptr;
        out.append(buffer.data(), end);
        return static_cast<std::size_t>(end - buffer.data());
    };
    std::string out;
    out.reserve(longest_text);
    out += "S-";
    append(out, sid.revision, 10);
    out += '-';
    if (sid.authority <= 0xffff'ffffULL) {
        append(out, sid.authority, 10);
    } else {
        // MS-DTYP 2.4.2.1: authorities above 32 bits are "0x" and twelve hexadecimal digits.
        out += "0x";
        const auto start = out.size();
        const auto digits = append(out, sid.authority, 16);
        out.insert(start, 12 - digits, '0');
    }
    for (std::size_t at = 0; at < sid.count; ++at) {
        out += '-';
        append(out, sid.sub[at], 10);
    }
    return out;
}

std::optional<Sid> parse_sid(std::string_view text) {
    if (!take(text, "S-1-") && !take(text, "s-1-")) return std::nullopt;
    Sid sid;
    const bool hexadecimal = take(text, "0x") || take(text, "0X");
    const auto authority = take_number<std::uint64_t>(text, hexadecimal ? 16 : 10);
    if (!authority || *authority > max_authority) return std::nullopt;
    sid.authority = *authority;
    while (!text.empty()) {
        if (!take(text, "-") || sid.count == sid.sub.size()) return std::nullopt;
        const auto sub = take_number<std::uint32_t>(text, 10);
        if (!sub) return std::nullopt;
        sid.sub[sid.count++] = *sub;
    }
    return sid;
}

std::optional<Sid> sid_from_wire(std::string_view wire) {
    if (wire.size() < header_size) return std::nullopt;
    const auto byte = [&](std::size_t at) { return static_cast<std::uint8_t>(wire[at]); };
    Sid sid;
    sid.revision = byte(0);
    sid.count = byte(1);
    if (sid.revision != 1 || sid.count > sid.sub.size()) return std::nullopt;
    if (wire.size() != header_size + 4U * sid.count) return std::nullopt;
    for (std::size_t at = 2; at < header_size; ++at) sid.authority = (sid.authority << 8U) | byte(at);
    for (std::size_t i = 0; i < sid.count; ++i) {
        const std::size_t at = header_size + 4 * i;
        sid.sub[i] = static_cast<std::uint32_t>(byte(at)) | static_cast<std::uint32_t>(byte(at + 1)) << 8U |
                     static_cast<std::uint32_t>(byte(at + 2)) << 16U |
                     static_cast<std::uint32_t>(byte(at + 3)) << 24U;
    }
    return sid;
}

}  // namespace dirsync
