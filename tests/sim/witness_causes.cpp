#include <algorithm>

#include "tests/sim/witness.hpp"

// A line of the journal may name no cause that there is not (semantics 5.12). Which of several it names is
// the planner's choice: tests/engine/cause_test.cpp.
namespace dirsync::sim {

using sync::Reason;

/// By what the directory could tell, or told before.
template <class Is>
bool Witness::is_told(const ObjectGuid& guid, const Is& is) {
    const auto holds = [&is](const Object* object) { return object != nullptr && is(*object); };
    const auto& models = possible();
    return std::any_of(models.begin(), models.end(),
                       [&](const auto& model) { return holds(model->object(guid)); }) ||
           std::any_of(known_.begin(), known_.end(),
                       [&](const auto& known) { return holds(known.second.alive(guid)); });
}

/// `row`: of a user, as the line leaves it; of a removal, as it was.
Verdict Witness::judge_cause(const ObjectGuid& guid, const Row& row, const JournalLine& line) {
    const auto says = [&line](Reason reason) { return line.reason == sync::text_of(reason); };
    const bool removes = line.action == "delete";
    bool is_there = true;
    if (says(Reason::disabled_in_source)) {
        is_there = is_told(guid, [](const Object& user) { return user.disabled; });
    } else if (says(Reason::expired_in_source)) {
        is_there = is_told(
            guid, [this](const Object& user) { return user.expires <= latest_.time_since_epoch().count(); });
    } else if (says(Reason::clock_ran_out) && line.is_user()) {
        const auto& limits = scene_.choice;
        is_there = clock_ran_out(row, removes ? limits.delete_after : limits.disable_after, judged_at_);
    } else if (says(Reason::deleted_in_source)) {
        is_there = removes && proved_deleted_.contains(guid);
    } else if (says(Reason::unproven_deletion) || says(Reason::by_admin)) {
        is_there = removes && counts_as_deleted(guid);
    }
    return is_there ? std::nullopt : Verdict("5.12: a cause that there is not: " + line.text());
}

}  // namespace dirsync::sim
