#include "engine/engine_impl.hpp"

#include <algorithm>

#include "sync/planner/unknown_attributes.hpp"
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

void append(std::vector<std::string>& lines, const std::vector<std::string>& more) {
    lines.insert(lines.end(), more.begin(), more.end());
}

}  // namespace

std::vector<std::optional<Sid>> Engine::Impl::domain_sids() const {
    std::vector<std::optional<Sid>> sids;
    for (const auto& facts : domains_) sids.emplace_back(facts.sid);
    return sids;
}

Engine::Impl::Impl(Parts parts, SyncSettings settings)
    : parts_(std::move(parts)), settings_(std::move(settings)) {
    fingerprint_ = fingerprint_of(settings_);
    bind_settings();
}

void Engine::Impl::bind_settings() {
    // Indexes are for ever: packed attributes on disk refer to them. New names go behind the known ones.
    AttributeNames names;
    for (const auto& name : facts_.cursor.attribute_names) names.add(name);
    const AttributeNames base = base_attribute_names();
    for (const auto& name : base.all()) names.add(name);
    settings_.mapping.bind(names);
    for (auto& filter : settings_.scope.user_filters) filter.filter.bind(names);
    names_ = std::move(names);
    mapper_ = std::make_unique<RowMapper>(settings_.mapping, names_, domain_names());
    resolved_from_.reset();
}

void Engine::Impl::use_settings(SyncSettings settings) { next_settings_ = std::move(settings); }

void Engine::Impl::take_next_settings() {
    if (!next_settings_) return;
    // What is held is judged anew, though nothing changes in the directory.
    if (!(next_settings_->safety == settings_.safety)) next_moment_ = Time{};
    settings_ = std::move(*next_settings_);
    matching_filters_.reset();
    fingerprint_ = fingerprint_of(settings_);
    next_settings_.reset();
}

Task<Result<void>> Engine::Impl::start() {
    take_next_settings();
    co_return co_await reload();
}

std::vector<std::string> Engine::Impl::domain_names() const {
    std::vector<std::string> names;
    for (const auto& facts : domains_) names.push_back(facts.dns_name);
    return names;
}

std::vector<bool> Engine::Impl::active_domains() const {
    std::vector<bool> active;
    for (const auto& facts : domains_) {
        active.push_back(std::find(settings_.domains.begin(), settings_.domains.end(), facts.dns_name) !=
                         settings_.domains.end());
    }
    return active;
}

void Engine::Impl::take_facts(StoredFacts facts) {
    facts_ = std::move(facts);
    status_.source = facts_.source;
    status_.paused = facts_.paused;
    status_.paused_since = facts_.paused_since;
    status_.paused_by = facts_.paused_by;
    status_.pause_end = pause_end();
    status_.pause_in_doubt = facts_.paused && facts_.time.pause_in_doubt;
    status_.pause_ran_out =
        facts_.paused_since && pause_applied_ == facts_.paused_since && traits_of(facts_.source.kind).is_read;
    status_.users = facts_.users;
    status_.groups = facts_.groups;
    status_.memberships = facts_.memberships;
    status_.errors = facts_.errors.size();
    status_.holds = facts_.holds;
    // An admin's edits are runs as well, and no cycle.
    const bool is_later =
        facts_.last_run && status_.last_run && facts_.last_run->ended >= status_.last_run->ended;
    if (!status_.last_run || is_later) status_.last_run = facts_.last_run;
}

Task<Result<void>> Engine::Impl::reload() {
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
    auto facts = co_await parts_.store.transact(std::move(job));
    if (!facts) co_return facts.error();
    take_facts(std::move(*facts));
    // What admins make in the built-in directory is in no cycle's memory.
    const bool is_foreign = state_ != 0 && facts_.state != state_ && traits_of(parts_.source_kind).is_read;
    if (is_foreign) {
        foreign_ = true;
        seen_.clear();
    }
    state_ = facts_.state;
    passed_ = std::move(passed);
    stand_on(std::move(mirror), std::move(stored));
    memory_is_ahead_ = false;
    co_return Result<void>();
}

/// Everything in memory that follows from these two and the facts.
void Engine::Impl::stand_on(std::unique_ptr<Mirror> mirror, std::unique_ptr<StoredIndex> stored) {
    mirror_ = std::move(mirror);
    stored_ = std::move(stored);
    domains_ = facts_.cursor.domains;
    keep_seen();
    mirror_->set_domain_sids(domain_sids());
    found_damage(facts_.damaged);
    for (const Node node : distrusted_) mirror_->distrust(node);
    bind_settings();
    resolved_ = resolved(settings_.scope, facts_.pins, {}, *mirror_, *stored_);
    view_ = ScopeView(*mirror_, settings_.scope, resolved_.nodes, resolved_.also_excluded, active_domains());
    // Of what a broken cycle or a plan found due nothing was written: it is due still (semantics 4.6).
    last_cycle_ = Time{};
    next_moment_ = Time{};
    members_known_ = false;
    unknown_attributes_.reset();
    objects_since_commit_ = 0;
}

