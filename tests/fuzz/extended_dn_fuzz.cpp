#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "core/error.hpp"
#include "ldap/wire/extended_dn.hpp"

namespace {

void check(std::string_view input, const dirsync::ldap::wire::ExtendedDn& parsed) {
    // The name is the end of the text, and begins no further part.
    DIRSYNC_ASSERT(input.ends_with(parsed.dn));
    DIRSYNC_ASSERT(parsed.dn.empty() || parsed.dn.front() != '<');
    if (!parsed.guid && !parsed.sid) return;
    DIRSYNC_ASSERT(parsed.dn.size() < input.size());

    std::string canonical;
    if (parsed.guid) canonical += "<GUID=" + dirsync::to_text(*parsed.guid) + ">;";
    if (parsed.sid) canonical += "<SID=" + dirsync::to_text(*parsed.sid) + ">;";
    canonical += parsed.dn;
    const auto again = dirsync::ldap::wire::parse_extended_dn(canonical);
    DIRSYNC_ASSERT(again && again->guid == parsed.guid && again->sid == parsed.sid && again->dn == parsed.dn);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view input(reinterpret_cast<const char*>(data), size);
    const auto parsed = dirsync::ldap::wire::parse_extended_dn(input);
    const auto member = dirsync::ldap::wire::decode_member(input);
    if (!parsed) {
        DIRSYNC_ASSERT(parsed.error().code() == dirsync::ErrorCode::malformed_entry && !member);
        return 0;
    }
    check(input, *parsed);
    const bool deleted = dirsync::ldap::wire::is_deleted_object(parsed->dn);
    DIRSYNC_ASSERT(!deleted || !dirsync::ldap::wire::is_conflict_object(parsed->dn));
    DIRSYNC_ASSERT(member.has_value() == (deleted || parsed->guid.has_value()));
    if (!member) return 0;
    DIRSYNC_ASSERT(member->skip == deleted);
    DIRSYNC_ASSERT(deleted || member->ref.guid == *parsed->guid);
    DIRSYNC_ASSERT(!member->ref.foreign_sid || !parsed->sid || member->ref.foreign_sid == parsed->sid);
    return 0;
}
