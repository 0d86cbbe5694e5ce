#include <algorithm>
#include <limits>

#include "tests/sim/expect.hpp"
#include "tests/sim/world.hpp"

// What befalls the domain controllers, and what the admin of the daemon does.
namespace dirsync::sim {
namespace {

using sync::EntryKind;
using sync::ScopeList;

Limit days(std::uint32_t number) { return Duration(static_cast<std::int64_t>(number) * 86400); }

}  // namespace

bool World::change_machines(const Step& step) {
    const std::size_t index = step.a % forest_.domains().size();
    Domain& domain = forest_.domains()[index];
    const std::size_t dc = step.b % domain.dcs.size();
    switch (step.kind) {
        case StepKind::replicate:
            forest_.replicate(index, dc, 1 + step.c % 8);
            return true;
        case StepKind::replicate_all:
            forest_.replicate_all();
            return true;
        case StepKind::prefer_dc:
            domain.preferred = dc;
            return true;
        case StepKind::stop_dc:
            domain.dcs[dc].down = true;
            return true;
        case StepKind::start_dc:
            domain.dcs[dc].down = false;
            return true;
        case StepKind::back_up:
            forest_.back_up(index);
            return true;
        case StepKind::restore:
            // What vanished with it is not told before the next whole read; a cursor of another DC
            // is taken on as it is.
            if (forest_.restore(index, true)) {
                source_.was_put_back(index);
                witness_->distrust();
            }
            return true;
        case StepKind::restore_dc:
            if (forest_.restore_dc(index, dc)) source_.was_put_back(index);
            return true;
        case StepKind::roll_back:
            // A reader that comes only after as many new changes cannot tell: the directory gave each number
            // twice.
            if (forest_.restore(index, false)) {
                source_.was_put_back(index);
                witness_->distrust();
            }
            return true;
        case StepKind::refuse_cookies:
            ++domain.cookie_epoch;
            return true;
        case StepKind::die_during_read:
            if (const ObjectPtr object = pick(step.b % 3 == 0 ? EntryKind::group : EntryKind::user, step.a))
                source_.dies_during_read = object->guid;
            return true;
        case StepKind::stutter:
            source_.stutters = !source_.stutters;
            return true;
        default:
            return false;
    }
}

void World::list(ScopeList list, const Step& step) {
    const EntryKind kind = list == ScopeList::groups || list == ScopeList::exclude_groups ? EntryKind::group
                           : list == ScopeList::organizational_units ? EntryKind::container
                                                                     : EntryKind::user;
    const ObjectPtr object = pick(kind, step.a);
    if (!object || choice_.listed.size() >= 8) return;
    const std::string text = written(forest_, *object, step.c);
    const bool is_there = std::any_of(choice_.listed.begin(), choice_.listed.end(),
                                      [&](const Listed& l) { return l.list == list && l.text == text; });
    if (!is_there) choice_.listed.push_back({list, text});
}

void World::configure_domains(const Step& step) {
    if (forest_.domains().size() < 2) return;
    // One domain stays: when none remains the source has changed, which is another story (semantics 1.2).
    choice_.domains = step.a % 3 == 0 ? std::vector<std::size_t>{0} : std::vector<std::size_t>{0, 1};
}

/// As the daemon does: a pause that begins while the time is not certain has no clock yet.
void World::pause() {
    const bool in_doubt = !engine_ || !engine_->is_time_certain();
    must(store_->set_paused(host_now(), in_doubt, sync::run_of_admin("pause", {}, host_now())), "pause");
}

/// An entry that names nothing is added, in place of another one or beside it; or all of them are taken out.
void World::scope_typo(const Step& step) {
    auto& listed = choice_.listed;
    if (step.c % 3 == 2) {
        std::erase_if(listed, [](const Listed& entry) { return entry.text.starts_with("nobody"); });
        return;
    }
    const ScopeList lists[] = {ScopeList::groups, ScopeList::users};
    Listed typo{lists[step.b % 2], "nobody" + std::to_string(step.b % 7) + "@" + forest_.domains()[0].name};
    if (step.c % 3 == 0 && !listed.empty()) {
        listed[step.a % listed.size()] = std::move(typo);
    } else if (listed.size() < 10) {
        listed.push_back(std::move(typo));
    }
}

void World::approve(const Step& step) {
    const auto holds = must(store_->facts(), "facts").holds;
    if (holds.empty() || !is_source_settled()) return;
    const auto& hold = holds[step.a % holds.size()];
    witness_->approved(hold);
    if (step.b % 2 == 0) {
        must(store_->approve(hold.id, sync::run_of_admin("approve", {}, host_now())), hold.id);
    } else {
        to_approve_.push_back(hold.id);
    }
}

bool World::change_admin(const Step& step) {
    if (change_scope(step) || change_settings(step)) return true;
    switch (step.kind) {
        case StepKind::pause:
            pause();
            return true;
        case StepKind::resume:
            must(store_->set_paused(std::nullopt, false, sync::run_of_admin("resume", {}, host_now())),
                 "resume");
            return true;
        case StepKind::approve:
            approve(step);
            return true;
        case StepKind::pass_time:
            pass(Duration(static_cast<std::int64_t>(step.a % 20) * 86400 + step.b));
            return true;
        case StepKind::set_clock_back:
            now_ -= Duration(static_cast<std::int64_t>(step.a % 48) * 3600);
            witness_->clocks_were_touched();
            return true;
        default:
            return false;
    }
}

bool World::change_scope(const Step& step) {
    switch (step.kind) {
        case StepKind::scope_add: {
            const ScopeList lists[] = {ScopeList::groups, ScopeList::groups, ScopeList::users,
                                       ScopeList::organizational_units};
            list(lists[step.b % 4], step);
            return true;
        }
        case StepKind::scope_exclude:
            list(step.b % 2 == 0 ? ScopeList::exclude_users : ScopeList::exclude_groups, step);
            return true;
        case StepKind::scope_drop:
            if (!choice_.listed.empty()) {
                choice_.listed.erase(choice_.listed.begin() +
                                     static_cast<std::ptrdiff_t>(step.a % choice_.listed.size()));
            }
            return true;
        case StepKind::scope_options:
            choice_.flatten = step.a % 3 != 0;
            choice_.primary_group = step.b % 3 != 0;
            return true;
        case StepKind::department_filter:
            choice_.department = step.a % 2 == 0 ? "" : "d" + std::to_string(step.b % 3);
            return true;
        case StepKind::configure_domains:
            configure_domains(step);
            return true;
        case StepKind::order_domains:
            std::reverse(choice_.domains.begin(), choice_.domains.end());
            return true;
        case StepKind::scope_typo:
            scope_typo(step);
            return true;
        default:
            return false;
    }
}

bool World::change_settings(const Step& step) {
    switch (step.kind) {
        case StepKind::mapping:
            choice_.mapping = static_cast<int>(step.a % 2);
            return true;
        case StepKind::lifecycle:
            choice_.disable_after = step.a % 4 == 0 ? Limit() : days(1 + step.a % 28);
            choice_.delete_after = step.b % 3 == 0 ? days(20 + step.b % 40) : Limit();
            choice_.unproven_deletion = step.c % 3 == 0 ? days(5 + step.c % 20) : Limit();
            choice_.paused_disable_after = step.c % 4 == 1 ? days(1 + step.c % 9) : Limit();
            return true;
        case StepKind::short_clocks:
            choice_.disable_after = Duration(static_cast<std::int64_t>(step.a % 4 + 1) * 600);
            choice_.delete_after = step.b % 2 == 0 ? Limit(Duration(7200)) : Limit();
            return true;
        case StepKind::guards:
            choice_.most = step.a % 3 == 0 ? 1'000'000 : step.b % 4;
            choice_.window = step.c % 3 == 0 ? Limit() : Duration(static_cast<std::int64_t>(step.c) * 600);
            return true;
        case StepKind::percent:
            choice_.percent = step.a % 3 == 0 ? 1000 : 10 * (1 + step.b % 6);
            return true;
        default:
            return false;
    }
}

}  // namespace dirsync::sim