/// The facts, and with them what is in memory when the store is not as this engine left it (semantics 5.18):
/// it was restored, or another process wrote.
Task<Result<void>> Engine::Impl::follow_store() {
    auto refreshed = co_await refresh_facts();
    if (!refreshed || facts_.state == state_) co_return refreshed;
    co_return co_await reload();
}

/// By the first cycle that leaves a trace, whatever saw it first.
void Engine::Impl::tell_of_foreign_state(CycleReport& report) const {
    report.reloaded = foreign_;
    if (foreign_ && report.run.note.empty())
        report.run.note = "the store was restored or changed by another program: it was loaded anew";
}

/// Refused by the store unless it is as this memory knows it.
Commit Engine::Impl::commit_of_memory() const {
    Commit commit;
    commit.from_generation = facts_.cursor.generation;
    commit.from_state = state_;
    return commit;
}

Task<Result<void>> Engine::Impl::refresh_facts() {
    auto facts = co_await parts_.store.facts();
    if (!facts) co_return facts.error();
    take_facts(std::move(*facts));
    co_return Result<void>();
}

Task<CycleReport> Engine::Impl::cycle(CycleRequest request) {
    CycleReport report;
    report.run.started = parts_.now();
    report.run.trigger = request.trigger;
    report.run.actor = text_of(request.by.actor);
    report.run.note = request.by.reason;
    if (next_settings_) {
        take_next_settings();
        bind_settings();
    }
    status_.cycle_running = true;
    const RunRecord begun = report.run;
    auto done = co_await attempt(request, report);
    for (int again = 0; !done && begin_again_ && again < 3; ++again) {
        report = CycleReport();
        report.run = begun;
        done = co_await attempt(request, report);
    }
    if (!done) {
        Error error = done.error();
        co_await fail(std::move(error), report, request.dry_run);
    }
    status_.cycle_running = false;
    report.run.ended = parts_.now();
    if (!request.dry_run && !report.paused) note(report);
    if (report.reloaded && !request.dry_run) foreign_ = false;
    if (!report.time_doubt.empty())
        report.scope_warnings.insert(report.scope_warnings.begin(), report.time_doubt);
    co_return report;
}

void Engine::Impl::note(const CycleReport& report) {
    status_.last_run = report.run;
    status_.last_error = report.error ? report.error->message() : std::string();
    if (report.error) return;
    status_.scope_warnings = report.scope_warnings;
    status_.config_refused = report.config_refused;
}

/// What is approved with this cycle, and the store as it is now.
Task<Result<void>> Engine::Impl::begin(const CycleRequest& request, CycleReport& report) {
    if (memory_is_ahead_) {
        // The store failed so long that even loading it again failed.
        auto reloaded = co_await reload();
        if (!reloaded) co_return reloaded.error();
    }
    if (!request.dry_run) {
        for (const auto& id : request.approve) {
            auto approved =
                co_await parts_.store.approve(id, run_of_admin("approve", request.by, parts_.now()));
            if (!approved) co_return approved.error();
        }
    }
    auto followed = co_await follow_store();
    if (!followed) co_return followed.error();
    report.paused = facts_.paused;
    if (request.dry_run) {
        // Approved for this plan only: nothing is written.
        for (const auto& id : request.approve) {
            const auto hold = std::find_if(facts_.holds.begin(), facts_.holds.end(),
                                           [&id](const Hold& h) { return h.id == id; });
            if (hold == facts_.holds.end()) co_return no_such_hold(id);
            facts_.approvals.push_back({id, hold->hold, hold->objects});
        }
    }
    co_return Result<void>();
}

