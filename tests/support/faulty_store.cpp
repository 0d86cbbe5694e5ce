#include "tests/support/faulty_store.hpp"

namespace dirsync::testing {

using sync::Node;

Result<sync::StoredFacts> FaultyStore::load(sync::StateSink& sink) {
    return through([&] { return inner_.load(sink); });
}

Result<sync::StoredFacts> FaultyStore::facts() {
    return through([&] { return inner_.facts(); });
}

Result<sync::StoredFacts> FaultyStore::commit(const sync::Commit& commit) {
    return through([&] { return inner_.commit(commit); });
}

Result<std::vector<sync::StoredUser>> FaultyStore::users(std::span<const Node> nodes) {
    return through([&] { return inner_.users(nodes); });
}

Result<std::vector<sync::StoredGroup>> FaultyStore::groups(std::span<const Node> nodes) {
    return through([&] { return inner_.groups(nodes); });
}

Result<std::vector<sync::Edge>> FaultyStore::members_of(std::span<const Node> groups) {
    return through([&] { return inner_.members_of(groups); });
}

Result<std::vector<sync::Edge>> FaultyStore::groups_of(std::span<const Node> users) {
    return through([&] { return inner_.groups_of(users); });
}

Result<std::vector<sync::IdentityStore::MirrorText>> FaultyStore::mirror_texts(std::span<const Node> nodes) {
    return through([&] { return inner_.mirror_texts(nodes); });
}

Result<void> FaultyStore::record_run(const sync::RunRecord& run) {
    return through([&] { return inner_.record_run(run); });
}

Result<void> FaultyStore::set_paused(std::optional<Time> since, bool in_doubt, const sync::RunRecord& run) {
    return through([&] { return inner_.set_paused(since, in_doubt, run); });
}

Result<sync::Hold> FaultyStore::approve(const std::string& hold_id, const sync::RunRecord& run,
                                        std::span<const ObjectGuid> only) {
    return through([&] { return inner_.approve(hold_id, run, only); });
}

Result<void> FaultyStore::set_source(const sync::SourceRecord& source) {
    return through([&] { return inner_.set_source(source); });
}

Result<sync::SourceChanged> FaultyStore::Sources::change(const sync::SourceChange& change) {
    return store_.through([&] { return inner().change(change); });
}

Result<void> FaultyStore::Sources::forget_consent() {
    return store_.through([&] { return inner().forget_consent(); });
}

Result<void> FaultyStore::prune_journal(Time before) {
    return through([&] { return inner_.prune_journal(before); });
}

}  // namespace dirsync::testing
