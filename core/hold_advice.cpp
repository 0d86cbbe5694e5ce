#include "core/hold_advice.hpp"

#include <algorithm>

namespace dirsync {
namespace {

struct Advice {
    std::string_view hold_class;
    std::string_view stays;
    std::string_view otherwise;  ///< in front of the command
    bool has_limit;
};

constexpr std::string_view if_right =
    "if that is not meant, mend the directory or the configuration; if it is: ";

constexpr Advice advices[] = {
    {"remove_users", "these users stay as they are, enabled ones enabled", if_right, true},
    {"disable_users", "these users stay enabled", if_right, true},
    {"enable_users", "these users stay disabled", if_right, true},
    {"rename_users", "these users keep their names", if_right, true},
    {"remove_groups", "these groups stay", if_right, true},
    {"remove_memberships", "these users stay members", if_right, true},
    {"remove_members_per_group", "these users stay members", if_right, true},
    {"clear_attribute", "the values stay",
     "correct attribute_mappings, or mend the directory; if the values are to go: ", true},
    {"scope_edit", "nobody leaves the scope or comes in by that edit",
     "correct the entry, or take it out; if the edit is meant so: ", false},
    {"absent", "all of it stays", "give the account the right to read it; if it is gone for sure: ", false},
    {"reverted", "what was undone stays undone", "to do it after all: ", false},
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
        text += "to apply it: ";
    } else {
        text.append(advice->stays).append("; ").append(advice->otherwise);
    }
    return text.append(command) + "\n";
}

std::string limit_of_hold(std::string_view hold_class, std::string_view limit) {
    const Advice* advice = advice_on(hold_class);
    const bool has_limit = advice == nullptr || advice->has_limit;
    return std::string(has_limit ? "(limit: " : "(").append(limit) + ")";
}

}  // namespace dirsync