Task<Result<void>> Engine::Impl::attempt(CycleRequest request, CycleReport& report) {
    begin_again_ = false;
    auto begun = co_await begin(request, report);
    if (!begun) co_return begun.error();
    if (facts_.paused && !request.dry_run) {
        report.scope_warnings.push_back(
            "sync is paused: the directory is not read; 'dirsyncctl resume' goes on");
        co_return co_await end_long_pause(report);
    }
    tell_of_foreign_state(report);
    // A plan leaves no trace: the run behind it reads from where this one did.
    auto domains_before = domains_;
    std::vector<DomainFacts> reached;
    auto goes_on = co_await settle_source(request, report, reached);
    if (!goes_on) {
        // A server answered, and is not believed.
        if (goes_on.error().code() == ErrorCode::server_behind) report.run.outcome = Outcome::partial;
        co_return goes_on.error();
    }
    if (!*goes_on) co_return Result<void>();
    judge_time(times_of(reached), report);
    // Until it is known how it ends: a read that fails is no evidence of anything (semantics 5.1).
    report.run.outcome = Outcome::partial;
    report.full_reason = why_whole(request, reached);
    auto brought = co_await read_from_servers(std::move(reached), report);
    if (!brought) co_return brought.error();
    if (found_damage(brought->damaged)) co_return damage_found();
    report.run.kind = brought->summary.complete ? RunKind::full : RunKind::incremental;
    const bool same_schema = unknown_attributes_ == brought->summary.unknown_attributes;
    const bool same_notes = read_notes_ == brought->summary.notes;
    const auto refusals = refusals_of(settings_, brought->summary.unknown_attributes);
    report.config_refused = !refusals.empty();
    if (brought->nothing_new && same_schema && same_notes && nothing_is_due()) {
        take_note_of_nothing(report);
        co_return Result<void>();
    }
    append(report.scope_warnings, refusals);
    append(report.scope_warnings, brought->summary.notes);
    append(report.scope_warnings, unreadable_notes_);
    co_return co_await carry_out(std::move(*brought), request, report, std::move(domains_before));
}

/// Plans and writes; or, of a dry run, shows the plan.
Task<Result<void>> Engine::Impl::carry_out(Read read, const CycleRequest& request, CycleReport& report,
                                           std::vector<DomainFacts> domains_before) {
    auto read_notes = read.summary.notes;
    const bool whole_read_wanted = whole_read_wanted_;
    auto ready = co_await plan(std::move(read), request.full);
    if (!ready) co_return ready.error();
    if (found_damage(ready->planned.damaged)) co_return damage_found();
    reads_anew_ = false;
    read_notes_ = std::move(read_notes);
    if (!distrusted_.empty()) {
        if (auto warning = note_read_anew(ready->delta); !warning.empty())
            report.scope_warnings.push_back(std::move(warning));
    }

    const Plan& plan = ready->planned.plan;
    report.holds = plan.holds;
    append(report.scope_warnings, resolved_.warnings);
    append(report.scope_warnings, ready->planned.warnings);
    if (clock_.certain) report.run.outcome = plan.holds.empty() ? Outcome::ok : Outcome::held;
    report.run.error = report.time_doubt;
    report.changes = plan.users.size() + plan.groups.size() + plan.memberships.size();
    report.entity_errors = facts_.errors.size();
    if (request.dry_run) {
        auto lines = co_await lines_of(plan);
        if (!lines) co_return lines.error();
        report.lines = std::move(*lines);
        report.changes = report.lines.size();
        // The memory is ahead of the store now; a plan leaves no trace.
        whole_read_wanted_ = whole_read_wanted;
        distrusted_.clear();
        auto reloaded = co_await reload();
        if (!reloaded) co_return reloaded.error();
        domains_ = std::move(domains_before);
        co_return Result<void>();
    }
    co_return co_await write(std::move(*ready), report, request);
}

Task<void> Engine::Impl::fail(Error error, CycleReport& report, bool dry_run) {
    if (report.run.outcome != Outcome::partial) report.run.outcome = Outcome::failed;
    report.run.error = error.message();
    report.error = std::move(error);
    report.run.ended = parts_.now();
    if (parts_.stopping && parts_.stopping()) co_return;
    if (memory_is_ahead_) {
        auto reloaded = co_await reload();
        if (!reloaded) co_return;
    }
    if (dry_run) co_return;
    // The same failure again and again is one line, not one each cycle.
    const bool is_new = !facts_.last_run || facts_.last_run->error != report.run.error ||
                        facts_.last_run->outcome != report.run.outcome;
    if (!is_new) co_return;
    auto recorded = co_await parts_.store.record_run(report.run);
    if (recorded) facts_.last_run = report.run;
}

Engine::Engine(Parts parts, SyncSettings settings)
    : impl_(std::make_unique<Impl>(std::move(parts), std::move(settings))) {}
Engine::~Engine() = default;

Task<Result<void>> Engine::start() { return impl_->start(); }
Task<CycleReport> Engine::cycle(CycleRequest request) { return impl_->cycle(std::move(request)); }
Task<Result<Explanation>> Engine::explain(std::string name) { return impl_->explain(std::move(name)); }
void Engine::use_settings(SyncSettings settings) { impl_->use_settings(std::move(settings)); }
const EngineStatus& Engine::status() const noexcept { return impl_->status(); }
bool Engine::is_time_certain() const { return impl_->is_time_certain(); }
Task<Result<void>> Engine::refresh_facts() { return impl_->refresh_facts(); }

}  // namespace dirsync::sync
