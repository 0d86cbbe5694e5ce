#include "engine/store/store_client.hpp"

namespace dirsync::sync {

Task<Result<StoredFacts>> StoreClient::facts() {
    return transact([](IdentityStore& store) { return store.facts(); });
}

Task<Result<std::vector<IdentityStore::MirrorText>>> StoreClient::mirror_texts(std::vector<Node> nodes) {
    return transact([nodes = std::move(nodes)](IdentityStore& store) { return store.mirror_texts(nodes); });
}

Task<Result<void>> StoreClient::record_run(RunRecord run) {
    return transact([run = std::move(run)](IdentityStore& store) { return store.record_run(run); });
}

Task<Result<void>> StoreClient::set_paused(std::optional<Time> since, bool in_doubt, RunRecord run) {
    return transact([since, in_doubt, run = std::move(run)](IdentityStore& store) {
        return store.set_paused(since, in_doubt, run);
    });
}

Task<Result<Hold>> StoreClient::approve(std::string hold_id, RunRecord run) {
    return transact([hold_id = std::move(hold_id), run = std::move(run)](IdentityStore& store) {
        return store.approve(hold_id, run);
    });
}

Task<Result<void>> StoreClient::set_source(SourceRecord source) {
    return transact([source = std::move(source)](IdentityStore& store) { return store.set_source(source); });
}

Task<Result<void>> StoreClient::prune_journal(Time before) {
    return transact([before](IdentityStore& store) { return store.prune_journal(before); });
}

Task<Result<bool>> StoreClient::check_part(std::chrono::milliseconds patience) {
    return transact([patience](IdentityStore& store) { return store.check_part(patience); });
}

Task<Result<std::vector<ListedAssignment>>> StoreClient::assignments() {
    return transact([](IdentityStore& store) { return store.admin().assignments(); });
}

Task<Result<SourceChanged>> StoreClient::change_source(SourceChange change) {
    return transact(
        [change = std::move(change)](IdentityStore& store) { return store.sources().change(change); });
}

Task<Result<std::vector<Snapshot>>> StoreClient::snapshots() {
    return transact([](IdentityStore& store) { return store.sources().snapshots(); });
}

Task<Result<SnapshotContents>> StoreClient::snapshot(std::string id) {
    return transact([id = std::move(id)](IdentityStore& store) { return store.sources().contents(id); });
}

Task<Result<RestoreReport>> StoreClient::restore(std::string id, bool assignments_only, Time now, Asked by) {
    return transact([id = std::move(id), assignments_only, now, by = std::move(by)](IdentityStore& store) {
        return store.sources().restore(id, assignments_only, now, by);
    });
}

}  // namespace dirsync::sync
