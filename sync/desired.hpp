#pragma once

#include <optional>
#include <string>
#include <vector>

#include "model/clock.hpp"
#include "model/plan.hpp"
#include "model/settings.hpp"
#include "sync/mirror.hpp"

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

    /// Row of an object in scope, but for its status; scope is `held` while the object is not visible.
    DesiredUser user(const MirrorRow& entry, const AttributesView& attributes, Status status) const;
    DesiredGroup group(const MirrorRow& entry, const AttributesView& attributes) const;

private:
    std::string_view domain_name(const MirrorRow& entry) const;

    const Mapping& mapping_;
    std::vector<std::string> domain_names_;
    AttributeNames::Index common_name_;
    AttributeNames::Index account_name_;
};

bool is_expired(const MirrorRow& entry, Time now) noexcept;

/// What the directory says of a user (3.7): disabled or expired is DISABLED. While time is in doubt nobody
/// expires or comes back from that: `stored` is what the row says now, and a user without a row is ENABLED
/// only when no clock calls the account expired. Where nothing was told of a user, the row is all that is
/// known.
Status status_in_source(const MirrorRow& entry, const Clock& clock, std::optional<Status> stored) noexcept;

/// What becomes of a stored row whose object is out of scope (semantics 4.4). nullopt: it is deleted. While
/// time is in doubt no clock starts or runs out: the row stays, but for being disabled in the directory.
std::optional<UserRow> out_of_scope(const UserRow& stored, Status in_source,
                                    const LifecycleSettings& lifecycle, const Clock& clock);
std::optional<GroupRow> out_of_scope(const GroupRow& stored, const LifecycleSettings& lifecycle,
                                     const Clock& clock);

/// True when a group's clock has run out: it is emptied.
bool is_overdue(std::optional<Time> out_since, const LifecycleSettings& lifecycle,
                const Clock& clock) noexcept;

/// A stored row that cannot take its new values: they stay, but being disabled and the scope apply (3.4).
UserRow kept_with_status(const UserRow& stored, const UserRow& desired);

}  // namespace dirsync::sync
