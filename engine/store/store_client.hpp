#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "core/task.hpp"
#include "engine/store/store_thread.hpp"
#include "model/seams/admin_store.hpp"
#include "model/seams/history_store.hpp"
#include "model/seams/identity_store.hpp"
#include "model/seams/source_store.hpp"

namespace dirsync::sync {

/// The identity store as coroutines use it. Owns the store and the one thread that all its blocking calls run
/// on, in the order in which they were asked for. Each function below means what the store's own of that name
/// means, and resumes its caller on the caller's executor. Outlives whatever awaits it.
class StoreClient {
public:
    explicit StoreClient(std::unique_ptr<IdentityStore> store,
                         StoreThread::Runs runs = StoreThread::Runs::on_own_thread)
        : store_(std::move(store)), thread_(runs) {}

    /// Several calls that nothing comes between. `work` takes the store and must not throw. Name it before:
    /// `auto work = [..](IdentityStore& store) {..}; co_await client.transact(std::move(work))`.
    template <class Work>
    Task<std::invoke_result_t<Work&, IdentityStore&>> transact(Work work) {
        using Answer = std::invoke_result_t<Work&, IdentityStore&>;
        std::function<Answer()> job = [this, &work] { return work(*store_); };
        co_return co_await thread_.run<Answer>(std::move(job));
    }

    Task<Result<StoredFacts>> facts();
    Task<Result<std::vector<IdentityStore::MirrorText>>> mirror_texts(std::vector<Node> nodes);
    Task<Result<void>> record_run(RunRecord run);
    Task<Result<void>> set_paused(std::optional<Time> since, bool in_doubt, RunRecord run);
    Task<Result<Hold>> approve(std::string hold_id, RunRecord run);
    Task<Result<void>> set_source(SourceRecord source);
    Task<Result<void>> prune_journal(Time before);
    Task<Result<bool>> check_part(std::chrono::milliseconds patience);

    Task<Result<std::vector<ListedAssignment>>> assignments();
    Task<Result<SourceChanged>> change_source(SourceChange change);
    Task<Result<std::vector<Snapshot>>> snapshots();
    Task<Result<SnapshotContents>> snapshot(std::string id);
    Task<Result<RestoreReport>> restore(std::string id, bool assignments_only, Time now, Asked by);

    /// The store itself, for callers without a loop: while no call of the others is under way.
    IdentityStore& store() noexcept { return *store_; }
    /// Any thread, any time.
    Result<void> present() const { return store_->present(); }
    /// Waits for the calls that were asked for and takes none any more: before that which they refer to goes.
    void join() { thread_.join(); }

private:
    std::unique_ptr<IdentityStore> store_;
    StoreThread thread_;
};

}  // namespace dirsync::sync
