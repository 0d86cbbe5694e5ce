#pragma once

#include <optional>
#include <string>
#include <vector>

#include "sync/mirror.hpp"
#include "sync/plan.hpp"
#include "sync/settings.hpp"

namespace dirsync::sync {

/// A row as the mapping makes it from an entry, or why it cannot be (semantics 3.4).
struct DesiredUser {
    UserRow row;
    std::optional<EntityError> error;
};
struct DesiredGroup {
    GroupRow row;
    std::optional<EntityError> error;
};

/// Attributes that every read needs besides those that mapping and filters name.
AttributeNames base_attribute_names();

/// The mapping applied. `mapping` and the filters are bound to `names`; all outlive it.
class RowMapper {
public:
    RowMapper(const Mapping& mapping, AttributeNames& names, std::vector<std::string> domain_names);

    /// Row of an object in scope. Status follows the directory: disabled or expired at `now` is DISABLED
    /// (3.7); scope is `held` while the object is not visible.
    DesiredUser user(const MirrorRow& entry, const AttributesView& attributes, Time now) const;
    DesiredGroup group(const MirrorRow& entry, const AttributesView& attributes) const;

private:
    std::string_view domain_name(const MirrorRow& entry) const;

    const Mapping& mapping_;
    std::vector<std::string> domain_names_;
    AttributeNames::Index common_name_;
    AttributeNames::Index account_name_;
};

bool is_expired(const MirrorRow& entry, Time now) noexcept;

/// What becomes of a stored row whose object is out of scope (semantics 4.4). nullopt: it is deleted.
std::optional<UserRow> out_of_scope(const UserRow& stored, bool disabled_in_source,
                                    const LifecycleSettings& lifecycle, Time now);
std::optional<GroupRow> out_of_scope(const GroupRow& stored, const LifecycleSettings& lifecycle, Time now);

/// True when a group's clock has run out: it is emptied.
bool is_overdue(std::optional<Time> out_since, const LifecycleSettings& lifecycle, Time now) noexcept;

/// A stored row that cannot take its new values: they stay, but being disabled and the scope apply (3.4).
UserRow kept_with_status(const UserRow& stored, const UserRow& desired);

}  // namespace dirsync::sync
