#include "sync/desired.hpp"

#include <algorithm>

#include "core/text.hpp"
#include "core/visible_text.hpp"

namespace dirsync::sync {
namespace {

constexpr const char* mangled_name =
    "a replication conflict in the directory has changed its name (CNF, $DUPLICATE): it is kept as it was; "
    "rename it, or delete the one of the two that is not needed";

constexpr const char* skipped_user = ": a known user stays as it is, a new one is not created; ";
constexpr const char* skipped_group = ": a known group stays as it is, a new one is not created; ";
constexpr const char* shorten = "shorten it in the directory";
constexpr const char* retype = "type the name anew in the directory";
constexpr const char* fill = "fill in its attributes in the directory, or correct the mapping";

constexpr std::size_t longest_user_name = 128;
constexpr std::size_t longest_text = 1024;
constexpr std::size_t longest_email = 320;

EntityError error_of(const MirrorRow& entry, bool is_group, std::string_view name, std::string_view code,
                     std::string message) {
    EntityError error;
    error.external_id = entry.guid;
    if (entry.sid) error.sid = to_text(*entry.sid);
    error.is_group = is_group;
    error.name = name;
    error.code = code;
    error.message = std::move(message);
    return error;
}

std::string holds(std::string_view attribute, const text::HiddenCharacter& hidden) {
    return std::string(attribute) + " holds " + hidden.name + " at character " +
           std::to_string(hidden.position) + ", which cannot be seen and makes two names look alike";
}

/// What is wrong with the user; empty: nothing.
std::string fault_of(const UserRow& row) {
    if (row.user_name.empty()) {
        return std::string(
                   "userName is empty, as no template of attribute_mappings.user.userName yields text") +
               skipped_user + fill;
    }
    if (text::length(row.user_name) > longest_user_name)
        return std::string("userName is longer than 128 characters") + skipped_user + shorten;
    if (text::has_white_space(row.user_name))
        return std::string("userName holds white space") + skipped_user + retype;
    if (const auto hidden = text::hidden_character(row.user_name))
        return holds("userName", *hidden) + skipped_user + retype;
    if (text::length(row.email) > longest_email)
        return std::string("email is longer than 320 characters") + skipped_user + shorten;
    if (text::length(row.display_name) > longest_text)
        return std::string("displayName is longer than 1024 characters") + skipped_user + shorten;
    return {};
}

std::string fault_of(const GroupRow& row) {
    if (row.display_name.empty()) {
        return std::string(
                   "displayName is empty, as no template of attribute_mappings.group.displayName yields "
                   "text") +
               skipped_group + fill;
    }
    if (text::length(row.display_name) > longest_text)
        return std::string("displayName is longer than 1024 characters") + skipped_group + shorten;
    if (const auto hidden = text::hidden_character(row.display_name))
        return holds("displayName", *hidden) + skipped_group + retype;
    if (text::length(row.description) > longest_text)
        return std::string("description is longer than 1024 characters") + skipped_group + shorten;
    return {};
}

void put(ExtraAttributes& extra, const std::string& target, std::string value) {
    if (value.empty()) return;
    const auto at =
        std::lower_bound(extra.begin(), extra.end(), target,
                         [](const auto& pair, const std::string& name) { return pair.first < name; });
    extra.insert(at, {target, std::move(value)});
}

bool has_run_out(std::optional<Time> since, const Limit& limit, Time now) noexcept {
    return since && limit && now - *since >= *limit;
}

}  // namespace

AttributeNames base_attribute_names() {
    AttributeNames names;
    for (const char* name : {"userPrincipalName", "sAMAccountName", "cn"}) names.add(name);
    return names;
}

RowMapper::RowMapper(const Mapping& mapping, AttributeNames& names, std::vector<std::string> domain_names)
    : mapping_(mapping),
      domain_names_(std::move(domain_names)),
      common_name_(names.add("cn")),
      account_name_(names.add("sAMAccountName")) {}

std::string_view RowMapper::domain_name(const MirrorRow& entry) const {
    return entry.domain < domain_names_.size() ? std::string_view(domain_names_[entry.domain])
                                               : std::string_view();
}

bool is_expired(const MirrorRow& entry, Time now) noexcept {
    return entry.expires <= now.time_since_epoch().count();
}

Status status_in_source(const MirrorRow& entry, const Clock& clock, std::optional<Status> stored) noexcept {
    if (entry.hash == 0 && stored) return *stored;
    if (entry.disabled) return Status::disabled;
    if (entry.expires == never_expires) return Status::enabled;
    if (!clock.certain && stored) return *stored;
    return is_expired(entry, clock.latest) ? Status::disabled : Status::enabled;
}

DesiredUser RowMapper::user(const MirrorRow& entry, const AttributesView& attributes, Status status) const {
    DesiredUser result;
    UserRow& row = result.row;
    row.external_id = external_id_of(entry.guid);
    if (entry.sid) row.sid = to_text(*entry.sid);
    row.status = status;
    row.scope = entry.missing ? ScopeState::held : ScopeState::in;
    for (const auto& target : mapping_.user) {
        std::string value = mapped(target.chain, attributes, domain_name(entry)).value;
        if (target.target == "userName") {
            row.user_name = std::move(value);
        } else if (target.target == "email") {
            row.email = std::move(value);
        } else if (target.target == "displayName") {
            row.display_name = std::move(value);
        } else if (target.target == "givenName") {
            row.given_name = std::move(value);
        } else if (target.target == "familyName") {
            row.family_name = std::move(value);
        } else if (target.target == "middleName") {
            row.middle_name = std::move(value);
        } else {
            put(row.attributes, target.target, std::move(value));
        }
    }
    if (row.display_name.empty()) row.display_name = attributes.first(common_name_);
    if (row.display_name.empty()) row.display_name = row.user_name;

    const std::string_view known_as = row.user_name.empty() ? attributes.first(account_name_) : row.user_name;
    std::string fault = entry.mangled ? mangled_name : fault_of(row);
    if (!fault.empty()) {
        const bool is_empty = !entry.mangled && row.user_name.empty();
        result.error = error_of(entry, false, known_as, is_empty ? "MissingAttribute" : "InvalidValue",
                                std::move(fault));
    }
    return result;
}

DesiredGroup RowMapper::group(const MirrorRow& entry, const AttributesView& attributes) const {
    DesiredGroup result;
    GroupRow& row = result.row;
    row.external_id = external_id_of(entry.guid);
    row.scope = entry.missing ? ScopeState::held : ScopeState::in;
    for (const auto& target : mapping_.group) {
        std::string value = mapped(target.chain, attributes, domain_name(entry)).value;
        if (target.target == "displayName") {
            row.display_name = std::move(value);
        } else if (target.target == "description") {
            row.description = std::move(value);
        } else {
            put(row.attributes, target.target, std::move(value));
        }
    }
    const std::string_view known_as =
        row.display_name.empty() ? attributes.first(account_name_) : row.display_name;
    std::string fault = entry.mangled ? mangled_name : fault_of(row);
    if (!fault.empty()) {
        const bool is_empty = !entry.mangled && row.display_name.empty();
        result.error =
            error_of(entry, true, known_as, is_empty ? "MissingAttribute" : "InvalidValue", std::move(fault));
    }
    return result;
}

std::optional<UserRow> out_of_scope(const UserRow& stored, Status in_source,
                                    const LifecycleSettings& lifecycle, const Clock& clock) {
    UserRow row = stored;
    if (!clock.certain) {
        if (in_source == Status::disabled) row.status = Status::disabled;
        return row;
    }
    row.scope = ScopeState::out;
    row.out_since = stored.scope == ScopeState::out && stored.out_since ? stored.out_since : clock.now;
    if (has_run_out(row.out_since, lifecycle.delete_after, clock.now)) return std::nullopt;
    row.status =
        has_run_out(row.out_since, lifecycle.disable_after, clock.now) ? Status::disabled : in_source;
    return row;
}

std::optional<GroupRow> out_of_scope(const GroupRow& stored, const LifecycleSettings& lifecycle,
                                     const Clock& clock) {
    GroupRow row = stored;
    if (!clock.certain) return row;
    row.scope = ScopeState::out;
    row.out_since = stored.scope == ScopeState::out && stored.out_since ? stored.out_since : clock.now;
    if (has_run_out(row.out_since, lifecycle.delete_after, clock.now)) return std::nullopt;
    return row;
}

bool is_overdue(std::optional<Time> out_since, const LifecycleSettings& lifecycle,
                const Clock& clock) noexcept {
    return clock.certain && has_run_out(out_since, lifecycle.disable_after, clock.now);
}

UserRow kept_with_status(const UserRow& stored, const UserRow& desired) {
    UserRow row = stored;
    row.status = desired.status;
    row.scope = desired.scope;
    row.out_since = desired.out_since;
    return row;
}

}  // namespace dirsync::sync
