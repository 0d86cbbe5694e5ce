#pragma once

#include "model/seams/row_reader.hpp"
#include "store/sqlite/file/db.hpp"

namespace dirsync::store {

/// The RowReader of a SQLite store, on its connection.
class SqliteRows final : public sync::RowReader {
public:
    explicit SqliteRows(Db& db) : db_(db) {}

    Result<std::optional<sync::UserRecord>> user(std::string_view called) override;
    Result<std::optional<sync::GroupRecord>> group(std::string_view called) override;
    Result<std::vector<sync::UserRecord>> users_meant(std::string_view called, std::size_t limit) override;
    Result<std::vector<sync::GroupRecord>> groups_meant(std::string_view called, std::size_t limit) override;
    Result<sync::AnyRecord> with_id(const RowId& id) override;
    Result<sync::Listed<sync::UserRecord>> users(const sync::Page& page) override;
    Result<sync::Listed<sync::GroupRecord>> groups(const sync::Page& page) override;
    Result<sync::Listed<sync::UserRecord>> members(const RowId& group, const sync::Page& page) override;
    Result<std::vector<sync::PermissionSet>> permission_sets() override;
    Result<std::vector<sync::RecordedRun>> runs(std::size_t limit) override;
    Result<std::vector<RowId>> runs_beginning(std::string_view text, std::size_t limit) override;
    Result<std::vector<sync::JournalLine>> changes_after(std::uint64_t seq, std::size_t limit) override;
    Result<std::vector<sync::JournalLine>> latest_changes(std::size_t limit) override;
    Result<std::vector<sync::HeldLine>> held(const std::string& hold_id) override;
    Result<std::vector<sync::ListedError>> errors() override;

private:
    Db& db_;
};

}  // namespace dirsync::store
