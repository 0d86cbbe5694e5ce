#include "tests/sim/step.hpp"

#include <algorithm>
#include <random>
#include <sstream>

namespace dirsync::sim {
namespace {

/// What a kind of step belongs to: a history has some of these and not others.
enum class Theme : std::uint8_t {
    always,
    rights,
    replicas,
    disasters,
    admin,
    names,
    faults,
    time,
    reverts,
    clocks,
    lists,
    attributes,
    halves,
    domains,
    conflicts,
    copies,
    processes,
    typos,
    crowds,
    sources,
};

/// Themes of the second kind came later: they are drawn apart, so that histories without them are what they
/// were.
struct ThemeRow {
    Theme theme;
    const char* name;
    unsigned one_in;  ///< one history in so many has it
    bool is_drawn_apart = true;
};

constexpr ThemeRow theme_table[] = {
    {Theme::always, "always", 2, false},
    {Theme::rights, "rights", 2, false},
    {Theme::replicas, "replicas", 2, false},
    {Theme::disasters, "disasters", 2, false},
    {Theme::admin, "admin", 2, false},
    {Theme::names, "names", 2, false},
    {Theme::faults, "faults", 2, false},
    {Theme::time, "time", 2, false},
    {Theme::reverts, "reverts", 2, false},
    {Theme::clocks, "clocks", 4},
    {Theme::lists, "lists", 5},
    {Theme::attributes, "attributes", 5},
    {Theme::halves, "halves", 8},
    {Theme::domains, "domains", 4},
    {Theme::conflicts, "conflicts", 5},
    {Theme::copies, "copies", 5},
    {Theme::processes, "processes", 5},
    {Theme::typos, "typos", 5},
    {Theme::crowds, "crowds", 6},
    {Theme::sources, "sources", 6},
};

struct Row {
    StepKind kind;
    const char* name;
    Theme theme;
    unsigned weight;
};

constexpr Row table[] = {
    {StepKind::add_user, "add_user", Theme::always, 12},
    {StepKind::add_group, "add_group", Theme::always, 6},
    {StepKind::add_ou, "add_ou", Theme::always, 3},
    {StepKind::remove, "remove", Theme::always, 8},
    {StepKind::undelete, "undelete", Theme::always, 3},
    {StepKind::recreate, "recreate", Theme::names, 3},
    {StepKind::link, "link", Theme::always, 30},
    {StepKind::unlink, "unlink", Theme::always, 10},
    {StepKind::link_foreign, "link_foreign", Theme::always, 4},
    {StepKind::rename, "rename", Theme::names, 8},
    {StepKind::swap_names, "swap_names", Theme::names, 4},
    {StepKind::move, "move", Theme::always, 8},
    {StepKind::disable, "disable", Theme::always, 8},
    {StepKind::expire, "expire", Theme::time, 6},
    {StepKind::set_mail, "set_mail", Theme::names, 6},
    {StepKind::set_principal, "set_principal", Theme::names, 6},
    {StepKind::set_names, "set_names", Theme::always, 4},
    {StepKind::set_department, "set_department", Theme::always, 4},
    {StepKind::set_primary, "set_primary", Theme::always, 4},
    {StepKind::deny_object, "deny_object", Theme::rights, 8},
    {StepKind::deny_foreign, "deny_foreign", Theme::rights, 2},
    {StepKind::deny_tree, "deny_tree", Theme::rights, 4},
    {StepKind::deny_control, "deny_control", Theme::rights, 4},
    {StepKind::deny_tombstones, "deny_tombstones", Theme::rights, 3},
    {StepKind::allow_one, "allow_one", Theme::rights, 8},
    {StepKind::allow_all, "allow_all", Theme::rights, 4},
    {StepKind::replicate, "replicate", Theme::replicas, 14},
    {StepKind::replicate_all, "replicate_all", Theme::replicas, 10},
    {StepKind::prefer_dc, "prefer_dc", Theme::replicas, 6},
    {StepKind::stop_dc, "stop_dc", Theme::replicas, 3},
    {StepKind::start_dc, "start_dc", Theme::replicas, 6},
    {StepKind::back_up, "back_up", Theme::disasters, 4},
    {StepKind::restore, "restore", Theme::disasters, 2},
    {StepKind::restore_dc, "restore_dc", Theme::disasters, 2},
    {StepKind::roll_back, "roll_back", Theme::disasters, 1},
    {StepKind::refuse_cookies, "refuse_cookies", Theme::disasters, 3},
    {StepKind::die_during_read, "die_during_read", Theme::disasters, 3},
    {StepKind::stutter, "stutter", Theme::always, 1},
    {StepKind::scope_add, "scope_add", Theme::always, 6},
    {StepKind::scope_exclude, "scope_exclude", Theme::admin, 3},
    {StepKind::scope_drop, "scope_drop", Theme::admin, 4},
    {StepKind::scope_options, "scope_options", Theme::admin, 2},
    {StepKind::department_filter, "department_filter", Theme::admin, 2},
    {StepKind::mapping, "mapping", Theme::admin, 2},
    {StepKind::lifecycle, "lifecycle", Theme::admin, 2},
    {StepKind::guards, "guards", Theme::admin, 3},
    {StepKind::configure_domains, "configure_domains", Theme::admin, 2},
    {StepKind::pause, "pause", Theme::admin, 2},
    {StepKind::resume, "resume", Theme::admin, 6},
    {StepKind::approve, "approve", Theme::always, 6},
    {StepKind::revert, "revert", Theme::reverts, 6},
    {StepKind::pass_time, "pass_time", Theme::time, 10},
    {StepKind::set_clock_back, "set_clock_back", Theme::time, 1},
    {StepKind::cycle, "cycle", Theme::always, 40},
    {StepKind::full_cycle, "full_cycle", Theme::always, 8},
    {StepKind::planned_cycle, "planned_cycle", Theme::always, 10},
    {StepKind::faulty_cycle, "faulty_cycle", Theme::faults, 24},
    {StepKind::faulty_plan, "faulty_plan", Theme::faults, 4},
    {StepKind::restart, "restart", Theme::always, 4},
    {StepKind::host_clock, "host_clock", Theme::clocks, 10},
    {StepKind::dc_clock, "dc_clock", Theme::clocks, 8},
    {StepKind::all_clocks, "all_clocks", Theme::clocks, 6},
    {StepKind::drift, "drift", Theme::clocks, 6},
    {StepKind::clocks_right, "clocks_right", Theme::clocks, 16},
    {StepKind::boot, "boot", Theme::clocks, 6},
    {StepKind::deny_list, "deny_list", Theme::lists, 14},
    {StepKind::deny_back_links, "deny_back_links", Theme::lists, 6},
    {StepKind::deny_attribute, "deny_attribute", Theme::attributes, 12},
    {StepKind::half_list, "half_list", Theme::halves, 12},
    {StepKind::allow_lists, "allow_lists", Theme::lists, 10},
    {StepKind::describe, "describe", Theme::lists, 10},
    {StepKind::empty_group, "empty_group", Theme::lists, 8},
    {StepKind::change_domain, "change_domain", Theme::domains, 14},
    {StepKind::mangle, "mangle", Theme::conflicts, 12},
    {StepKind::order_domains, "order_domains", Theme::domains, 6},
    {StepKind::copy_store, "copy_store", Theme::copies, 8},
    {StepKind::put_store_back, "put_store_back", Theme::copies, 6},
    {StepKind::second_cycle, "second_cycle", Theme::processes, 20},
    {StepKind::scope_typo, "scope_typo", Theme::typos, 10},
    {StepKind::short_clocks, "short_clocks", Theme::typos, 3},
    {StepKind::percent, "percent", Theme::crowds, 10},
    {StepKind::crowd, "crowd", Theme::crowds, 8},
    {StepKind::change_source, "change_source", Theme::sources, 14},
    {StepKind::accept_source, "accept_source", Theme::sources, 28},
    {StepKind::edit_directory, "edit_directory", Theme::sources, 24},
    {StepKind::deny_status, "deny_status", Theme::attributes, 8},
};

const Row& row_of(StepKind kind) { return table[static_cast<std::size_t>(kind)]; }

constexpr bool is_in_order() {
    for (std::size_t i = 0; i < std::size(table); ++i) {
        if (static_cast<std::size_t>(table[i].kind) != i) return false;
    }
    return std::size(table) == static_cast<std::size_t>(StepKind::deny_status) + 1;
}
static_assert(is_in_order());

std::optional<Detection> detection_named(const std::string& name) {
    for (const auto detection : {Detection::full, Detection::dirsync, Detection::usn}) {
        if (text_of(detection) == name) return detection;
    }
    return std::nullopt;
}

std::optional<Setup> parse_setup(std::istringstream& words) {
    Setup setup;
    std::string word;
    while (words >> word) {
        if (word == "sqlite") {
            setup.sqlite = true;
            continue;
        }
        const auto detection = word.size() > 2 ? detection_named(word.substr(2)) : std::nullopt;
        if (!detection || word[0] < '1' || word[0] > '9' || setup.shape.dcs.size() == 2) return std::nullopt;
        setup.shape.dcs.push_back(static_cast<std::size_t>(word[0] - '0'));
        setup.shape.detection.push_back(*detection);
    }
    return setup.shape.dcs.empty() ? std::nullopt : std::optional(setup);
}

}  // namespace

std::vector<std::string> theme_names() {
    std::vector<std::string> names;
    for (const auto& row : theme_table) names.emplace_back(row.name);
    return names;
}

History drawn_history(std::uint64_t seed, const std::vector<std::string>& themes) {
    std::mt19937_64 random(seed);
    const auto draw = [&random](std::uint64_t below) { return static_cast<std::uint32_t>(random() % below); };
    History history;
    const std::size_t domains = draw(3) == 0 ? 2 : 1;
    for (std::size_t i = 0; i < domains; ++i) {
        history.setup.shape.dcs.push_back(draw(2) == 0 ? 1 : 2 + draw(2));
        history.setup.shape.detection.push_back(static_cast<Detection>(draw(3)));
    }
    std::mt19937_64 apart(~seed);
    bool has[std::size(theme_table)] = {true};
    for (std::size_t i = 1; i < std::size(theme_table); ++i) {
        const auto& theme = theme_table[i];
        const bool is_drawn = theme.is_drawn_apart ? apart() % theme.one_in == 0 : draw(theme.one_in) == 0;
        has[i] = is_drawn || std::count(themes.begin(), themes.end(), theme_table[i].name) > 0;
    }
    std::vector<unsigned> weights;
    for (const auto& row : table) {
        const auto theme = static_cast<std::size_t>(row.theme);
        // Nothing but the numbers is drawn from a theme that is left out; cycles come in all.
        weights.push_back(has[theme] ? row.weight : 0);
    }
    std::discrete_distribution<std::size_t> kinds(weights.begin(), weights.end());
    const auto next = [&](std::optional<StepKind> kind = {}) {
        Step step;
        step.kind = kind ? *kind : table[kinds(random)].kind;
        step.a = draw(1000);
        step.b = draw(1000);
        step.c = draw(1000);
        history.steps.push_back(step);
    };
    // Somebody has to be there.
    for (int i = 0; i < 3; ++i) next(StepKind::add_ou);
    for (int i = 0; i < 8; ++i) next(StepKind::add_user);
    for (int i = 0; i < 5; ++i) next(StepKind::add_group);
    for (int i = 0; i < 16; ++i) next(StepKind::link);
    for (int i = 0; i < 3; ++i) next(StepKind::scope_add);
    next(StepKind::replicate_all);
    next(StepKind::cycle);
    for (int i = 0; i < 120; ++i) next();
    return history;
}

std::string to_text(const Step& step) {
    return std::string(row_of(step.kind).name) + ' ' + std::to_string(step.a) + ' ' + std::to_string(step.b) +
           ' ' + std::to_string(step.c);
}

std::string to_text(const History& history) {
    std::string text = "world";
    for (std::size_t i = 0; i < history.setup.shape.dcs.size(); ++i) {
        text += ' ' + std::to_string(history.setup.shape.dcs[i]) + ':' +
                text_of(history.setup.shape.detection[i]);
    }
    if (history.setup.sqlite) text += " sqlite";
    text += '\n';
    for (const auto& step : history.steps) text += to_text(step) + '\n';
    return text;
}

std::optional<History> parse_history(const std::string& text) {
    History history;
    bool has_setup = false;
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) {
        std::istringstream words(line);
        std::string name;
        if (!(words >> name) || name[0] == '#') continue;
        if (name == "world") {
            const auto setup = parse_setup(words);
            if (!setup) return std::nullopt;
            history.setup = *setup;
            has_setup = true;
            continue;
        }
        const Row* found = nullptr;
        for (const auto& row : table) {
            if (row.name == name) found = &row;
        }
        Step step;
        if (found == nullptr || !(words >> step.a >> step.b >> step.c)) return std::nullopt;
        step.kind = found->kind;
        history.steps.push_back(step);
    }
    return has_setup ? std::optional(history) : std::nullopt;
}

}  // namespace dirsync::sim
