#include "ctl/setup/setup_plan.hpp"

#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "api/messages/cycles.hpp"
#include "ctl/text/shown.hpp"

namespace dirsync::ctl {
namespace {

constexpr std::size_t lines_shown = 12;

/// What a line of a plan is about, and what happens to it.
std::pair<std::string, std::string> what(const messages::Change& change) {
    if (change.action == "add_member") return {"membership", "added"};
    if (change.action == "remove_member") return {"membership", "removed"};
    const std::string type = change.object_type == "GROUP" ? "group" : "user";
    if (change.action == "create") return {type, "created"};
    if (change.action == "delete") return {type, "removed"};
    return {type, "changed (" + shown(change.action) + ")"};
}

bool keeps_source(const config::Config& config, const Surroundings& around) {
    const bool to_directory = config.source == sync::SourceKind::directory;
    if (around.source_type == "directory") return to_directory;
    if (around.source_type != "active_directory" || to_directory) return false;
    // A domain that stays makes it the same source (semantics 1.2); whether it was rebuilt only a read tells.
    return std::any_of(config.domains.begin(), config.domains.end(), [&around](const auto& domain) {
        return std::find(around.source_domains.begin(), around.source_domains.end(), domain.name) !=
               around.source_domains.end();
    });
}

}  // namespace

std::string short_plan(std::string_view plan_json) {
    const auto plan = messages::read_answer<messages::CycleReport>(plan_json);
    if (!plan) return std::string(plan_json);
    if (plan->error) return fmt::format("There is no plan: {}", shown(plan->error));
    const auto& changes = plan->changes;
    std::map<std::pair<std::string, std::string>, std::size_t> counts;
    for (const auto& change : changes) ++counts[what(change)];
    std::string text = changes.empty() ? "The first run would write nothing." : "The first run would write:";
    for (const auto& [kind, count] : counts)
        text += fmt::format("\n  {} {}", counted(count, kind.first), kind.second);
    for (std::size_t i = 0; i < changes.size() && i < lines_shown; ++i)
        text += "\n  " + change_line(changes[i], "would ");
    if (changes.size() > lines_shown)
        text += fmt::format("\n  ... and {} more", changes.size() - lines_shown);
    for (const auto& warning : plan->scope_warnings) text += fmt::format("\nwarning: {}", shown(warning));
    for (const auto& held : plan->held)
        text += fmt::format("\nheld for approval: {} of {}", held.count, shown(held.class_));
    return text;
}

std::string source_change_of(const config::Config& config, const Surroundings& around) {
    if (!around.daemon_runs || keeps_source(config, around)) return {};
    const std::string& from = around.source_label.empty() ? around.source_type : around.source_label;
    if (around.users + around.groups + around.assignments == 0) {
        return fmt::format(
            "This is another identity source than {}; its store is empty, so nothing would be removed.",
            from);
    }
    return fmt::format(
        "This is another identity source than {}. The change would remove {}, {}, {} and {}.\n"
        "Writing or starting this configuration removes nothing: the daemon freezes the store and waits "
        "until somebody types the word ACCEPT at 'dirsyncctl source change'. A snapshot is taken first.",
        from, counted(around.users, "user"), counted(around.groups, "group"),
        counted(around.memberships, "membership"), counted(around.assignments, "assignment"));
}

std::string how_to_start(const config::Config& config, const Surroundings& around) {
    const std::string file = config.file.string();
    if (around.runs_by_this_file) return "To put it into force: dirsyncctl reload";
    if (around.service.has_systemd && !around.service.enabled.empty() && around.is_usual_file)
        return "To put it into force: systemctl enable --now dirsyncd";
    return fmt::format(
        "Start the daemon with: dirsyncd -c {0}\nor run one cycle and end: dirsyncd -c {0} --once", file);
}

}  // namespace dirsync::ctl
