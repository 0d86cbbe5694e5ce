#include <algorithm>
#include <iterator>

#include "tests/sim/witness.hpp"

// How much goes through at once (semantics 5.3, 5.14).
namespace dirsync::sim {
namespace {

using sync::HoldClass;

/// What the directory can empty, each counted by itself.
constexpr const char* targets[] = {"email",       "given_name",  "family_name",
                                   "middle_name", "description", "attributes"};

/// Stands for a target where a guard counts by group.
ObjectGuid number_of(std::size_t target) {
    ObjectGuid guid;
    guid.bytes[0] = static_cast<std::uint8_t>(target + 1);
    return guid;
}

bool shrinks_the_population(HoldClass hold) {
    return hold == HoldClass::remove_users || hold == HoldClass::remove_groups ||
           hold == HoldClass::remove_memberships || hold == HoldClass::remove_members_of_group ||
           hold == HoldClass::clear_attribute;
}

}  // namespace

/// Of what the store holds before a run.
void Witness::note_populations() {
    const auto& store = replay_.store();
    populations_.clear();
    populations_[{HoldClass::remove_groups, {}}] = store.groups.size();
    populations_[{HoldClass::remove_memberships, {}}] = store.memberships.size();
    for (const HoldClass hold : {HoldClass::remove_users, HoldClass::disable_users, HoldClass::enable_users,
                                 HoldClass::rename_users})
        populations_[{hold, {}}] = store.users.size();
    for (const auto& [group, user] : store.memberships)
        ++populations_[{HoldClass::remove_members_of_group, guid_of(store.groups.at(group))}];
    for (std::size_t i = 0; i < std::size(targets); ++i) {
        for (const auto* rows : {&store.users, &store.groups}) {
            for (const auto& [id, row] : *rows)
                populations_[{HoldClass::clear_attribute, number_of(i)}] +=
                    column(row, targets[i]).empty() ? 0 : 1;
        }
    }
}

std::uint64_t Witness::population(const std::pair<HoldClass, ObjectGuid>& what) const {
    const auto found = populations_.find(what);
    return found == populations_.end() ? 0 : found->second;
}

bool Witness::exceeds(std::uint64_t changes, std::uint64_t of) const {
    const double most = scene_.choice.percent / 100 * static_cast<double>(of);
    // The percentage only counts above ten.
    return changes > scene_.choice.most || (changes > 10 && of > 0 && static_cast<double>(changes) > most);
}

void Witness::count_update(const JournalLine& line, const ObjectGuid& guid, GuardCounts& counts) {
    const Row before = JournalLine::columns(line.before);
    const Row after = JournalLine::columns(line.after);
    const auto add = [&](HoldClass hold) {
        if (!is_approved(hold, guid) && !is_approved(HoldClass::reverted, guid)) ++counts[{hold, {}}];
    };
    if (line.is_user()) {
        const std::string status = column(before, "status");
        if (status == "ENABLED" && !is_put_back(guid)) add(HoldClass::disable_users);
        if (status == "DISABLED" && !paused_out_.contains(guid)) add(HoldClass::enable_users);
        if (before.contains("user_name")) add(HoldClass::rename_users);
    }
    const auto& cleared = approved_[HoldClass::clear_attribute];
    const bool is_cleared = std::any_of(cleared.begin(), cleared.end(),
                                        [&guid](const auto& object) { return object.second == guid; });
    if (is_cleared || is_approved(HoldClass::reverted, guid)) return;
    for (std::size_t i = 0; i < std::size(targets); ++i) {
        if (!column(before, targets[i]).empty() && column(after, targets[i]).empty())
            ++counts[{HoldClass::clear_attribute, number_of(i)}];
    }
}

void Witness::count_lost_membership(const JournalLine& line, const std::set<std::string>& removed,
                                    GuardCounts& counts) {
    const auto& store = replay_.store();
    const std::string user_id = column(JournalLine::columns(line.before), "user_id");
    const Row* group = store.row(line.object_id);
    const Row* user = store.row(user_id);
    if (user == nullptr || removed.contains(line.object_id) || removed.contains(user_id)) return;
    const HoldClass classes[] = {HoldClass::remove_memberships, HoldClass::remove_members_of_group,
                                 HoldClass::reverted, HoldClass::absent};
    const bool approved = std::any_of(std::begin(classes), std::end(classes), [&](HoldClass hold) {
        return is_approved(hold, guid_of(*group), guid_of(*user));
    });
    if (approved) return;
    ++counts[{HoldClass::remove_memberships, {}}];
    ++counts[{HoldClass::remove_members_of_group, guid_of(*group)}];
}

/// Of what was written and not approved.
Witness::GuardCounts Witness::guarded_changes() {
    GuardCounts counts;
    std::set<std::string> removed;
    for (const auto& line : lines_) {
        if (line.action == "delete") removed.insert(line.object_id);
    }
    for (const auto& line : lines_) {
        const Row* row = replay_.store().row(line.object_id);
        if (row == nullptr) continue;
        const ObjectGuid guid = guid_of(*row);
        const HoldClass removal = line.is_user() ? HoldClass::remove_users : HoldClass::remove_groups;
        const bool is_released = is_approved(HoldClass::absent, guid) || is_approved(removal, guid) ||
                                 is_approved(HoldClass::reverted, guid);
        if (line.action == "delete" && !is_released) ++counts[{removal, {}}];
        if (line.action == "update") count_update(line, guid, counts);
        if (line.action == "remove_member") count_lost_membership(line, removed, counts);
    }
    return counts;
}

/// What was written of one class and not approved stays below the limit, together with what went through in
/// the window before (semantics 5.3).
Verdict Witness::judge_guards() {
    const auto counts = guarded_changes();
    // An approval begins a new window.
    std::erase_if(passed_, [this](const auto& entry) { return !approved_[entry.first.first].empty(); });
    // What has left the window is forgotten, even if the window is made longer; so is what lies in the
    // future.
    for (auto& [what, passed] : passed_) {
        std::erase_if(passed, [this](const auto& entry) {
            return !scene_.choice.window || entry.first <= judged_at_ - *scene_.choice.window ||
                   entry.first > judged_at_;
        });
    }
    for (const auto& [what, changes] : counts) {
        auto& passed = passed_[what];
        std::uint64_t before = 0;
        for (const auto& [at, number] : passed) before += number;
        const std::uint64_t of = population(what) + (shrinks_the_population(what.first) ? before : 0);
        if (exceeds(changes + before, of)) {
            return "5.3: " + std::to_string(changes) + " " + std::string(text_of(what.first)) + ", " +
                   std::to_string(before) + " in the window before, not approved, of " + std::to_string(of);
        }
        if (scene_.choice.window && !in_doubt_) passed.emplace_back(judged_at_, changes);
    }
    return std::nullopt;
}

}  // namespace dirsync::sim
