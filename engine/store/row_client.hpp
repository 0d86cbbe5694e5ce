#pragma once

#include <string>
#include <vector>

#include "engine/store/store_client.hpp"
#include "model/seams/row_reader.hpp"

namespace dirsync::sync {

/// The rows of the store as coroutines read them: RowReader through a StoreClient, which outlives it.
class RowClient {
public:
    explicit RowClient(StoreClient& store) noexcept : store_(store) {}

    Task<Result<std::optional<UserRecord>>> user(std::string called);
    Task<Result<std::optional<GroupRecord>>> group(std::string called);
    Task<Result<std::vector<UserRecord>>> users_meant(std::string called, std::size_t limit);
    Task<Result<std::vector<GroupRecord>>> groups_meant(std::string called, std::size_t limit);
    Task<Result<Listed<UserRecord>>> users(Page page);
    Task<Result<Listed<GroupRecord>>> groups(Page page);
    Task<Result<Listed<UserRecord>>> members(RowId group, Page page);
    Task<Result<std::vector<PermissionSet>>> permission_sets();
    Task<Result<std::vector<RecordedRun>>> runs(std::size_t limit);
    Task<Result<std::vector<RowId>>> runs_beginning(std::string text, std::size_t limit);
    Task<Result<std::vector<JournalLine>>> changes_after(std::uint64_t seq, std::size_t limit);
    Task<Result<std::vector<JournalLine>>> latest_changes(std::size_t limit);
    Task<Result<std::vector<HeldLine>>> held(std::string hold_id);
    Task<Result<std::vector<ListedError>>> errors();

private:
    StoreClient& store_;
};

}  // namespace dirsync::sync
