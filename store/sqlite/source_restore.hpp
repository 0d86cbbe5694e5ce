#pragma once

#include "core/time.hpp"
#include "model/snapshot.hpp"
#include "store/sqlite/file/db.hpp"

namespace dirsync::store {

/// What a SQLite store has of the rows of a snapshot; inside the caller's transaction. Throws DbFailure.
class SqlitePresentRows final : public sync::PresentRows {
public:
    explicit SqlitePresentRows(Db& db) : db_(db) {}

    std::optional<sync::Counterpart> user(const RowId& id, std::string_view external_id,
                                          std::string_view name) override;
    std::optional<sync::Counterpart> group(const RowId& id, std::string_view external_id,
                                           std::string_view name) override;
    std::string owner_of_email(std::string_view email) override;
    bool is_member(sync::Node group, sync::Node user) override;
    std::optional<sync::PermissionSet> permission_set(const RowId& id, std::string_view name) override;
    bool has_assignment(const sync::Assignment& like) override;
    sync::Node next_node() override;

private:
    Db& db_;
};

/// Writes the plan of a restore, its lines and its run. Throws DbFailure.
void write_restored(Db& db, const sync::AdminPlan& plan, sync::RunRecord run);

}  // namespace dirsync::store
