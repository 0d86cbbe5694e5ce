#pragma once

#include <optional>
#include <vector>

#include "model/seams/admin_store.hpp"

namespace dirsync::store {

/// Single look-ups that the facts for an edit are gathered by. May throw DbFailure.
class AdminLookUp {
public:
    virtual ~AdminLookUp() = default;

    virtual std::optional<sync::Node> user_named(sync::NameKey key) = 0;
    virtual std::optional<sync::Node> user_with_email(sync::NameKey key) = 0;
    virtual std::optional<sync::Node> user_with_id(const RowId& id) = 0;
    virtual std::optional<sync::Node> user_with_external_id(const std::string& id) = 0;
    virtual std::optional<sync::Node> group_named(sync::NameKey key) = 0;
    virtual std::optional<sync::Node> group_with_id(const RowId& id) = 0;
    virtual std::optional<sync::Node> group_with_external_id(const std::string& id) = 0;
    /// Sorted, each once.
    virtual std::vector<sync::StoredUser> users(const std::vector<sync::Node>& nodes) = 0;
    virtual std::vector<sync::StoredGroup> groups(const std::vector<sync::Node>& nodes) = 0;
    virtual std::vector<sync::Edge> groups_of(const std::vector<sync::Node>& users) = 0;
    virtual std::optional<sync::PermissionSet> permission_set_named(sync::NameKey key) = 0;
    virtual std::optional<sync::PermissionSet> permission_set(const RowId& id) = 0;
    virtual std::optional<sync::Assignment> assignment(const RowId& id) = 0;
    virtual std::vector<sync::Assignment> assignments_of_principal(const RowId& id) = 0;
    virtual std::vector<sync::Assignment> assignments_of_permission_set(const RowId& id) = 0;
};

/// What `keys` asks for; `source` and `next_node` are the caller's.
sync::AdminFacts gathered(const sync::AdminKeys& keys, AdminLookUp& look_up);

/// By name of principal, permission set and target; those without a name last.
void sort_for_lists(std::vector<sync::ListedAssignment>& assignments);

}  // namespace dirsync::store
