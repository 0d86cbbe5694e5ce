#pragma once

#include <memory>
#include <utility>

#include "model/seams/identity_store.hpp"
#include "model/seams/source_store.hpp"
#include "tests/support/faulty_calls.hpp"

namespace dirsync::testing {

/// A store whose calls fail, before or after they took effect, when `FaultyCalls` says so. `query` and
/// `check_integrity` are the test's own eyes and never fail. Both outlive it.
class FaultyStore : public sync::IdentityStore {
public:
    FaultyStore(sync::IdentityStore& inner, FaultyCalls& calls) : inner_(inner), calls_(calls) {}

    Result<void> present() const override { return inner_.present(); }
    Result<sync::StoredFacts> load(sync::StateSink& sink) override;
    Result<sync::StoredFacts> facts() override;
    Result<sync::StoredFacts> commit(const sync::Commit& commit) override;
    Result<std::vector<sync::StoredUser>> users(std::span<const sync::Node> nodes) override;
    Result<std::vector<sync::StoredGroup>> groups(std::span<const sync::Node> nodes) override;
    Result<std::vector<sync::Edge>> members_of(std::span<const sync::Node> groups) override;
    Result<std::vector<sync::Edge>> groups_of(std::span<const sync::Node> users) override;
    Result<std::vector<MirrorText>> mirror_texts(std::span<const sync::Node> nodes) override;
    void read_together(const std::function<void()>& work) override { inner_.read_together(work); }
    Result<void> record_run(const sync::RunRecord& run) override;
    Result<void> set_paused(std::optional<Time> since, bool in_doubt, const sync::RunRecord& run) override;
    Result<sync::Hold> approve(const std::string& hold_id, const sync::RunRecord& run,
                               std::span<const ObjectGuid> only) override;
    Result<void> set_source(const sync::SourceRecord& source) override;
    Result<void> prune_journal(Time before) override;

    sync::AdminStore& admin() override { return inner_.admin(); }
    sync::SourceStore& sources() override { return sources_; }
    sync::HistoryStore& history() override { return inner_.history(); }
    sync::RowReader& rows() override { return inner_.rows(); }
    Result<sync::Rows> query(const sync::ViewQuery& query) override { return inner_.query(query); }
    Result<void> check_integrity() override { return inner_.check_integrity(); }
    Result<bool> check_part(std::chrono::milliseconds patience) override {
        return inner_.check_part(patience);
    }

private:
    /// Only what writes for a cycle is struck.
    class Sources : public sync::SourceStore {
    public:
        explicit Sources(FaultyStore& store) : store_(store) {}
        Result<sync::SourceChanged> change(const sync::SourceChange& change) override;
        Result<std::optional<sync::SourcePair>> used_consent() override { return inner().used_consent(); }
        Result<void> forget_consent() override;
        Result<std::vector<sync::Snapshot>> snapshots() override { return inner().snapshots(); }
        Result<sync::RestoreReport> restore(const std::string& id, bool assignments_only, Time now,
                                            const sync::Asked& by) override {
            return inner().restore(id, assignments_only, now, by);
        }
        Result<sync::SnapshotContents> contents(const std::string& id) override {
            return inner().contents(id);
        }
        Result<sync::Snapshot> import(const sync::SnapshotContents& contents) override {
            return inner().import(contents);
        }

    private:
        sync::SourceStore& inner() { return store_.inner_.sources(); }
        FaultyStore& store_;
    };

    template <class Call>
    auto through(Call&& call) -> decltype(call()) {
        const auto fault = calls_.next(FaultyCalls::Seam::store);
        if (!fault) return call();
        if (fault == Fault::fails_after || fault == Fault::crash_after) static_cast<void>(call());
        return Error(ErrorCode::store_unavailable, "the disk does not answer");
    }

    sync::IdentityStore& inner_;
    FaultyCalls& calls_;
    Sources sources_{*this};
};

}  // namespace dirsync::testing
