#include "ldap/wire/entry_decoder.hpp"

#include <array>
#include <limits>
#include <utility>

#include "core/error.hpp"
#include "ldap/wire/ascii.hpp"
#include "ldap/wire/extended_dn.hpp"
#include "ldap/wire/values.hpp"

namespace dirsync::ldap::wire {
namespace {

std::string lowered(std::string_view text) {
    std::string out(text);
    for (char& c : out) c = lower_ascii(c);
    return out;
}

std::string_view first(std::span<const std::string_view> values) noexcept {
    return values.empty() ? std::string_view() : values.front();
}

}  // namespace

const std::vector<std::string>& decoder_attributes() {
    static const std::vector<std::string> names{"objectGUID",     "objectSid",          "objectClass",
                                                "objectCategory", "userAccountControl", "accountExpires",
                                                "primaryGroupID", "isDeleted"};
    return names;
}

EntryDecoder::EntryDecoder(const std::vector<std::string>& names, sync::DomainIndex domain)
    : domain_(domain) {
    for (std::size_t i = 0; i < names.size(); ++i) {
        slots_[lowered(names[i])].index = static_cast<sync::AttributeNames::Index>(i);
    }
    constexpr std::array<std::pair<std::string_view, Use>, 11> used{
        {{"objectguid", Use::object_guid},
         {"objectsid", Use::object_sid},
         {"objectclass", Use::object_class},
         {"objectcategory", Use::object_category},
         {"useraccountcontrol", Use::user_account_control},
         {"accountexpires", Use::account_expires},
         {"primarygroupid", Use::primary_group_id},
         {"isdeleted", Use::is_deleted},
         {"usnchanged", Use::usn_changed},
         {"samaccountname", Use::account_name},
         {"member", Use::member}}};
    for (const auto& [name, use] : used) slots_[std::string(name)].use = use;
    slots_["member"].index.reset();
}

void EntryDecoder::begin(std::string_view dn) {
    attributes_.clear();
    decoded_ = DecodedEntry{};
    decoded_.entry.domain = domain_;
    if (const auto parsed = parse_extended_dn(dn))
        decoded_.entry.dn = parsed->dn;
    else
        decoded_.entry.dn = dn;
    next_ = 0;
    has_guid_ = false;
    has_class_ = false;
    has_control_ = false;
    is_person_ = true;
    reason_.clear();
}

EntryDecoder::Slot EntryDecoder::looked_up(std::string_view name) const {
    Slot slot;
    const auto description = parse_attribute_description(name);
    if (!description) {
        slot.malformed = true;
        return slot;
    }
    const auto found = slots_.find(lowered(description->base));
    if (found == slots_.end()) return slot;
    slot = found->second;
    slot.range = description->range;
    return slot;
}

const EntryDecoder::Slot& EntryDecoder::slot_of(std::string_view name) {
    const std::size_t at = next_++;
    if (at < sequence_.size() && sequence_[at].name == name) return sequence_[at].slot;
    if (at >= sequence_.size()) sequence_.emplace_back();
    sequence_[at] = {std::string(name), looked_up(name)};
    return sequence_[at].slot;
}

void EntryDecoder::attribute(std::string_view name, std::span<const std::string_view> values) {
    const Slot& slot = slot_of(name);
    if (slot.malformed) give_reason("an attribute has no valid range: " + quoted_peer_text(name, 80));
    if (slot.use != Use::none) use(slot, values);
    if (!slot.index) return;
    // A part of the values is not evidence of what the attribute holds, and the rest is never asked for.
    if (slot.range && (slot.range->low != 0 || slot.range->high)) {
        give_reason("an attribute has more values than the server gives at once: " +
                    quoted_peer_text(name, 80));
    }
    for (const auto value : values) attributes_.add(*slot.index, value);
}

void EntryDecoder::give_reason(std::string reason) {
    if (reason_.empty()) reason_ = std::move(reason);
}

void EntryDecoder::reject(std::string_view attribute, std::string_view value) {
    give_reason(std::string(attribute) + " is malformed: " + quoted_peer_text(value, 80));
}

void EntryDecoder::use(const Slot& slot, std::span<const std::string_view> values) {
    const bool is_list = slot.use == Use::object_class || slot.use == Use::member || slot.use == Use::none;
    if (!is_list && values.size() > 1) {
        give_reason("an attribute has several values and may have one: " +
                    quoted_peer_text(first(values), 80));
    }
    switch (slot.use) {
        case Use::object_guid:
            take_guid(first(values));
            break;
        case Use::object_class:
            take_classes(values);
            break;
        case Use::is_deleted:
            decoded_.is_deleted = equals_folded(first(values), "true");
            if (!values.empty() && !decoded_.is_deleted && !equals_folded(values.front(), "false"))
                reject("isDeleted", values.front());
            break;
        case Use::member:
            take_members(slot.range, values);
            break;
        default:
            if (!values.empty()) use_value(slot.use, values.front());
    }
}

void EntryDecoder::use_value(Use use, std::string_view value) {
    sync::Entry& entry = decoded_.entry;
    switch (use) {
        case Use::object_sid:
            entry.sid = sid_from_wire(value);
            if (!entry.sid) reject("objectSid", value);
            break;
        case Use::object_category:
            if (const auto category = parse_extended_dn(value)) {
                is_person_ = starts_with_folded(category->dn, "cn=person,");
            } else {
                reject("objectCategory", value);
            }
            break;
        case Use::user_account_control:
            if (const auto control = parse_user_account_control(value)) {
                entry.disabled = (*control & account_disable) != 0;
                has_control_ = true;
            } else {
                reject("userAccountControl", value);
            }
            break;
        case Use::account_expires:
            if (const auto expires = parse_account_expires(value)) {
                entry.expires = *expires;
            } else {
                reject("accountExpires", value);
            }
            break;
        case Use::primary_group_id:
            if (const auto rid = parse_integer(value);
                rid && *rid >= 0 && *rid <= std::numeric_limits<std::uint32_t>::max()) {
                entry.primary_group_rid = static_cast<std::uint32_t>(*rid);
            } else {
                reject("primaryGroupID", value);
            }
            break;
        case Use::usn_changed:
            if (const auto usn = parse_integer(value); usn && *usn >= 0) {
                entry.usn = static_cast<std::uint64_t>(*usn);
            } else {
                reject("uSNChanged", value);
            }
            break;
        case Use::account_name:
            // AD renames one of two objects that have the same account name to `$DUPLICATE-` and its RID
            // (TechNet wiki, "Duplicate Object Name Resolution").
            entry.mangled = entry.mangled || starts_with_folded(value, "$duplicate-");
            break;
        default:
            break;
    }
}

void EntryDecoder::take_guid(std::string_view value) {
    if (const auto guid = guid_from_wire(value)) {
        decoded_.entry.guid = *guid;
        has_guid_ = true;
    } else {
        reject("objectGUID", value);
    }
}

void EntryDecoder::take_classes(std::span<const std::string_view> classes) {
    has_class_ = !classes.empty();
    bool user = false;
    bool account_of_a_machine = false;
    sync::EntryKind kind = sync::EntryKind::other;
    for (const auto name : classes) {
        if (equals_folded(name, "user")) user = true;
        if (equals_folded(name, "computer") || equals_folded(name, "msds-managedserviceaccount") ||
            equals_folded(name, "msds-groupmanagedserviceaccount")) {
            account_of_a_machine = true;
        }
        if (equals_folded(name, "group")) kind = sync::EntryKind::group;
        if (equals_folded(name, "foreignsecurityprincipal")) kind = sync::EntryKind::foreign;
        if (equals_folded(name, "organizationalunit") || equals_folded(name, "container") ||
            equals_folded(name, "domaindns") || equals_folded(name, "builtindomain") ||
            equals_folded(name, "lostandfound") || equals_folded(name, "organization") ||
            equals_folded(name, "country") || equals_folded(name, "locality")) {
            kind = sync::EntryKind::container;
        }
    }
    if (user) kind = account_of_a_machine ? sync::EntryKind::other : sync::EntryKind::user;
    decoded_.entry.kind = kind;
}

void EntryDecoder::take_members(const std::optional<Range>& range, std::span<const std::string_view> values) {
    auto& members = decoded_.entry.members;
    members.reserve(members.size() + values.size());
    for (const auto value : values) {
        auto member = decode_member(value);
        if (!member) {
            give_reason(member.error().message());
            return;
        }
        if (!member->skip) members.push_back(member->ref);
    }
    // An empty `member` beside `member;range=0-1499` says nothing of its own.
    if (!range) return;
    RangeProgress progress;
    if (auto taken = progress.take(*range, values.size()); !taken) {
        give_reason(taken.error().message());
        return;
    }
    if (!progress.is_complete()) decoded_.members = progress;
}

/// An attribute that every entry of this kind has and this one lacks; null when there is none.
const char* EntryDecoder::missing() const noexcept {
    const sync::Entry& entry = decoded_.entry;
    if (!has_guid_) return "objectGUID";
    if (decoded_.is_deleted || is_deleted_object(entry.dn))
        return nullptr;  // a tombstone lost most attributes
    if (!has_class_) return "objectClass";
    return nullptr;
}

std::variant<DecodedEntry, sync::QuarantinedEntry> EntryDecoder::end() {
    sync::Entry& entry = decoded_.entry;
    if (entry.kind == sync::EntryKind::user && !is_person_) entry.kind = sync::EntryKind::other;
    entry.control_known = has_control_ || entry.kind != sync::EntryKind::user;
    // A container keeps what is below it, whatever it is called.
    const bool is_named = entry.kind == sync::EntryKind::user || entry.kind == sync::EntryKind::group;
    entry.mangled = is_named && (entry.mangled || is_conflict_object(entry.dn));
    if (const char* name = missing())
        give_reason(
            std::string(name) +
            " is missing, which dirsyncd's account may not read: a known object stays as it is, a new "
            "one is not created; give that account Read Property on it");
    // The container of deleted objects says it of itself.
    if (decoded_.is_deleted && entry.kind != sync::EntryKind::container && !is_delete_mangled(entry.dn))
        give_reason(
            "isDeleted is TRUE, but the DN is not that of a deleted object: the server contradicts itself, "
            "and the object stays as it was");
    if (!reason_.empty()) {
        sync::QuarantinedEntry quarantined;
        if (has_guid_) quarantined.guid = entry.guid;
        quarantined.kind = entry.kind;
        quarantined.dn = std::move(entry.dn);
        quarantined.reason = std::move(reason_);
        quarantined.domain = entry.domain;
        return quarantined;
    }
    if (entry.kind == sync::EntryKind::other) {
        entry.members.clear();
        decoded_.members.reset();
    } else {
        entry.attributes = attributes_.pack();
    }
    return std::move(decoded_);
}

}  // namespace dirsync::ldap::wire
