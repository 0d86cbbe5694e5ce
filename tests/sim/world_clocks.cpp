#include <utility>

#include "tests/sim/expect.hpp"
#include "tests/sim/world.hpp"

// Clocks that go wrong, copies of the store, and a second process on it.
namespace dirsync::sim {
namespace {

/// How far a clock is off, in minutes. Clocks agree within ten minutes: no two of these, with any drift, are
/// nine to eleven apart.
constexpr std::int64_t offsets[] = {0, 60, -60, 1440, -1440, 14400, -14400, 86400, -86400};
constexpr std::int64_t drift_minutes = 4;

Duration minutes(std::int64_t number) { return Duration(number * 60); }
Duration offset(std::uint32_t number) { return minutes(offsets[number % std::size(offsets)]); }

}  // namespace

bool World::change_clocks(const Step& step) {
    const auto set_all = [this](Duration error) {
        host_error_ = error;
        for (auto& domain : forest_.domains()) {
            for (auto& dc : domain.dcs) dc.clock_error = error;
        }
    };
    switch (step.kind) {
        case StepKind::host_clock:
            host_error_ = offset(step.a);
            break;
        case StepKind::dc_clock: {
            auto& dcs = forest_.domains()[step.b % forest_.domains().size()].dcs;
            dcs[step.c % dcs.size()].clock_error = offset(step.a);
            break;
        }
        case StepKind::all_clocks:
            set_all(offset(step.a));
            break;
        case StepKind::drift:
            host_error_ += minutes(step.a % 2 == 0 ? drift_minutes : -drift_minutes);
            break;
        case StepKind::clocks_right:
            set_all({});
            break;
        case StepKind::boot:
            // The battery of the clock may be dead.
            if (step.a % 3 == 0) host_error_ = minutes(-86400);
            steady_ = {};
            engine_.reset();
            other_engine_.reset();
            break;
        default:
            return false;
    }
    witness_->clocks_were_touched();
    return true;
}

bool World::change_stores(const Step& step) {
    switch (step.kind) {
        case StepKind::copy_store:
            if (back_up_) copy_.emplace(StoreCopy{back_up_(), *witness_, source_.reach()});
            return true;
        case StepKind::put_store_back:
            put_store_back();
            return true;
        default:
            return false;
    }
}

/// Under the engine, which goes on. What the store knows is what it knew then; what was told since is news.
void World::put_store_back() {
    if (!copy_) return;
    copy_->put_back();
    generation_ = must(store_->facts(), "facts").cursor.generation;
    auto then = std::make_unique<Witness>(copy_->witness);
    then->keep_times_of(*witness_);
    witness_ = std::move(then);
    witness_->distrust();
    witness_->clocks_were_touched();
    source_.go_back_to(copy_->reach);
    stored_source_ = must(store_->facts(), "facts").source;
    to_approve_.clear();
}

/// By another process, which has a memory of its own.
Verdict World::second_cycle() {
    std::swap(engine_, other_engine_);
    std::swap(process_, other_process_);
    auto verdict = cycle();
    std::swap(engine_, other_engine_);
    std::swap(process_, other_process_);
    return verdict;
}

}  // namespace dirsync::sim
