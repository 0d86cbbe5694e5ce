#include "ldap/wire/extended_dn.hpp"

#include <array>
#include <cstddef>
#include <string>

#include "core/dn.hpp"
#include "ldap/wire/ascii.hpp"

namespace dirsync::ldap::wire {
namespace {

constexpr std::size_t longest_sid = 8 + 15 * 4;

int hex_digit(char c) noexcept {
    if (c >= '0' && c <= '9') return c - '0';
    const char l = lower_ascii(c);
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

/// The SID of a name like `CN=S-1-5-..,CN=ForeignSecurityPrincipals,..`; nothing for other names.
std::optional<Sid> foreign_sid_of(const ExtendedDn& name) {
    constexpr std::string_view type = "cn=";
    if (!starts_with_folded(name.dn, "cn=s-1-")) return std::nullopt;
    const std::size_t comma = name.dn.find(',');  // a SID holds nothing that is escaped
    if (comma == std::string_view::npos ||
        !starts_with_folded(name.dn.substr(comma + 1), "cn=foreignsecurityprincipals,")) {
        return std::nullopt;
    }
    const auto named = parse_sid(name.dn.substr(type.size(), comma - type.size()));
    return named && name.sid ? name.sid : named;
}

/// True when the text ends in a newline, bare or as `\0A`. Behind an escaped backslash `0A` is two letters.
bool ends_with_newline(std::string_view text) noexcept {
    if (text.ends_with('\n')) return true;
    if (!ends_with_folded(text, "0a")) return false;
    text.remove_suffix(2);
    const std::size_t last_other = text.find_last_not_of('\\');
    const std::size_t backslashes =
        last_other == std::string_view::npos ? text.size() : text.size() - 1 - last_other;
    return backslashes % 2 == 1;
}

/// The parent of a name whose first RDN AD has mangled: ends in a newline, `mark` and a GUID. Nothing for
/// other names.
std::optional<std::string_view> parent_of_mangled(std::string_view dn, std::string_view mark) noexcept {
    constexpr std::size_t guid_size = 36;
    // Nearly no name has one: two quick looks instead of a scan with escapes.
    if (dn.find('\\') == std::string_view::npos && dn.find('\n') == std::string_view::npos)
        return std::nullopt;
    const std::size_t end = end_of_first_rdn(dn);
    const bool is_whole = end == std::string_view::npos;
    std::string_view rdn = is_whole ? dn : dn.substr(0, end - 1);
    if (rdn.size() < guid_size || !parse_uuid(rdn.substr(rdn.size() - guid_size))) return std::nullopt;
    rdn.remove_suffix(guid_size);
    if (!ends_with_folded(rdn, mark)) return std::nullopt;
    rdn.remove_suffix(mark.size());
    if (!ends_with_newline(rdn)) return std::nullopt;
    return is_whole ? std::string_view() : dn.substr(end);
}

}  // namespace

Result<ExtendedDn> parse_extended_dn(std::string_view text) {
    ExtendedDn result;
    const std::string_view whole = text;
    const auto malformed = [whole](const char* what) {
        return Error(ErrorCode::malformed_entry, std::string(what) + ": " + quoted_peer_text(whole));
    };
    while (text.starts_with('<')) {
        const std::size_t end = text.find('>');
        if (end == std::string_view::npos) return malformed("an extended DN has no '>'");
        const std::string_view part = text.substr(1, end - 1);
        text.remove_prefix(end + 1);
        if (starts_with_folded(part, "guid=")) {
            if (result.guid) return malformed("an extended DN has two GUIDs");
            result.guid = guid_of(part.substr(5));
            if (!result.guid) return malformed("an extended DN has no valid GUID");
        } else if (starts_with_folded(part, "sid=")) {
            if (result.sid) return malformed("an extended DN has two SIDs");
            result.sid = sid_of(part.substr(4));
            if (!result.sid) return malformed("an extended DN has no valid SID");
        }
        if (text.empty()) break;
        if (!text.starts_with(';')) return malformed("an extended DN has no ';' after '>'");
        text.remove_prefix(1);
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
    member.ref.foreign_sid = foreign_sid_of(*parsed);
    return member;
}

bool is_conflict_object(std::string_view dn) noexcept { return parent_of_mangled(dn, "cnf:").has_value(); }

bool is_delete_mangled(std::string_view dn) noexcept { return parent_of_mangled(dn, "del:").has_value(); }

bool is_deleted_object(std::string_view dn) noexcept {
    const auto parent = parent_of_mangled(dn, "del:");
    return parent && starts_with_folded(*parent, "cn=deleted objects,");
}

}  // namespace dirsync::ldap::wire
