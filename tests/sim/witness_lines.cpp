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

/// In two domains, for one that is late or was put back: which of them is right is not known.
bool Witness::lives_twice(const JournalLine& line) const {
    ObjectGuid guid;
    const Row* row = replay_.store().row(line.object_id);
    for (const auto& text : {line.before, line.after}) {
        const std::string user_id = column(JournalLine::columns(text), "user_id");
        if (const Row* user = replay_.store().row(user_id)) row = user;
        if (line.action == "create") guid = guid_of(JournalLine::columns(line.after));
    }
    if (row != nullptr) guid = guid_of(*row);
    const auto& domains = scene_.forest.domains();
    return std::count_if(domains.begin(), domains.end(), [&guid](const Domain& domain) {
               return domain.truth.alive(guid) != nullptr ||
                      std::any_of(domain.dcs.begin(), domain.dcs.end(),
                                  [&guid](const Dc& dc) { return dc.replica.alive(guid) != nullptr; });
           }) > 1;
}

Verdict Witness::judge_line(const JournalLine& line, const Cycle& cycle) {
    if (lives_twice(line)) return line.action == "create" ? judge_ids(line) : std::nullopt;
    if (line.action == "create") {
        if (auto wrong = judge_ids(line)) return wrong;
        return judge_created(line);
    }
    if (line.action == "remove_member") return judge_lost_membership(line);
    if (line.action == "add_member") return judge_added(line);
    const Row* row = replay_.store().row(line.object_id);
    if (row == nullptr) return fault("5.10: a line of nobody", line);
    const ObjectGuid guid = guid_of(*row);
    return line.action == "delete" ? judge_removal(guid, *row, line, cycle)
                                   : judge_update(guid, *row, line, cycle);
}

/// The same object, the same id, for the life of the store (semantics 3.1, 4.3); another object, another id.
Verdict Witness::judge_ids(const JournalLine& line) {
    const ObjectGuid guid = guid_of(JournalLine::columns(line.after));
    // A user whom an admin made has no identity elsewhere.
    if (guid.is_nil()) return std::nullopt;
    const auto [at, is_new] = ids_.try_emplace(guid, line.object_id);
    if (at->second != line.object_id) return fault("3.1: another id than before", line);
    for (const auto& [other, id] : ids_) {
        if (id == line.object_id && other != guid) return fault("4.2: the id of somebody else", line);
    }
    return std::nullopt;
}

Verdict Witness::judge_removal(const ObjectGuid& guid, const Row& row, const JournalLine& line,
                               const Cycle& cycle) {
    // It was undone, and an admin released it all the same.
    if (is_approved(HoldClass::reverted, guid)) return std::nullopt;
    if (clock_ran_out(row, scene_.choice.delete_after, cycle.now) || proved_deleted_.contains(guid) ||
        counts_as_deleted(guid))
        return judge_cause(guid, row, line);
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
        const bool proved = std::any_of(models.begin(), models.end(), [&](const auto& model) {
            const Object* user = model->object(guid);
            return user == nullptr || (in_doubt_ ? user->disabled : model->is_disabled(*user));
        });
        if (!proved) return fault("3.7: disabled without a reason", line);
    }
    if (line.is_user() && column(before, "status") == "DISABLED") {
        if (auto wrong = judge_enabled(guid, after, line)) return wrong;
    }
    if (column(before, "scope") != "out" && before.contains("scope") && column(after, "scope") == "out") {
        if (in_doubt_) return fault("5.13: a clock starts in doubt", line);
        if (auto wrong = judge_edit(guid, line)) return wrong;
        const auto& models = possible();
        const bool proved = std::any_of(models.begin(), models.end(), [&](const auto& model) {
            return line.is_user() ? !model->is_user_in(guid) : !model->is_group_in(guid);
        });
        if (!proved && !a_group_dies_while_read())
            return fault("4.4: put out of the scope without a reason", line);
    }
    return judge_cause(guid, after, line);
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
        const Model memory(scene_.forest, remembered(), scene_.choice, pins_, judged_at_, known_before_);
        const bool crosses = crossing_.contains({line.object_id, user_id}) ||
                             memory.is_member(guid_of(*group), guid_of(*user));
        const bool lapsed = crosses && a_clock_ran_out(*user);
        if (clock_ran_out(*group, scene_.choice.disable_after, judged_at_) || lapsed) return std::nullopt;
        if (column(*group, "scope") == "out") return fault("4.4: emptied before its time", line);
    }
    const ObjectPtr object = scene_.forest.object(guid_of(*user));
    if (trusted_ && object && !is_configured(object->domain) &&
        crossing_.contains({line.object_id, user_id})) {
        const Model model(scene_.forest, remembered(), scene_.choice, pins_, judged_at_, known_before_);
        if (model.is_member(guid_of(*group), guid_of(*user)) && !a_clock_ran_out(*user))
            return fault("5.17: crosses into a domain that is no longer configured", line);
    }
    // Of a group that comes back, its own line says why it is in.
    const bool proved = std::any_of(models.begin(), models.end(), [&](const auto& model) {
        return (comes_back || model->is_group_in(guid_of(*group))) &&
               !model->is_member(guid_of(*group), guid_of(*user));
    });
    if (proved || ends_beside_a_hidden_list(guid_of(*group), guid_of(*user)) ||
        ends_while_read(guid_of(*group), guid_of(*user)))
        return std::nullopt;
    return fault("5.2: membership removed without proof", line);
}

/// Where a list cannot be read, one group may be as it was and the one below it as it is.
bool Witness::ends_beside_a_hidden_list(const ObjectGuid& group, const ObjectGuid& user) {
    const Denied& denied = scene_.forest.denied;
    if (denied.lists.empty() && denied.halves.empty() && denied.back_links.empty() && lost_links_.empty())
        return false;
    // Whether the group is in is judged by its own lines: a held link that no model knows may keep it in.
    const auto& models = possible();
    return std::any_of(models.begin(), models.end(),
                       [&](const auto& model) { return !model->reaches(group, user); });
}

/// The way through a nested group ends with that group; a link that came before that may not be told yet.
bool Witness::a_group_dies_while_read() const {
    return scene_.source.went_on_while_read() &&
           std::any_of(lines_.begin(), lines_.end(), [](const JournalLine& line) {
               return line.object_type == "GROUP" && line.action == "delete";
           });
}

/// No read is of one moment: a group may be looked at once it is empty, and the one above it have been told
/// while it was in it still.
bool Witness::ends_while_read(const ObjectGuid& group, const ObjectGuid& user) {
    if (!scene_.source.went_on_while_read()) return false;
    if (a_group_dies_while_read()) return true;
    Views earlier(scene_.forest.domains().size());
    for (const std::size_t domain : scene_.choice.domains) earlier[domain] = &known_earlier_[domain];
    const Model before(scene_.forest, std::move(earlier), scene_.choice, pins_, judged_at_, known_before_);
    const auto& models = possible();
    return before.is_group_in(group) && std::any_of(models.begin(), models.end(), [&](const auto& model) {
               return !model->reaches(group, user);
           });
}

}  // namespace dirsync::sim
