#include "engine/engine_impl.hpp"

#include <algorithm>

#include "core/exit_code.hpp"
#include "engine/plan_lines.hpp"
#include "sync/planner/unknown_attributes.hpp"

// A cycle from its beginning to its report.
namespace dirsync::sync {
namespace {

void append(std::vector<std::string>& lines, const std::vector<std::string>& more) {
    lines.insert(lines.end(), more.begin(), more.end());
}

}  // namespace

int CycleReport::exit_code(bool dry_run) const noexcept {
    if (error) return exit_code_of(*error);
    if (config_refused) return exit_config;
    if (!time_doubt.empty()) return exit_unavailable;
    if (change_pending || !holds.empty() || paused) return exit_waits;
    return dry_run && changes > 0 ? exit_changes : 0;
}

Engine::Impl::Impl(Parts parts, SyncSettings settings)
    : parts_(std::move(parts)),
      memory_(parts_.store, std::move(settings), traits_of(parts_.source_kind).is_read),
      time_(parts_.now, parts_.steady),
      reader_({.source = parts_.source,
               .store = parts_.store,
               .memory = memory_,
               .time = time_,
               .notes = notes_,
               .stopping = parts_.stopping}),
      source_({.source = parts_.source,
               .store = parts_.store,
               .memory = memory_,
               .now = parts_.now,
               .kind = parts_.source_kind,
               .issuer = parts_.issuer,
               .consent = parts_.consent}),
      pause_({.source = parts_.source,
              .store = parts_.store,
              .memory = memory_,
              .time = time_,
              .now = parts_.now,
              .kind = parts_.source_kind}),
      skipped_(parts_.store),
      explainer_(memory_, parts_.store, parts_.now) {}

void Engine::Impl::take_next_settings() {
    if (!next_settings_) return;
    // What is held is judged anew, though nothing changes in the directory.
    if (!(next_settings_->safety == memory_.settings().safety)) due_.judge_again();
    memory_.use(std::move(*next_settings_));
    notes_.forget_filters();
    next_settings_.reset();
}

Task<Result<void>> Engine::Impl::start() {
    take_next_settings();
    co_return co_await reload();
}

/// What the facts say goes into the status.
void Engine::Impl::show_facts() {
    const StoredFacts& facts = memory_.facts();
    status_.source = facts.source;
    status_.paused = facts.paused;
    status_.paused_since = facts.paused_since;
    status_.paused_by = facts.paused_by;
    status_.pause_end = pause_.end();
    status_.pause_in_doubt = facts.paused && facts.time.pause_in_doubt;
    status_.pause_ran_out = pause_.has_ended();
    status_.users = facts.users;
    status_.groups = facts.groups;
    status_.memberships = facts.memberships;
    status_.errors = facts.errors.size();
    status_.holds = facts.holds;
    // An admin's edits are runs as well, and no cycle.
    const bool is_later =
        facts.last_run && status_.last_run && facts.last_run->ended >= status_.last_run->ended;
    if (!status_.last_run || is_later) status_.last_run = facts.last_run;
}

Task<Result<void>> Engine::Impl::reload() {
    auto loaded = co_await memory_.load();
    if (!loaded) co_return loaded.error();
    damaged_.found(memory_.facts().damaged);
    for (const Node node : damaged_.nodes()) memory_.mirror().distrust(node);
    forget_earlier_cycles();
    show_facts();
    co_return Result<void>();
}

void Engine::Impl::forget_earlier_cycles() {
    // Of what a broken cycle or a plan found due nothing was written: it is due still (semantics 4.6).
    due_.all_due();
    skipped_.forget();
    unknown_attributes_.reset();
    objects_since_commit_ = 0;
}

Task<Result<void>> Engine::Impl::refresh_facts() {
    auto refreshed = co_await memory_.refresh();
    show_facts();
    co_return refreshed;
}

/// The facts, and with them what is in memory when the store is not as this engine left it (semantics 5.18):
/// it was restored, or another process wrote.
Task<Result<void>> Engine::Impl::follow_store() {
    auto refreshed = co_await refresh_facts();
    if (!refreshed || memory_.is_of_this_state()) co_return refreshed;
    co_return co_await reload();
}

/// By the first cycle that leaves a trace, whatever saw it first.
void Engine::Impl::tell_of_foreign_state(CycleReport& report) const {
    report.reloaded = memory_.is_foreign();
    if (report.reloaded && report.run.note.empty())
        report.run.note = "the store was restored or changed by another program: it was loaded anew";
}

Task<CycleReport> Engine::Impl::cycle(CycleRequest request) {
    CycleReport report;
    report.run.started = parts_.now();
    report.run.trigger = request.trigger;
    report.run.actor = text_of(request.by.actor);
    report.run.note = request.by.reason;
    if (next_settings_) {
        take_next_settings();
        memory_.rebind();
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
    if (report.reloaded && !request.dry_run) memory_.said_foreign();
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
    if (memory_.is_ahead()) {
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
    StoredFacts& facts = memory_.facts();
    report.paused = facts.paused;
    if (request.dry_run) {
        // Approved for this plan only: nothing is written.
        for (const auto& id : request.approve) {
            const auto hold = std::find_if(facts.holds.begin(), facts.holds.end(),
                                           [&id](const Hold& h) { return h.id == id; });
            if (hold == facts.holds.end()) co_return no_such_hold(id);
            facts.approvals.push_back({id, hold->hold, hold->objects});
        }
    }
    co_return Result<void>();
}

Task<Result<void>> Engine::Impl::attempt(CycleRequest request, CycleReport& report) {
    begin_again_ = false;
    auto begun = co_await begin(request, report);
    if (!begun) co_return begun.error();
    if (memory_.facts().paused && !request.dry_run) co_return co_await stay_paused(report);
    tell_of_foreign_state(report);
    // A plan leaves no trace: the run behind it reads from where this one did.
    auto domains_before = memory_.domains().all();
    std::vector<DomainFacts> reached;
    auto goes_on = co_await settle_source(request, report, reached);
    // A server answered, and is not believed.
    if (!goes_on && goes_on.error().code() == ErrorCode::server_behind) report.run.outcome = Outcome::partial;
    RunRecord run = report.run;
    if (!goes_on) run.error = goes_on.error().message();
    auto kept = co_await keep_put_back(request, std::move(run));
    if (!goes_on) co_return goes_on.error();
    if (!kept) co_return kept.error();
    if (!*goes_on) co_return Result<void>();
    time_.judge(times_of(reached), memory_.facts().time.certain);
    show_doubt(report);
    // Until it is known how it ends: a read that fails is no evidence of anything (semantics 5.1).
    report.run.outcome = Outcome::partial;
    report.full_reason = why_whole(request, reached);
    auto brought = co_await reader_.read(std::move(reached), report.full_reason);
    show_doubt(report);
    if (!brought) co_return brought.error();
    if (damaged_.found(brought->damaged)) co_return damage_found();
    report.run.kind = brought->summary.complete ? RunKind::full : RunKind::incremental;
    const bool same_schema = unknown_attributes_ == brought->summary.unknown_attributes;
    const bool same_notes = read_notes_ == brought->summary.notes;
    const auto refusals = refusals_of(memory_.settings(), brought->summary.unknown_attributes);
    report.config_refused = !refusals.empty();
    if (brought->nothing_new && same_schema && same_notes && nothing_is_due()) {
        take_note_of_nothing(report);
        co_return Result<void>();
    }
    append(report.scope_warnings, refusals);
    append(report.scope_warnings, brought->summary.notes);
    append(report.scope_warnings, notes_.unreadable());
    co_return co_await carry_out(std::move(*brought), request, report, std::move(domains_before));
}

void Engine::Impl::show_doubt(CycleReport& report) {
    report.time_doubt = time_.doubt();
    status_.time_doubt = report.time_doubt;
}

Task<Result<void>> Engine::Impl::stay_paused(CycleReport& report) {
    report.scope_warnings.push_back("sync is paused: the directory is not read; 'dirsyncctl resume' goes on");
    auto done = co_await pause_.advance(report);
    status_.time_doubt = time_.doubt();
    if (report.wrote) status_.last_run = report.run;
    show_facts();
    co_return done;
}

/// True when the cycle goes on to read; `reached` are the domains then.
Task<Result<bool>> Engine::Impl::settle_source(const CycleRequest& request, CycleReport& report,
                                               std::vector<DomainFacts>& reached) {
    auto settled = co_await source_.settle(request, report);
    status_.pending = source_.pending();
    status_.source = memory_.facts().source;
    if (!settled) co_return settled.error();
    reached = std::move(settled->reached);
    if (settled->next == SourceSettling::Next::emptied) {
        damaged_.forget();
        forget_earlier_cycles();
    }
    if (settled->next != SourceSettling::Next::changed)
        co_return settled->next != SourceSettling::Next::nothing;
    auto reloaded = co_await reload();
    if (!reloaded) co_return reloaded.error();
    if (!traits_of(parts_.source_kind).is_read) {
        report.run = report.changed->run;
        report.wrote = true;
        co_return false;
    }
    report.run.kind = RunKind::full;
    co_return !request.source_only;
}

/// Empty: changes can be followed from where the store stands.
std::string Engine::Impl::why_whole(const CycleRequest& request, std::span<const DomainFacts> reached) const {
    const Cursor& cursor = memory_.facts().cursor;
    if (damaged_.wants_whole_read())
        return std::to_string(damaged_.nodes().size()) + " objects are damaged in the store";
    if (request.full) return "asked for";
    if (cursor.generation == 0) return "the first read";
    if (cursor.attribute_names != memory_.names().all()) return "other attributes are mapped than before";
    if (memory_.settings_changed()) return "the scope or the mapping changed";
    if (whole_read_wanted_) return "an object that the scope names is gone";
    for (const auto& facts : reached) {
        if (!memory_.domains().knows(facts.guid)) return facts.dns_name + " is new";
    }
    return {};
}

Error Engine::Impl::damage_found() {
    begin_again_ = true;
    return damaged_.error();
}

bool Engine::Impl::nothing_is_due() const {
    const StoredFacts& facts = memory_.facts();
    const bool doubt_stands = time_.clock().certain != facts.time.in_doubt;
    return skipped_.is_known() && facts.approvals.empty() && doubt_stands &&
           !due_.is_something_due(time_.clock());
}

void Engine::Impl::take_note_of_nothing(CycleReport& report) {
    const StoredFacts& facts = memory_.facts();
    memory_.set_ahead(false);
    memory_.domains().note_seen();
    due_.brought_in(time_.clock());
    if (time_.clock().certain) report.run.outcome = facts.holds.empty() ? Outcome::ok : Outcome::held;
    report.holds = facts.holds;
    report.scope_warnings = status_.scope_warnings;
    report.entity_errors = facts.errors.size();
}

/// Plans and writes; or, of a dry run, shows the plan.
Task<Result<void>> Engine::Impl::carry_out(Read read, const CycleRequest& request, CycleReport& report,
                                           std::vector<DomainFacts> domains_before) {
    auto read_notes = read.summary.notes;
    const bool whole_read_wanted = whole_read_wanted_;
    auto ready = co_await plan(std::move(read), request.full);
    if (!ready) co_return ready.error();
    if (damaged_.found(ready->planned.damaged)) co_return damage_found();
    read_notes_ = std::move(read_notes);
    if (auto warning = damaged_.read_anew(ready->delta); !warning.empty())
        report.scope_warnings.push_back(std::move(warning));

    const Plan& plan = ready->planned.plan;
    report.holds = plan.holds;
    append(report.scope_warnings, memory_.scope().now().warnings);
    append(report.scope_warnings, ready->planned.warnings);
    if (time_.clock().certain) report.run.outcome = plan.holds.empty() ? Outcome::ok : Outcome::held;
    report.run.error = report.time_doubt;
    report.changes = plan.users.size() + plan.groups.size() + plan.memberships.size();
    report.entity_errors = memory_.facts().errors.size();
    if (!request.dry_run) co_return co_await write(std::move(*ready), report, request);

    auto lines = co_await lines_of(plan, parts_.store);
    if (!lines) co_return lines.error();
    report.lines = std::move(*lines);
    report.changes = report.lines.size();
    // The memory is ahead of the store now; a plan leaves no trace.
    whole_read_wanted_ = whole_read_wanted;
    damaged_.forget();
    auto reloaded = co_await reload();
    if (!reloaded) co_return reloaded.error();
    memory_.domains().put_back(std::move(domains_before));
    co_return Result<void>();
}

Task<void> Engine::Impl::fail(Error error, CycleReport& report, bool dry_run) {
    if (report.run.outcome != Outcome::partial) report.run.outcome = Outcome::failed;
    report.run.error = error.message();
    report.error = std::move(error);
    report.run.ended = parts_.now();
    if (parts_.stopping && parts_.stopping()) co_return;
    if (memory_.is_ahead()) {
        auto reloaded = co_await reload();
        if (!reloaded) co_return;
    }
    if (dry_run) co_return;
    // The same failure again and again is one line, not one each cycle.
    auto& last_run = memory_.facts().last_run;
    const bool is_new =
        !last_run || last_run->error != report.run.error || last_run->outcome != report.run.outcome;
    if (!is_new) co_return;
    auto recorded = co_await parts_.store.record_run(report.run);
    if (recorded) memory_.facts().last_run = report.run;
}

Engine::Engine(Parts parts, SyncSettings settings)
    : impl_(std::make_unique<Impl>(std::move(parts), std::move(settings))) {}
Engine::~Engine() = default;

Task<Result<void>> Engine::start() { return impl_->start(); }
Task<CycleReport> Engine::cycle(CycleRequest request) { return impl_->cycle(std::move(request)); }
Task<Result<Explanation>> Engine::explain(std::string name) { return impl_->explain(std::move(name)); }
Task<Result<RevertReport>> Engine::revert(std::string run_id, bool dry_run, Asked by) {
    return impl_->revert(std::move(run_id), dry_run, std::move(by));
}
void Engine::use_settings(SyncSettings settings) { impl_->use_settings(std::move(settings)); }
const EngineStatus& Engine::status() const noexcept { return impl_->status(); }
bool Engine::is_time_certain() const { return impl_->is_time_certain(); }
Task<Result<void>> Engine::refresh_facts() { return impl_->refresh_facts(); }

}  // namespace dirsync::sync
