#include "tests/sim/world.hpp"

#include <algorithm>
#include <cstdio>
#include <utility>

#include "tests/support/await.hpp"

#include "tests/sim/expect.hpp"
#include "tests/sim/trace.hpp"

namespace dirsync::sim {
namespace {

std::string_view word(const std::string& text) { return text; }
std::string_view word(sync::LineAction action) { return text_of(action); }
std::string_view word(sync::ObjectType type) { return text_of(type); }

template <class Line>
std::vector<std::string> sorted_texts(const std::vector<Line>& lines) {
    std::vector<std::string> texts;
    for (const auto& line : lines) {
        std::string& text = texts.emplace_back(word(line.action));
        for (const std::string_view part : {word(line.object_type), word(line.object_id), word(line.name),
                                            word(line.before), word(line.after), word(line.reason)})
            text.append(1, ' ').append(part);
    }
    std::sort(texts.begin(), texts.end());
    return texts;
}

}  // namespace

World::World(const Setup& setup, std::unique_ptr<sync::IdentityStore> store, BackUp back_up)
    : forest_(setup.shape),
      store_(std::move(store)),
      source_(forest_),
      directory_(source_, faults_),
      client_(std::make_unique<testing::FaultyStore>(*store_, faults_), sync::StoreThread::Runs::at_once),
      witness_(std::make_unique<Witness>(Witness::Scene{forest_, source_, choice_, *store_})),
      back_up_(std::move(back_up)) {
    for (std::size_t i = 0; i < forest_.domains().size(); ++i) choice_.domains.push_back(i);
    faults_.on_hang = [this] {
        now_ += Duration(60);
        source_.now = now_;
        steady_ += Duration(60);
    };
}

World::~World() = default;

Result<void> World::start() {
    source_.configured = choice_.domains;
    source_.now = now_;
    auto settings = settings_of(choice_, forest_);
    if (engine_) {
        engine_->use_settings(std::move(settings));
        const auto state = must(store_->facts(), "facts").state;
        source_.read_for(process_, std::exchange(loaded_[process_], state) != state);
        return {};
    }
    sync::Engine::Parts parts{directory_, client_, [this] { return host_now(); }};
    parts.steady = [this] { return steady_; };
    parts.source_kind = choice_.source;
    parts.issuer = choice_.issuer;
    parts.consent = choice_.consent;
    engine_ = std::make_unique<sync::Engine>(std::move(parts), std::move(settings));
    process_ = ++processes_;
    note_state();
    source_.read_for(process_, true);
    auto started = testing::await_on(loop_, engine_->start());
    // The daemon ends and is started again.
    if (!started) engine_.reset();
    return started;
}

/// The memory of the process and the store are one again.
void World::note_state() { loaded_[process_] = must(store_->facts(), "facts").state; }

sync::CycleReport World::run(const sync::CycleRequest& request) {
    source_.forget_asked();
    directory_.connects = 0;
    reads_ = source_.reads() + source_.change_reads();
    consent_ = request.consent;
    if (const auto started = start(); !started) {
        sync::CycleReport report;
        report.run.outcome = sync::Outcome::failed;
        report.error = started.error();
        return report;
    }
    return testing::await_on(loop_, engine_->cycle(request));
}

bool World::some_domain_is_down() const {
    return std::any_of(choice_.domains.begin(), choice_.domains.end(), [this](std::size_t domain) {
        const auto& dcs = forest_.domains()[domain].dcs;
        return std::all_of(dcs.begin(), dcs.end(), [](const Dc& dc) { return dc.down; });
    });
}

/// Of some domain every DC that is up lacks what was read before, by this process or of late by anybody, as
/// far as a position tells: after a restore the same position stands for something else.
bool World::some_domain_lags() const {
    return std::any_of(choice_.domains.begin(), choice_.domains.end(), [this](std::size_t domain) {
        const Domain& of = forest_.domains()[domain];
        return std::all_of(of.dcs.begin(), of.dcs.end(), [&](const Dc& dc) {
            return dc.down || source_.is_behind(domain, dc) ||
                   dc.replica.position() < source_.reached(domain) || !of.retired.empty() || of.numbers_twice;
        });
    });
}

/// With what the domain controllers said of the time meanwhile.
Witness::Cycle World::in_time(const sync::CycleReport& report) const {
    Witness::Cycle cycle{report};
    const auto& asked = source_.asked();
    cycle.now = (asked ? asked->at : now_) + host_error_;
    // The answer of a server bears nothing out when it never arrived.
    if (asked && directory_.connects > 0) cycle.servers = asked->servers;
    cycle.steady = steady_;
    cycle.process = process_;
    cycle.consent = consent_;
    cycle.reads = source_.reads() + source_.change_reads() - reads_;
    return cycle;
}

Verdict World::judge(const sync::CycleReport& report) {
    ++cycles_;
    // A commit may take effect though its answer is lost.
    const auto generation = must(store_->facts(), "facts").cursor.generation;
    const bool moved = generation_ != generation || (report.changed && generation > 0);
    if (!report.error || moved) source_.was_taken_in(moved);
    generation_ = generation;
    note_source();
    if (!report.error) note_state();
    const auto struck = faults_.struck();
    Witness::Cycle cycle = in_time(report);
    cycle.directory_failed = struck == testing::FaultyCalls::Seam::directory || some_domain_is_down();
    const bool is_late = report.error && report.error->code() == ErrorCode::server_behind;
    if (is_late && !some_domain_lags()) return "5.16: a server that has everything is not believed";
    cycle.directory_failed = cycle.directory_failed || is_late;
    cycle.store_failed = struck == testing::FaultyCalls::Seam::store;
    if (report.error && !struck && !cycle.directory_failed)
        return "a cycle failed for no reason: " + report.error->message();
    if (!report.error && !report.paused && must(store_->facts(), "facts").paused)
        return "4.5: a cycle during a pause";
    auto verdict = witness_->judge(cycle);
    if (verdict && is_traced()) print_world(forest_, source_, choice_);
    return verdict;
}

Verdict World::cycle(bool full) {
    sync::CycleRequest request;
    request.full = full;
    request.approve = std::exchange(to_approve_, {});
    request.consent = std::exchange(given_consent_, {});
    const auto report = run(request);
    auto verdict = judge(report);
    if (is_traced()) print_cycle(report, cycles_, host_now(), witness_->lines());
    if (faults_.crashed()) restart();
    if (cycles_ % 8 == 0 && !faults_.struck()) {
        static_cast<void>(store_->prune_journal(host_now()));
        witness_->journal_was_pruned(host_now());
    }
    return verdict;
}

/// `plan` lists exactly what the run then writes (semantics 5.4).
Verdict World::planned_cycle() {
    // What happens during the plan's read is not there to be planned.
    if (source_.dies_during_read) return cycle();
    sync::CycleRequest request;
    request.dry_run = true;
    request.approve = to_approve_;
    request.consent = given_consent_;
    sync::CycleReport plan;
    if (auto wrong = this->plan(request, plan)) return wrong;
    const bool paused = must(store_->facts(), "facts").paused;
    const RowId store_id = stored_source_.store_id;
    if (auto wrong = cycle()) return wrong;
    // No plan reads a source that the store does not have yet.
    const bool is_anew = !store_id.is_nil() && store_id != stored_source_.store_id;
    if (plan.error || paused || plan.change_pending || is_anew) return std::nullopt;
    if (sorted_texts(plan.lines) == sorted_texts(witness_->lines())) return std::nullopt;
    std::string text = "5.4: the plan is not the run:";
    for (const auto& line : sorted_texts(plan.lines)) text += "\n    plan " + line;
    for (const auto& line : witness_->lines()) text += "\n    run  " + line.text();
    return text;
}

std::vector<const Dc*> World::serving() const {
    std::vector<const Dc*> servers;
    for (const std::size_t domain : choice_.domains) servers.push_back(source_.serving(domain));
    return servers;
}

/// A cycle with nothing new writes nothing at all (semantics 5.6).
Verdict World::idle_cycle(bool after_news) {
    const auto before = must(store_->facts(), "facts");
    const auto runs = view_rows(*store_, "v1_runs").size();
    const auto servers = serving();
    sync::CycleRequest request;
    const auto report = run(request);
    if (auto wrong = judge(report)) return wrong;
    if (is_traced()) print_cycle(report, cycles_, host_now(), witness_->lines());
    if (report.paused || report.error) return std::nullopt;
    // Changes did not tell enough, and all was read, or another server is believed by now, or a consent
    // counts now that no wrong one stands before it: that may have been news. Now nothing is.
    const bool is_news = !report.full_reason.empty() || report.changed || serving() != servers;
    if (!after_news && is_news) return idle_cycle(true);
    if (witness_->somebody_lives_twice()) return std::nullopt;
    if (!report.wrote && view_rows(*store_, "v1_runs").size() == runs) return std::nullopt;
    const auto after = must(store_->facts(), "facts");
    std::string text = "5.6: a cycle with nothing new wrote: generation " +
                       std::to_string(before.cursor.generation) + " -> " +
                       std::to_string(after.cursor.generation);
    for (const auto* facts : {&before, &after}) {
        text += "\n    holds:";
        for (const auto& hold : facts->holds)
            text += ' ' + hold.id + ' ' + std::string(text_of(hold.hold)) + ' ' +
                    std::to_string(hold.objects.size());
        text += "; approvals: " + std::to_string(facts->approvals.size()) +
                "; errors: " + std::to_string(facts->errors.size());
    }
    for (const auto& line : witness_->lines()) text += "\n    " + line.text();
    return text;
}

Verdict World::run_cycles(const Step& step) {
    switch (step.kind) {
        case StepKind::full_cycle:
            return cycle(true);
        case StepKind::planned_cycle:
            return planned_cycle();
        case StepKind::faulty_cycle: {
            faults_.recover();
            directory_.cut_after = step.c % 20;
            faults_.strike(1 + step.a % 24, testing::all_faults[step.b % std::size(testing::all_faults)],
                           1 + step.c / 20 % 3);
            auto verdict = cycle(step.c % 5 == 0);
            faults_.recover();
            return verdict;
        }
        case StepKind::faulty_plan:
            return faulty_plan(step);
        case StepKind::revert:
            return revert(step);
        case StepKind::second_cycle:
            return second_cycle();
        default: {
            const bool race = source_.dies_during_read.has_value();
            if (auto wrong = cycle()) return wrong;
            return step.a % 4 == 0 && !race ? idle_cycle() : std::nullopt;
        }
    }
}

Verdict World::apply(const Step& step) {
    if (is_traced()) std::printf("%s\n", to_text(step).c_str());
    if (change_directory(step) || change_rights(step) || change_machines(step) || change_admin(step) ||
        change_clocks(step) || change_lists(step) || change_stores(step) || change_source(step))
        return std::nullopt;
    if (step.kind == StepKind::restart) {
        restart();
        return std::nullopt;
    }
    if (step.kind == StepKind::accept_source) return accept_source(step);
    if (step.kind == StepKind::edit_directory) return edit_directory(step);
    return run_cycles(step);
}

void World::pass(Duration duration) {
    now_ += duration;
    steady_ += duration;
    forest_.expire_tombstones(now_);
}

Verdict World::finish() {
    faults_.recover();
    forest_.denied = {};
    for (auto& domain : forest_.domains()) {
        for (auto& dc : domain.dcs) {
            dc.down = false;
            dc.clock_error = {};
        }
    }
    forest_.replicate_all();
    source_.dies_during_read.reset();
    static_cast<void>(store_->set_paused(std::nullopt, false, sync::run_of_admin("resume", {}, host_now())));
    choice_.most = 1'000'000;
    choice_.percent = 1000;
    host_error_ = {};
    end_with_the_forest();
    witness_->clocks_were_touched();
    pass(Duration(3600));
    for (int i = 0; i < 4; ++i) {
        if (auto wrong = cycle(i == 0)) return wrong;
        const auto holds = must(store_->facts(), "facts").holds;
        if (holds.empty()) return idle_cycle();
        for (const auto& hold : holds) {
            witness_->approved(hold);
            to_approve_.push_back(hold.id);
        }
    }
    return "holds do not end though all are approved";
}

}  // namespace dirsync::sim
