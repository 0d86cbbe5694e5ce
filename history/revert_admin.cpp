#include "history/revert_admin.hpp"

#include <algorithm>
#include <stdexcept>

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>

#include "core/error.hpp"

namespace dirsync::sync {
namespace {

namespace json = boost::json;

[[noreturn]] void damaged(const std::string& text) {
    throw std::runtime_error("the journal holds a line that this program did not write: " +
                             quoted_peer_text(text));
}

json::object object_of(const std::string& text) {
    boost::system::error_code error;
    auto value = json::parse(text, error);
    if (error || !value.is_object()) damaged(text);
    return std::move(value).as_object();
}

std::string text_in(const json::object& object, const char* name) {
    const auto* value = object.if_contains(name);
    const auto* text = value == nullptr ? nullptr : value->if_string();
    return text == nullptr ? std::string() : std::string(text->data(), text->size());
}

RowId id_in(const std::string& text) {
    const auto id = parse<RowId>(text);
    if (!id) damaged(text);
    return *id;
}

NotRestored skipped(const ChangeLine& line, std::string why) {
    return {line.action, line.object_type, line.object_id, line.name, std::move(why)};
}

}  // namespace

void AdminBack::take(const ChangeLine& line) {
    const bool was_created = line.action == LineAction::create;
    const json::object object = object_of(was_created ? line.after : line.before);
    const Action back = was_created ? Action::remove : Action::create;
    if (line.object_type == ObjectType::permission_set) {
        Set& set = sets_.emplace_back();
        set.line = line;
        set.change.action = back;
        set.change.reason = Reason::reverted;
        set.change.set = {id_in(line.object_id), text_in(object, "name"), text_in(object, "description")};
        return;
    }
    Assigned& assigned = assigned_.emplace_back();
    assigned.line = line;
    assigned.change.action = back;
    assigned.change.reason = Reason::reverted;
    Assignment& assignment = assigned.change.assignment;
    assignment.id = id_in(line.object_id);
    assignment.principal_type =
        text_in(object, "principal_type") == "GROUP" ? PrincipalType::group : PrincipalType::user;
    assignment.principal = id_in(text_in(object, "principal_id"));
    assignment.permission_set = id_in(text_in(object, "permission_set_id"));
    assignment.target = text_in(object, "target");
    assigned.change.principal_name = text_in(object, "principal_name");
    assigned.change.permission_set_name = text_in(object, "permission_set_name");
}

/// All that the plan has to know of the store as it is.
AdminKeys AdminBack::keys() const {
    AdminKeys keys;
    for (const auto& set : sets_) {
        keys.ids.push_back(set.change.set.id);
        keys.permission_sets.push_back(name_key(set.change.set.name));
    }
    for (const auto& assigned : assigned_) {
        keys.ids.push_back(assigned.change.assignment.id);
        keys.ids.push_back(assigned.change.assignment.permission_set);
    }
    keys.assignments_of_permission_sets = true;
    return keys;
}

Result<AdminBack::Outcome> AdminBack::plan(AdminStore& store, std::vector<NotRestored>& not_restored) const {
    auto found = store.find(keys());
    if (!found) return std::move(found).error();
    // The state that the changes so far lead to.
    auto& sets = found->permission_sets;
    auto& assignments = found->assignments;
    Outcome outcome;
    const auto set_with = [&sets](const RowId& id) {
        return std::find_if(sets.begin(), sets.end(), [&id](const PermissionSet& s) { return s.id == id; });
    };

    for (const auto& [line, change] : assigned_) {
        if (change.action != Action::remove) continue;
        const auto gone = std::erase_if(
            assignments, [&id = change.assignment.id](const Assignment& other) { return other.id == id; });
        if (gone > 0) outcome.assignments.push_back(change);
    }
    for (const auto& [line, change] : sets_) {
        const auto present = set_with(change.set.id);
        if (change.action == Action::create) {
            const auto key = name_key(change.set.name);
            const auto owner = std::find_if(sets.begin(), sets.end(), [key](const PermissionSet& other) {
                return name_key(other.name) == key;
            });
            if (present != sets.end()) continue;
            if (owner != sets.end()) {
                not_restored.push_back(skipped(line, "another permission set has that name by now"));
                continue;
            }
            sets.push_back(change.set);
        } else {
            if (present == sets.end()) continue;
            const bool assigned =
                std::any_of(assignments.begin(), assignments.end(),
                            [&id = change.set.id](const auto& other) { return other.permission_set == id; });
            if (assigned) {
                not_restored.push_back(skipped(line, "a later run assigned it: revert that one first"));
                continue;
            }
            sets.erase(present);
        }
        outcome.permission_sets.push_back(change);
    }
    for (const auto& [line, change] : assigned_) {
        if (change.action != Action::create) continue;
        const Assignment& wanted = change.assignment;
        if (set_with(wanted.permission_set) == sets.end()) {
            not_restored.push_back(skipped(line, "its permission set is gone"));
            continue;
        }
        const bool there = std::any_of(assignments.begin(), assignments.end(), [&](const Assignment& other) {
            return other.id == wanted.id ||
                   (other.principal == wanted.principal && other.permission_set == wanted.permission_set &&
                    other.target == wanted.target);
        });
        if (there) continue;
        assignments.push_back(wanted);
        outcome.assignments.push_back(change);
    }
    return outcome;
}

}  // namespace dirsync::sync
