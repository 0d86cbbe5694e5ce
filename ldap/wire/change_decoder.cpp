#include "ldap/wire/change_decoder.hpp"

#include <array>
#include <utility>

#include "ldap/wire/ascii.hpp"
#include "ldap/wire/extended_dn.hpp"
#include "ldap/wire/range.hpp"

namespace dirsync::ldap::wire {
namespace {

// MS-ADTS 3.1.1.3.4.1.3: in every entry, changed or not.
constexpr std::array<std::string_view, 3> always_there{"objectguid", "instancetype", "parentguid"};

constexpr Range added_values{1, 1};
constexpr Range removed_values{0, 0};

bool is_always_there(std::string_view name) noexcept {
    for (const auto known : always_there) {
        if (equals_folded(name, known)) return true;
    }
    return false;
}

}  // namespace

const std::vector<std::string>& watched_attributes() {
    static const std::vector<std::string> names{"name",      "isDeleted", "isRecycled", "lastKnownParent",
                                                "objectSid", "member"};
    return names;
}

void ChangeDecoder::begin(std::string_view dn) {
    dn_ = dn;
    change_ = ReportedChange{};
    has_guid_ = false;
    malformed_ = false;
    empty_members_ = false;
}

void ChangeDecoder::attribute(std::string_view name, std::span<const std::string_view> values) {
    const auto base = name.substr(0, name.find(';'));
    if (equals_folded(base, "member")) {
        take_members(name, values);
        return;
    }
    if (equals_folded(base, "objectguid")) {
        const auto guid = values.empty() ? std::nullopt : guid_from_wire(values.front());
        has_guid_ = guid.has_value();
        if (guid) change_.guid = *guid;
        return;
    }
    if (is_always_there(base)) return;
    change_.changed = true;
    if (equals_folded(base, "isdeleted")) {
        if (values.empty() || equals_folded(values.front(), "false")) {
            change_.restored = true;
        } else if (equals_folded(values.front(), "true")) {
            change_.deleted = true;
        } else {
            malformed_ = true;
        }
    }
    // An object's class is set once and for all: this one is new, or the server tells it from the start.
    if (equals_folded(base, "objectclass")) change_.whole = true;
}

void ChangeDecoder::take_members(std::string_view name, std::span<const std::string_view> values) {
    const auto description = parse_attribute_description(name);
    auto* list = &change_.added;
    if (description && description->range == removed_values) list = &change_.removed;
    if (!description || (description->range != added_values && description->range != removed_values)) {
        if (description && !description->range && values.empty())
            empty_members_ = true;
        else
            change_.whole = true;
        return;
    }
    for (const auto value : values) {
        const auto member = decode_member(value);
        if (!member) {
            change_.whole = true;
            return;
        }
        if (!member->skip) list->push_back(member->ref);
    }
}

Result<ReportedChange> ChangeDecoder::end() {
    if (!has_guid_ || malformed_) {
        return Error(ErrorCode::malformed_entry, std::string("a reported change has no valid ") +
                                                     (has_guid_ ? "isDeleted" : "objectGUID") + ": " +
                                                     quoted_peer_text(dn_));
    }
    const auto parsed = parse_extended_dn(dn_);
    const std::string_view dn = parsed ? parsed->dn : std::string_view(dn_);
    // isDeleted beside the name of a living object is a contradiction: the object is asked for.
    change_.deleted = is_deleted_object(dn) || (change_.deleted && is_delete_mangled(dn));
    // Beside ranges an empty `member` says nothing; alone it is a list that was cleared.
    if (empty_members_ && change_.added.empty() && change_.removed.empty()) change_.whole = true;
    if (change_.restored && !change_.deleted) change_.whole = true;
    if (change_.deleted) change_.restored = change_.whole = false;
    change_.changed = change_.changed || change_.whole;
    if (change_.deleted || change_.whole) {
        change_.added.clear();
        change_.removed.clear();
    }
    return std::move(change_);
}

}  // namespace dirsync::ldap::wire
