#include <algorithm>

#include "tests/sim/witness.hpp"

// What a line of the journal needs as its proof.
namespace dirsync::sim {
namespace {

using sync::HoldClass;

std::string fault(const char* rule, const JournalLine& line) {
    return std::string(rule) + ": " + line.text();
}

}  // namespace

Verdict Witness::judge_line(const JournalLine& line, const Cycle& cycle) {
    if (line.action == "create") return judge_ids(line);
    if (line.action == "remove_member") return judge_lost_membership(line);
    if (line.action == "add_member") return std::nullopt;
    const Row* row = replay_.store().row(line.object_id);
    if (row == nullptr) return fault("5.10: a line of nobody", line);
    const ObjectGuid guid = guid_of(*row);
    return line.action == "delete" ? judge_removal(guid, *row, line, cycle)
                                   : judge_update(guid, *row, line, cycle);
}

/// The same object, the same id, for the life of the store (semantics 3.1, 4.3); another object, another id.
Verdict Witness::judge_ids(const JournalLine& line) {
    const ObjectGuid guid = guid_of(JournalLine::columns(line.after));
    const auto [at, is_new] = ids_.try_emplace(guid, line.object_id);
    if (at->second != line.object_id) return fault("3.1: another id than before", line);
    for (const auto& [other, id] : ids_) {
        if (id == line.object_id && other != guid) return fault("4.2: the id of somebody else", line);
    }
    return std::nullopt;
}

Verdict Witness::judge_removal(const ObjectGuid& guid, const Row& row, const JournalLine& line,
                               const Cycle& cycle) {
    if (clock_ran_out(row, scene_.choice.delete_after, cycle.now)) return std::nullopt;
    if (proved_deleted_.contains(guid) || counts_as_deleted(guid)) return std::nullopt;
    // It was undone, and an admin released it all the same.
    if (is_approved(HoldClass::reverted, guid)) return std::nullopt;
    return fault("5.2: removed without proof", line);
}

Verdict Witness::judge_update(const ObjectGuid& guid, const Row& row, const JournalLine& line,
                              const Cycle& cycle) {
    const Row before = JournalLine::columns(line.before);
    Row after = row;
    for (const auto& [name, value] : JournalLine::columns(line.after)) after[name] = value;
    if (before.contains("external_id")) return fault("3.1: a row changed its owner", line);
    if (is_approved(HoldClass::reverted, guid)) return std::nullopt;
    const bool disabled = line.is_user() && column(before, "status") == "ENABLED";
    if (disabled && !clock_ran_out(after, scene_.choice.disable_after, cycle.now)) {
        const auto& models = possible();
        const bool proved = std::any_of(models.begin(), models.end(), [&guid](const auto& model) {
            const Object* user = model->object(guid);
            return user == nullptr || model->is_disabled(*user);
        });
        if (!proved) return fault("3.7: disabled without a reason", line);
    }
    if (column(before, "scope") != "out" && before.contains("scope") && column(after, "scope") == "out") {
        const auto& models = possible();
        const bool proved = std::any_of(models.begin(), models.end(), [&](const auto& model) {
            return line.is_user() ? !model->is_user_in(guid) : !model->is_group_in(guid);
        });
        if (!proved) return fault("4.4: put out of the scope without a reason", line);
    }
    return std::nullopt;
}

Verdict Witness::judge_lost_membership(const JournalLine& line) {
    const std::string user_id = JournalLine::columns(line.before)["user_id"];
    // Those that go with a removed row are judged there.
    const bool goes_with_a_row = std::any_of(lines_.begin(), lines_.end(), [&](const JournalLine& other) {
        return other.action == "delete" && (other.object_id == user_id || other.object_id == line.object_id);
    });
    const Row* group = replay_.store().row(line.object_id);
    const Row* user = replay_.store().row(user_id);
    if (goes_with_a_row || group == nullptr || user == nullptr) return std::nullopt;
    if (is_approved(HoldClass::reverted, guid_of(*group), guid_of(*user))) return std::nullopt;
    const auto& models = possible();
    // Back in the scope in this very cycle: it is in again, whatever the order of the lines.
    const bool comes_back = std::any_of(lines_.begin(), lines_.end(), [&line](const JournalLine& other) {
        return other.action == "update" && other.object_id == line.object_id &&
               column(JournalLine::columns(other.before), "scope") == "out";
    });
    if ((column(*group, "scope") == "out" && !comes_back) || line.reason == "out of scope for too long") {
        // Only the group's clock empties a group that is out of scope.
        const bool lapsed = crossing_.contains({line.object_id, user_id}) && a_clock_ran_out(*user);
        return clock_ran_out(*group, scene_.choice.disable_after, judged_at_) || lapsed
                   ? std::nullopt
                   : Verdict(fault("4.4: emptied before its time", line));
    }
    const ObjectPtr object = scene_.forest.object(guid_of(*user));
    if (trusted_ && object && !is_configured(object->domain) &&
        crossing_.contains({line.object_id, user_id})) {
        Views remembered = served();
        for (const auto& [domain, known] : known_) {
            if (remembered[domain] == nullptr) remembered[domain] = &known;
        }
        const Model model(scene_.forest, remembered, scene_.choice, pins_, judged_at_);
        if (model.is_member(guid_of(*group), guid_of(*user)) && !a_clock_ran_out(*user))
            return fault("5.17: crosses into a domain that is no longer configured", line);
    }
    const bool proved = std::any_of(models.begin(), models.end(), [&](const auto& model) {
        return model->is_group_in(guid_of(*group)) && !model->is_member(guid_of(*group), guid_of(*user));
    });
    return proved ? std::nullopt : Verdict(fault("5.2: membership removed without proof", line));
}

/// What was written of one class and not approved stays below the limit, together with what went through in
/// the window before (semantics 5.3).
Verdict Witness::judge_guards() {
    std::map<std::pair<HoldClass, ObjectGuid>, std::uint64_t> count;
    std::set<std::string> removed;
    const auto& store = replay_.store();
    for (const auto& line : lines_) {
        if (line.action == "delete") removed.insert(line.object_id);
    }
    for (const auto& line : lines_) {
        const Row* row = store.row(line.object_id);
        if (row == nullptr) continue;
        const ObjectGuid guid = guid_of(*row);
        const auto add = [&](HoldClass hold) {
            if (!is_approved(hold, guid) && !is_approved(HoldClass::reverted, guid)) ++count[{hold, {}}];
        };
        const Row before = JournalLine::columns(line.before);
        if (line.action == "delete" && !is_approved(HoldClass::absent, guid))
            add(line.is_user() ? HoldClass::remove_users : HoldClass::remove_groups);
        if (line.action == "update" && line.is_user()) {
            if (column(before, "status") == "ENABLED") add(HoldClass::disable_users);
            if (before.contains("user_name")) add(HoldClass::rename_users);
        }
        if (line.action == "remove_member") {
            const std::string user_id = column(before, "user_id");
            const Row* user = store.row(user_id);
            if (user == nullptr || removed.contains(line.object_id) || removed.contains(user_id)) continue;
            const HoldClass classes[] = {HoldClass::remove_memberships, HoldClass::remove_members_of_group,
                                         HoldClass::reverted};
            const bool approved = std::any_of(std::begin(classes), std::end(classes), [&](HoldClass hold) {
                return is_approved(hold, guid, guid_of(*user));
            });
            if (approved) continue;
            ++count[{HoldClass::remove_memberships, {}}];
            ++count[{HoldClass::remove_members_of_group, guid}];
        }
    }
    // An approval begins a new window.
    std::erase_if(passed_, [this](const auto& entry) { return !approved_[entry.first.first].empty(); });
    // What has left the window is forgotten, even if the window is made longer.
    for (auto& [what, passed] : passed_) {
        std::erase_if(passed, [this](const auto& entry) {
            return !scene_.choice.window || entry.first <= judged_at_ - *scene_.choice.window;
        });
    }
    for (const auto& [what, changes] : count) {
        auto& passed = passed_[what];
        std::uint64_t before = 0;
        for (const auto& [at, number] : passed) before += number;
        if (changes + before > scene_.choice.most) {
            return "5.3: " + std::to_string(changes) + " " + std::string(text_of(what.first)) + ", " +
                   std::to_string(before) + " in the window before, not approved; the limit is " +
                   std::to_string(scene_.choice.most);
        }
        if (scene_.choice.window) passed.emplace_back(judged_at_, changes);
    }
    return std::nullopt;
}

}  // namespace dirsync::sim
