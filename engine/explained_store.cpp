#include "engine/explained_store.hpp"

#include <algorithm>
#include <string_view>

#include "model/row_targets.hpp"
#include "model/words.hpp"

namespace dirsync::sync {
namespace {

/// Why the store is not as the directory says, as the end of a sentence.
std::string cause_of(const Sight& sight, const Explanation& explanation) {
    std::string held;
    for (const auto& hold : explanation.holds) {
        if (hold.hold == HoldClass::reverted)
            return "a revert undid the change, which is held under " + hold.id;
        held += (held.empty() ? "" : ", ") + hold.id;
    }
    if (!held.empty()) return "the change is held under " + held;
    if (sight.is_reverted) return "a revert undid the change";
    // Of a pause, a doubt of the time or a failing directory `status` tells.
    return "no run has changed that yet";
}

void add(std::string& note, const std::string& sentence) {
    note += (note.empty() ? "" : " ") + sentence + ".";
}

template <class Row>
std::string difference_in_scope(const Row& stored, const Sight& sight, const Explanation& explanation) {
    std::string note;
    if (sight.is_unsure) return note;
    if (!sight.in_scope && stored.scope == ScopeState::in)
        add(note, "Still in scope in the store: " + cause_of(sight, explanation));
    if (sight.in_scope && stored.scope == ScopeState::out)
        add(note, "Still out of scope in the store: " + cause_of(sight, explanation));
    return note;
}

template <class Row>
std::string why_kept(const Row& stored, const std::string& target, const Sight& sight,
                     const Explanation& explanation, const std::vector<std::string>& unmappable) {
    if (std::ranges::find(unmappable, target) != unmappable.end())
        return "the template names an attribute that the directory does not have";
    if (sight.is_deleted) return "the object is deleted";
    if (stored.scope == ScopeState::out) return "it stays as it was when the object left the scope";
    if (sight.is_unsure) return "it stays as it was last seen";
    if (!explanation.errors.empty()) return "see the error below";
    return cause_of(sight, explanation);
}

template <class Row>
void compare(Explanation& explanation, const Row& stored, const Row& desired, const Sight& sight,
             const std::vector<std::string>& unmappable) {
    for (auto& attribute : explanation.attributes) {
        // What no template gives may have a fallback (semantics 3.4).
        if (attribute.source_template.empty()) attribute.value = target_value(desired, attribute.target);
        const std::string_view kept = target_value(stored, attribute.target);
        if (kept == attribute.value) continue;
        attribute.stored = std::string(kept);
        attribute.why = why_kept(stored, attribute.target, sight, explanation, unmappable);
    }
}

}  // namespace

std::string difference_of(const UserRow& stored, const Sight& sight, const Explanation& explanation) {
    std::string note;
    const std::string status(text_of(stored.status));
    if (sight.is_deleted) {
        add(note, "Still in the store, " + status + ": " + cause_of(sight, explanation));
        return note;
    }
    note = difference_in_scope(stored, sight, explanation);
    const bool is_disabled = stored.status == Status::disabled;
    // Out of the scope a clock disables.
    const bool by_clock = is_disabled && (stored.scope == ScopeState::out || !sight.in_scope);
    if (is_disabled != sight.is_disabled && !by_clock)
        add(note, "Still " + status + " in the store: " + cause_of(sight, explanation));
    return note;
}

std::string difference_of(const GroupRow& stored, const Sight& sight, const Explanation& explanation) {
    std::string note;
    if (!sight.is_deleted) return difference_in_scope(stored, sight, explanation);
    add(note, "Still in the store: " + cause_of(sight, explanation));
    return note;
}

std::string why_not_stored(const Sight& sight, const Explanation& explanation) {
    if (!sight.in_scope) return {};
    if (!explanation.errors.empty()) return "see the error below";
    const bool is_known = sight.is_reverted || !explanation.holds.empty();
    return is_known ? cause_of(sight, explanation) : std::string();
}

void compare_with_store(Explanation& explanation, const UserRow& stored, const UserRow& desired,
                        const Sight& sight, const std::vector<std::string>& unmappable) {
    compare(explanation, stored, desired, sight, unmappable);
}

void compare_with_store(Explanation& explanation, const GroupRow& stored, const GroupRow& desired,
                        const Sight& sight, const std::vector<std::string>& unmappable) {
    compare(explanation, stored, desired, sight, unmappable);
}

}  // namespace dirsync::sync
