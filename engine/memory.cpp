#include "engine/memory.hpp"

#include "sync/settings_fingerprint.hpp"

namespace dirsync::sync {
namespace {

class StateLoader : public StateSink {
public:
    StateLoader(Mirror& mirror, StoredIndex& stored, GuardWindow& passed)
        : mirror_(mirror), stored_(stored), passed_(passed) {}
    void object(const MirrorRow& row) override { mirror_.load_object(row); }
    void container_dn(Node node, std::string_view dn) override { mirror_.load_container_dn(node, dn); }
    void edge(Edge edge) override { mirror_.load_edge(edge); }
    void user_row(Node node, std::uint64_t hash, NameKey user_name, NameKey email, Status status,
                  ScopeState scope, std::optional<Time> out_since) override {
        stored_.load_user(node, hash, user_name, email, status, scope, out_since);
    }
    void group_row(Node node, std::uint64_t hash, NameKey display_name, ScopeState scope,
                   std::optional<Time> out_since) override {
        stored_.load_group(node, hash, display_name, scope, out_since);
    }
    void guard_count(const GuardCount& count) override { passed_.add(count); }

private:
    Mirror& mirror_;
    StoredIndex& stored_;
    GuardWindow& passed_;
};

}  // namespace

Memory::Memory(StoreClient& store, SyncSettings settings, bool is_read)
    : store_(store),
      is_read_(is_read),
      settings_(std::move(settings)),
      fingerprint_(fingerprint_of(settings_)) {
    rebind();
}

void Memory::use(SyncSettings settings) {
    settings_ = std::move(settings);
    fingerprint_ = fingerprint_of(settings_);
}

void Memory::rebind() {
    // Packed attributes on disk refer to these indexes, so that an index never changes its meaning: new names
    // go behind the known ones.
    AttributeNames names;
    for (const auto& name : facts_.cursor.attribute_names) names.add(name);
    const AttributeNames base = base_attribute_names();
    for (const auto& name : base.all()) names.add(name);
    settings_.mapping.bind(names);
    for (auto& filter : settings_.scope.user_filters) filter.filter.bind(names);
    names_ = std::move(names);
    make_mapper();
    scope_.forget_origin();
}

void Memory::make_mapper() {
    mapper_ = std::make_unique<RowMapper>(settings_.mapping, names_, domains_.names());
}

void Memory::follow_domains() {
    make_mapper();
    mirror_->set_domain_sids(domains_.sids());
}

Task<Result<void>> Memory::load() {
    auto mirror = std::make_unique<Mirror>();
    auto stored = std::make_unique<StoredIndex>();
    GuardWindow passed;
    auto job = [&](IdentityStore& store) {
        StateLoader loader(*mirror, *stored, passed);
        auto facts = store.load(loader);
        if (facts) {
            mirror->loaded(facts->next_node);
            stored->loaded();
        }
        return facts;
    };
    auto facts = co_await store_.transact(std::move(job));
    if (!facts) co_return facts.error();
    facts_ = std::move(*facts);
    // What admins make in the built-in directory is in no cycle's memory.
    const bool is_foreign = state_ != 0 && facts_.state != state_ && is_read_;
    is_foreign_ = is_foreign_ || is_foreign;
    state_ = facts_.state;
    passed_ = std::move(passed);
    stand_on(std::move(mirror), std::move(stored), is_foreign);
    is_ahead_ = false;
    co_return Result<void>();
}

void Memory::stand_on(std::unique_ptr<Mirror> mirror, std::unique_ptr<StoredIndex> stored, bool is_foreign) {
    mirror_ = std::move(mirror);
    stored_ = std::move(stored);
    domains_.load(facts_.cursor.domains, is_foreign);
    mirror_->set_domain_sids(domains_.sids());
    rebind();
    scope_.load(settings_.scope, facts_.pins, *mirror_, *stored_);
    view_ = made_view();
}

void Memory::stand_for_emptied(SourceRecord source) {
    StoredFacts emptied;
    emptied.source = std::move(source);
    emptied.next_node = facts_.next_node;
    emptied.state = facts_.state;
    emptied.paused = facts_.paused;
    emptied.paused_since = facts_.paused_since;
    emptied.time = facts_.time;
    facts_ = std::move(emptied);
    passed_ = GuardWindow();
    auto mirror = std::make_unique<Mirror>();
    auto stored = std::make_unique<StoredIndex>();
    mirror->loaded(facts_.next_node);
    stored->loaded();
    stand_on(std::move(mirror), std::move(stored), false);
    is_ahead_ = true;
}

Task<Result<void>> Memory::refresh() {
    auto facts = co_await store_.facts();
    if (!facts) co_return facts.error();
    facts_ = std::move(*facts);
    co_return Result<void>();
}

Commit Memory::commit() const {
    Commit commit;
    commit.from_generation = facts_.cursor.generation;
    commit.from_state = state_;
    return commit;
}

void Memory::committed(const Plan& plan, const GuardTally& tally, StoredFacts facts) {
    stored_->apply(plan);
    passed_.apply(tally);
    facts_ = std::move(facts);
    state_ = facts_.state;
}

ScopeView Memory::made_view() const {
    const ResolvedScope& names = scope_.now();
    return ScopeView(*mirror_, settings_.scope, names.nodes, names.also_excluded, active_domains());
}

}  // namespace dirsync::sync
