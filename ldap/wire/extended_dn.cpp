#include "ldap/wire/extended_dn.hpp"

#include <array>
#include <cstddef>
#include <string>

namespace dirsync::ldap::wire {
namespace {

constexpr std::size_t longest_sid = 8 + 15 * 4;

char lower(char c) noexcept { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool starts_with_folded(std::string_view text, std::string_view lower_case) noexcept {
    if (text.size() < lower_case.size()) return false;
    for (std::size_t i = 0; i < lower_case.size(); ++i) {
        if (lower(text[i]) != lower_case[i]) return false;
    }
    return true;
}

bool contains_folded(std::string_view text, std::string_view lower_case) noexcept {
    for (; text.size() >= lower_case.size(); text.remove_prefix(1)) {
        if (starts_with_folded(text, lower_case)) return true;
    }
    return false;
}

int hex_digit(char c) noexcept {
    if (c >= '0' && c <= '9') return c - '0';
    const char l = lower(c);
    return l >= 'a' && l <= 'f' ? l - 'a' + 10 : -1;
}

/// Bytes of a hex text, into `buffer`; empty when it is none or too long.
template <std::size_t Size>
std::string_view unhexed(std::string_view hex, std::array<char, Size>& buffer) noexcept {
    if (hex.size() % 2 != 0 || hex.size() / 2 > Size) return {};
    for (std::size_t i = 0; i < hex.size() / 2; ++i) {
        const int high = hex_digit(hex[2 * i]);
        const int low = hex_digit(hex[2 * i + 1]);
        if (high < 0 || low < 0) return {};
        buffer[i] = static_cast<char>(high * 16 + low);
    }
    return {buffer.data(), hex.size() / 2};
}

std::optional<ObjectGuid> guid_of(std::string_view text) {
    if (text.size() == 32) {
        std::array<char, 16> buffer{};
        const auto bytes = unhexed(text, buffer);
        return bytes.size() == 16 ? guid_from_wire(bytes) : std::nullopt;
    }
    return parse<ObjectGuid>(text);
}

std::optional<Sid> sid_of(std::string_view text) {
    if (starts_with_folded(text, "s-")) return parse_sid(text);
    std::array<char, longest_sid> buffer{};
    const auto bytes = unhexed(text, buffer);
    return bytes.empty() ? std::nullopt : sid_from_wire(bytes);
}

/// Value of the first RDN when its type is CN: up to the first comma. SIDs hold nothing that is escaped.
std::string_view common_name(std::string_view dn) noexcept {
    if (!starts_with_folded(dn, "cn=")) return {};
    dn.remove_prefix(3);
    return dn.substr(0, dn.find(','));
}

}  // namespace

Result<ExtendedDn> parse_extended_dn(std::string_view text) {
    ExtendedDn result;
    const std::string_view whole = text;
    while (text.starts_with('<')) {
        const std::size_t end = text.find('>');
        if (end == std::string_view::npos) {
            return Error(ErrorCode::malformed_entry, "an extended DN has no '>': " + quoted_peer_text(whole));
        }
        const std::string_view part = text.substr(1, end - 1);
        if (starts_with_folded(part, "guid=")) {
            result.guid = guid_of(part.substr(5));
            if (!result.guid) {
                return Error(ErrorCode::malformed_entry, "an extended DN has no valid GUID: " + quoted_peer_text(whole));
            }
        } else if (starts_with_folded(part, "sid=")) {
            result.sid = sid_of(part.substr(4));
            if (!result.sid) {
                return Error(ErrorCode::malformed_entry, "an extended DN has no valid SID: " + quoted_peer_text(whole));
            }
        }
        text.remove_prefix(end + 1);
        if (text.starts_with(';')) text.remove_prefix(1);
    }
    result.dn = text;
    return result;
}

Result<Member> decode_member(std::string_view value) {
    auto parsed = parse_extended_dn(value);
    if (!parsed) return parsed.error();
    Member member;
    if (is_deleted_object(parsed->dn)) {
        member.skip = true;
        return member;
    }
    if (!parsed->guid) {
        return Error(ErrorCode::malformed_entry, "a member has no GUID: " + quoted_peer_text(value));
    }
    member.ref.guid = *parsed->guid;
    const std::string_view name = common_name(parsed->dn);
    if (starts_with_folded(name, "s-1-") && contains_folded(parsed->dn, ",cn=foreignsecurityprincipals,")) {
        member.ref.foreign_sid = parsed->sid ? parsed->sid : parse_sid(name);
    }
    return member;
}

bool is_conflict_object(std::string_view dn) noexcept {
    const std::size_t end = dn.find(',');
    const std::string_view rdn = dn.substr(0, end);
    return contains_folded(rdn, "\\0acnf:") || contains_folded(rdn, "\ncnf:");
}

bool is_deleted_object(std::string_view dn) noexcept {
    return contains_folded(dn, ",cn=deleted objects,") &&
           (contains_folded(dn, "\\0adel:") || contains_folded(dn, "\ndel:"));
}

}  // namespace dirsync::ldap::wire
