#include "ldap/wire/security_descriptor.hpp"

#include <algorithm>

namespace dirsync::ldap::wire {
namespace {

constexpr std::size_t descriptor_size = 20;
constexpr std::size_t acl_size = 8;
constexpr std::size_t ace_size = 8;  // header and mask
constexpr std::uint16_t self_relative = 0x8000;
constexpr std::uint16_t dacl_present = 0x0004;
constexpr std::uint8_t inherit_only = 0x08;
constexpr std::uint32_t object_type_present = 0x1;
constexpr std::uint32_t inherited_type_present = 0x2;
constexpr std::size_t guid_bytes = 16;

// MS-DTYP 2.4.4.1
enum AceType : std::uint8_t {
    allowed = 0x00,
    denied = 0x01,
    allowed_object = 0x05,
    denied_object = 0x06,
    denied_callback = 0x0a,
    denied_callback_object = 0x0c
};

// Each generic right stands for a set of others (MS-ADTS 5.1.3.2); descriptors may hold them unmapped.
constexpr std::uint32_t generic_all = 0x10000000;
constexpr std::uint32_t generic_read = 0x80000000;
constexpr std::uint32_t generic_write = 0x40000000;
constexpr std::uint32_t all_rights = 0x000f01ff;
constexpr std::uint32_t read_rights = 0x00020094;
constexpr std::uint32_t write_rights = 0x00020028;

std::uint32_t number(std::string_view bytes, std::size_t at, std::size_t size) noexcept {
    std::uint32_t value = 0;
    for (std::size_t i = 0; i < size; ++i)
        value |= static_cast<std::uint32_t>(static_cast<unsigned char>(bytes[at + i])) << (8 * i);
    return value;
}

std::uint32_t mapped(std::uint32_t mask) noexcept {
    if ((mask & generic_all) != 0) mask |= all_rights;
    if ((mask & generic_read) != 0) mask |= read_rights;
    if ((mask & generic_write) != 0) mask |= write_rights;
    return mask;
}

/// The SID at the beginning of `bytes`, which may hold more (an ACE may end in application data).
std::optional<Sid> leading_sid(std::string_view bytes) {
    if (bytes.size() < 8) return std::nullopt;
    const std::size_t size = 8 + 4 * static_cast<std::size_t>(static_cast<unsigned char>(bytes[1]));
    return size > bytes.size() ? std::nullopt : sid_from_wire(bytes.substr(0, size));
}

/// Adds what one ACE says of the object; false: it is malformed.
bool add(std::string_view ace, std::vector<AccessEntry>& entries) {
    const auto type = static_cast<std::uint8_t>(ace[0]);
    const auto flags = static_cast<std::uint8_t>(ace[1]);
    const bool is_object = type == allowed_object || type == denied_object || type == denied_callback_object;
    if (type != allowed && type != denied && type != denied_callback && !is_object) return true;
    AccessEntry entry;
    entry.allows = type == allowed || type == allowed_object;
    entry.mask = mapped(number(ace, 4, 4));
    std::size_t at = ace_size;
    if (is_object) {
        if (ace.size() < at + 4) return false;
        const auto present = number(ace, at, 4);
        at += 4;
        if ((present & object_type_present) != 0) {
            if (ace.size() < at + guid_bytes) return false;
            entry.object = guid_from_wire(ace.substr(at, guid_bytes));
            at += guid_bytes;
        }
        if ((present & inherited_type_present) != 0) at += guid_bytes;
        if (ace.size() < at) return false;
    }
    const auto sid = leading_sid(ace.substr(at));
    if (!sid) return false;
    entry.sid = *sid;
    if ((flags & inherit_only) == 0) entries.push_back(entry);
    return true;
}

}  // namespace

std::optional<std::vector<AccessEntry>> access_entries(std::string_view descriptor) {
    if (descriptor.size() < descriptor_size) return std::nullopt;
    const auto control = number(descriptor, 2, 2);
    if (descriptor[0] != 1 || (control & self_relative) == 0) return std::nullopt;
    const std::size_t dacl = number(descriptor, 16, 4);
    std::vector<AccessEntry> entries;
    if ((control & dacl_present) == 0 || dacl == 0) {
        AccessEntry everything;
        everything.allows = true;
        everything.mask = all_rights;
        everything.sid = *parse_sid("S-1-1-0");
        entries.push_back(everything);
        return entries;
    }
    if (dacl > descriptor.size() || descriptor.size() - dacl < acl_size) return std::nullopt;
    const std::size_t size = number(descriptor, dacl + 2, 2);
    const std::size_t count = number(descriptor, dacl + 4, 2);
    if (size < acl_size || descriptor.size() - dacl < size) return std::nullopt;
    std::string_view rest = descriptor.substr(dacl + acl_size, size - acl_size);
    for (std::size_t i = 0; i < count; ++i) {
        if (rest.size() < ace_size) return std::nullopt;
        const std::size_t length = number(rest, 2, 2);
        if (length < ace_size || length > rest.size()) return std::nullopt;
        if (!add(rest.substr(0, length), entries)) return std::nullopt;
        rest.remove_prefix(length);
    }
    return entries;
}

bool may_read(std::span<const AccessEntry> entries, std::span<const Sid> token,
              const ProtectedAttribute& attribute) {
    for (const AccessEntry& entry : entries) {
        const bool speaks_of_it =
            !entry.object || *entry.object == attribute.attribute || *entry.object == attribute.property_set;
        if (!speaks_of_it || (entry.mask & access_right::read_property) == 0) continue;
        if (std::find(token.begin(), token.end(), entry.sid) != token.end()) return entry.allows;
    }
    return false;
}

bool is_granted(std::span<const AccessEntry> entries, std::span<const Sid> token, std::uint32_t mask,
                const std::optional<ObjectGuid>& object) {
    std::uint32_t missing = mask;
    for (const AccessEntry& entry : entries) {
        if (entry.object && entry.object != object) continue;
        if (std::find(token.begin(), token.end(), entry.sid) == token.end()) continue;
        if (entry.allows) {
            missing &= ~entry.mask;
        } else if ((entry.mask & missing) != 0) {
            return false;
        }
        if (missing == 0) return true;
    }
    return missing == 0;
}

}  // namespace dirsync::ldap::wire
