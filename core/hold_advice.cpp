#include "core/hold_advice.hpp"

#include <algorithm>

namespace dirsync {
namespace {

struct Advice {
    std::string_view hold_class;
    std::string_view wrong;  ///< empty where the line above says it instead of a limit
    std::string_view stays;
    std::string_view otherwise;  ///< in front of the command

    bool has_limit() const { return !wrong.empty(); }
};

constexpr std::string_view if_right =
    "If it is a mistake, mend the directory or the configuration; if it is right: ";

constexpr Advice advices[] = {
    {"remove_users", "More users would be removed than the limit allows.",
     "They stay as they are, enabled ones enabled.", if_right},
    {"disable_users", "More users would be disabled than the limit allows.", "They stay enabled.", if_right},
    {"enable_users", "More users would be enabled than the limit allows.", "They stay disabled.", if_right},
    {"rename_users", "More users would be renamed than the limit allows.", "They keep their names.",
     if_right},
    {"remove_groups", "More groups would be removed than the limit allows.", "They stay as they are.",
     if_right},
    {"remove_memberships", "More memberships would end than the limit allows.", "These users stay members.",
     if_right},
    {"remove_members_per_group", "A group would lose more members than the limit allows.",
     "They stay members.", if_right},
    {"clear_attribute", "More users or groups would lose a value than the limit allows.", "The values stay.",
     "Correct attribute_mappings, or mend the directory; if the values are to go: "},
    {"scope_edit", "", "Nobody leaves the scope or comes in by that edit.",
     "Correct the entry, or take it out; if the edit is meant so: "},
    {"absent", "", "All of it stays.", "Give the account the right to read it; if it is gone for sure: "},
    {"reverted", "", "What was undone stays undone.", "To do it after all: "},
};

const Advice* advice_on(std::string_view hold_class) {
    const auto found =
        std::find_if(std::begin(advices), std::end(advices),
                     [hold_class](const Advice& advice) { return advice.hold_class == hold_class; });
    return found == std::end(advices) ? nullptr : found;
}

}  // namespace

std::string advice_on_hold(std::string_view hold_class, std::string_view command) {
    const Advice* advice = advice_on(hold_class);
    std::string text = "  ";
    if (advice == nullptr) {
        text += "To apply it: ";
    } else {
        text.append(advice->wrong).append(advice->has_limit() ? " " : "");
        text.append(advice->stays).append(" ").append(advice->otherwise);
    }
    return text.append(command) + "\n";
}

std::string limit_of_hold(std::string_view hold_class, std::string_view limit) {
    const Advice* advice = advice_on(hold_class);
    const bool has_limit = advice == nullptr || advice->has_limit();
    return std::string(has_limit ? "(limit: " : "(").append(limit) + ")";
}

}  // namespace dirsync
