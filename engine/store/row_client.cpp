#include "engine/store/row_client.hpp"

namespace dirsync::sync {

Task<Result<std::optional<UserRecord>>> RowClient::user(std::string called) {
    return store_.transact(
        [called = std::move(called)](IdentityStore& store) { return store.rows().user(called); });
}

Task<Result<std::optional<GroupRecord>>> RowClient::group(std::string called) {
    return store_.transact(
        [called = std::move(called)](IdentityStore& store) { return store.rows().group(called); });
}

Task<Result<std::vector<UserRecord>>> RowClient::users_meant(std::string called, std::size_t limit) {
    return store_.transact([called = std::move(called), limit](IdentityStore& store) {
        return store.rows().users_meant(called, limit);
    });
}

Task<Result<std::vector<GroupRecord>>> RowClient::groups_meant(std::string called, std::size_t limit) {
    return store_.transact([called = std::move(called), limit](IdentityStore& store) {
        return store.rows().groups_meant(called, limit);
    });
}

Task<Result<Listed<UserRecord>>> RowClient::users(Page page) {
    return store_.transact([page](IdentityStore& store) { return store.rows().users(page); });
}

Task<Result<Listed<GroupRecord>>> RowClient::groups(Page page) {
    return store_.transact([page](IdentityStore& store) { return store.rows().groups(page); });
}

Task<Result<Listed<UserRecord>>> RowClient::members(RowId group, Page page) {
    return store_.transact([group, page](IdentityStore& store) { return store.rows().members(group, page); });
}

Task<Result<std::vector<PermissionSet>>> RowClient::permission_sets() {
    return store_.transact([](IdentityStore& store) { return store.rows().permission_sets(); });
}

Task<Result<std::vector<RecordedRun>>> RowClient::runs(std::size_t limit) {
    return store_.transact([limit](IdentityStore& store) { return store.rows().runs(limit); });
}

Task<Result<std::vector<RowId>>> RowClient::runs_beginning(std::string text, std::size_t limit) {
    return store_.transact([text = std::move(text), limit](IdentityStore& store) {
        return store.rows().runs_beginning(text, limit);
    });
}

Task<Result<std::vector<JournalLine>>> RowClient::changes_after(std::uint64_t seq, std::size_t limit) {
    return store_.transact(
        [seq, limit](IdentityStore& store) { return store.rows().changes_after(seq, limit); });
}

Task<Result<std::vector<JournalLine>>> RowClient::latest_changes(std::size_t limit) {
    return store_.transact([limit](IdentityStore& store) { return store.rows().latest_changes(limit); });
}

Task<Result<std::vector<HeldLine>>> RowClient::held(std::string hold_id) {
    return store_.transact(
        [hold_id = std::move(hold_id)](IdentityStore& store) { return store.rows().held(hold_id); });
}

Task<Result<std::vector<ListedError>>> RowClient::errors() {
    return store_.transact([](IdentityStore& store) { return store.rows().errors(); });
}

}  // namespace dirsync::sync
