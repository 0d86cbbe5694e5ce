#include "core/plan_counts.hpp"

namespace dirsync {
namespace {

constexpr std::array<std::string_view, 3> nouns{"user", "group", "membership"};
constexpr std::array<std::string_view, 5> verbs{"create", "update", "enable", "disable", "remove"};

}  // namespace

void PlanCounts::add(std::string_view action, std::string_view object_type, std::string_view status) {
    const bool is_membership = action == "add_member" || action == "remove_member";
    const std::size_t kind = is_membership ? 2 : object_type == "USER" ? 0 : 1;
    std::size_t verb = 1;
    if (action == "create" || action == "add_member") verb = 0;
    if (action == "delete" || action == "remove_member") verb = 4;
    if (verb == 1 && status == "ENABLED") verb = 2;
    if (verb == 1 && status == "DISABLED") verb = 3;
    ++counts_[kind][verb];
}

std::string PlanCounts::sentence() const {
    std::string text;
    for (std::size_t kind = 0; kind < kinds; ++kind) {
        bool is_named = false;
        for (std::size_t verb = 0; verb < actions; ++verb) {
            const std::uint64_t count = counts_[kind][verb];
            if (count == 0) continue;
            text += (text.empty() ? "Plan: " : ", ") + std::to_string(count);
            if (!is_named) text += " " + std::string(nouns[kind]) + (count == 1 ? "" : "s");
            is_named = true;
            text += " to " + std::string(kind == 2 && verb == 0 ? "add" : verbs[verb]);
        }
    }
    return text;
}

}  // namespace dirsync
