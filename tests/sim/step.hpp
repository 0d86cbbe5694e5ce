#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "tests/sim/forest/forest.hpp"

namespace dirsync::sim {

/// One thing that happens: in the directory, at an admin's desk, to a machine, or a cycle of the engine. What
/// it happens to is chosen by its numbers among what there is at that time, so that a history stays one when
/// other steps are left out.
enum class StepKind : std::uint8_t {
    add_user,
    add_group,
    add_ou,
    remove,
    undelete,
    recreate,
    link,
    unlink,
    link_foreign,
    rename,
    swap_names,
    move,
    disable,
    expire,
    set_mail,
    set_principal,
    set_names,
    set_department,
    set_primary,
    deny_object,
    deny_foreign,
    deny_tree,
    deny_control,
    deny_tombstones,
    allow_one,
    allow_all,
    replicate,
    replicate_all,
    prefer_dc,
    stop_dc,
    start_dc,
    back_up,
    restore,
    restore_dc,
    roll_back,
    refuse_cookies,
    die_during_read,
    stutter,
    scope_add,
    scope_exclude,
    scope_drop,
    scope_options,
    department_filter,
    mapping,
    lifecycle,
    guards,
    configure_domains,
    pause,
    resume,
    approve,
    revert,
    pass_time,
    set_clock_back,
    cycle,
    full_cycle,
    planned_cycle,
    faulty_cycle,
    faulty_plan,
    restart,
    host_clock,
    dc_clock,
    all_clocks,
    drift,
    clocks_right,
    boot,
    deny_list,
    deny_back_links,
    deny_attribute,
    half_list,
    allow_lists,
    describe,
    empty_group,
    change_domain,
    mangle,
    order_domains,
    copy_store,
    put_store_back,
    second_cycle,
    scope_typo,
    short_clocks,
    percent,
    crowd,
    change_source,
    accept_source,
    edit_directory,
    deny_status,
};

struct Step {
    StepKind kind = StepKind::cycle;
    std::uint32_t a = 0;
    std::uint32_t b = 0;
    std::uint32_t c = 0;
    bool operator==(const Step&) const = default;
};

struct Setup {
    Forest::Shape shape;
    bool sqlite = false;
};

/// What one seed stands for: all of it, nothing is drawn later.
struct History {
    Setup setup;
    std::vector<Step> steps;
};
/// `themes`: names of themes that the history has in any case, those included that no seed draws.
History drawn_history(std::uint64_t seed, const std::vector<std::string>& themes = {});
/// Names of all themes that may be asked for.
std::vector<std::string> theme_names();

/// A line a step, behind a line for the setup: `world 1:full 2:dirsync`.
std::string to_text(const Step& step);
std::string to_text(const History& history);
/// nullopt: a line that means nothing. Empty lines and lines that begin with # are passed over.
std::optional<History> parse_history(const std::string& text);

}  // namespace dirsync::sim
