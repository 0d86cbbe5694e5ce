#include <algorithm>

#include "tests/sim/witness.hpp"

// The store against the model.
namespace dirsync::sim {
namespace {

class Comparison {
public:
    Comparison(const Model& model, const ReplayedStore& store, const std::vector<Row>& errors,
               const Choice& choice, const Excused& excused, Time now)
        : model_(model), store_(store), choice_(choice), excused_(excused), now_(now) {
        for (const auto& error : errors) errors_[guid_of(error)] = error;
        for (const auto& [id, row] : store.users) by_guid_[guid_of(row)] = id;
        for (const auto& [id, row] : store.groups) by_guid_[guid_of(row)] = id;
    }

    Verdict difference() const {
        for (const auto& guid : model_.users_in()) {
            const Object& user = *model_.object(guid);
            if (auto wrong = compare_row(guid, model_.user_row(user), store_.users)) return wrong;
        }
        for (const auto& guid : model_.groups_in()) {
            const Object& group = *model_.object(guid);
            if (auto wrong = compare_row(guid, model_.group_row(group), store_.groups)) return wrong;
        }
        for (const auto& [id, row] : store_.users) {
            if (auto wrong = judge_presence(row, true)) return wrong;
        }
        for (const auto& [id, row] : store_.groups) {
            if (auto wrong = judge_presence(row, false)) return wrong;
        }
        return compare_memberships();
    }

private:
    const Row* row_of(const ObjectGuid& guid, const std::map<std::string, Row>& rows) const {
        const auto id = by_guid_.find(guid);
        const auto found = id == by_guid_.end() ? rows.end() : rows.find(id->second);
        return found == rows.end() ? nullptr : &found->second;
    }

    Verdict compare_row(const ObjectGuid& guid, const Model::Expected& expected,
                        const std::map<std::string, Row>& rows) const {
        if (excused_.rows.contains(guid)) return std::nullopt;
        const Row* row = row_of(guid, rows);
        const auto error = errors_.find(guid);
        const std::string who = to_text(guid) + " ";
        if (!expected.error.empty() && error == errors_.end())
            return who + "should be listed: " + expected.error;
        if (error == errors_.end()) {
            if (row == nullptr) return who + "is missing";
            for (const auto& [name, value] : expected.columns) {
                if (column(*row, name) != value)
                    return who + name + " is '" + column(*row, name) + "', should be '" + value + "'";
            }
            if (choice_.mapping == 0 && !column(*row, "attributes").empty())
                return who + "has extra attributes";
            return std::nullopt;
        }
        const std::string code = column(error->second, "code");
        if (expected.error.empty() && code != "ConflictError") return who + "is listed for nothing: " + code;
        if (code == "ConflictError" && !is_contested(guid, expected, rows))
            return who + "is a conflict with nobody: " + column(error->second, "message");
        const bool is_user = &rows == &store_.users;
        if (expected.error.empty() && is_user && !is_taken(guid, expected, rows, "user_name")) {
            // A contested e-mail costs the e-mail, not the user (semantics 3.5).
            if (row == nullptr) return who + "is kept out by an e-mail";
            for (const auto& [name, value] : expected.columns) {
                if (name == "email" ? lower(column(*row, name)) == lower(value) : column(*row, name) != value)
                    return who + "(with another e-mail) " + name + " is '" + column(*row, name) + "'";
            }
            return std::nullopt;
        }
        // The last good row stays, but for its status (semantics 3.4).
        if (row == nullptr) return std::nullopt;
        for (const char* name : {"status", "scope", "out_since"}) {
            const auto wanted = expected.columns.find(name);
            if (wanted != expected.columns.end() && column(*row, name) != wanted->second)
                return who + "(with an error) " + name + " is '" + column(*row, name) + "'";
        }
        return std::nullopt;
    }

    /// Has somebody else what this one should have?
    static bool is_taken(const ObjectGuid& guid, const Model::Expected& expected,
                         const std::map<std::string, Row>& rows, const char* name) {
        const auto wanted = expected.columns.find(name);
        if (wanted == expected.columns.end() || wanted->second.empty()) return false;
        return std::any_of(rows.begin(), rows.end(), [&](const auto& row) {
            return guid_of(row.second) != guid && lower(wanted->second) == lower(column(row.second, name));
        });
    }

    bool is_contested(const ObjectGuid& guid, const Model::Expected& expected,
                      const std::map<std::string, Row>& rows) const {
        if (&rows == &store_.groups) return is_taken(guid, expected, rows, "display_name");
        return is_taken(guid, expected, rows, "user_name") || is_taken(guid, expected, rows, "email");
    }

    Verdict judge_presence(const Row& row, bool is_user) const {
        const ObjectGuid guid = guid_of(row);
        const Object* object = model_.object(guid);
        const std::string who = to_text(guid) + " ";
        if (excused_.rows.contains(guid)) return std::nullopt;
        const bool is_in = is_user ? model_.is_user_in(guid) : model_.is_group_in(guid);
        // A name that a conflict made takes no user out, whatever the filters say of it (semantics 5.17).
        if (is_in || (object != nullptr && object->mangled)) return std::nullopt;
        if (column(row, "scope") != "out") return who + "is not out of scope";
        const auto since = parse_time(column(row, "out_since"));
        if (!since) return who + "has no clock";
        if (choice_.delete_after && now_ - *since >= *choice_.delete_after) return who + "should be removed";
        if (!is_user || object == nullptr) return std::nullopt;
        const bool ran_out = choice_.disable_after && now_ - *since >= *choice_.disable_after;
        const bool should = model_.is_disabled(*object) || ran_out;
        if ((column(row, "status") == "DISABLED") != should)
            return who + "(out of scope) has the wrong status";
        return std::nullopt;
    }

    Verdict compare_memberships() const {
        std::set<std::pair<std::string, std::string>> wanted;
        for (const auto& group : model_.groups_in()) {
            const auto group_id = by_guid_.find(group);
            if (group_id == by_guid_.end()) continue;
            for (const auto& user : model_.users_of(group)) {
                const auto user_id = by_guid_.find(user);
                if (user_id != by_guid_.end()) wanted.emplace(group_id->second, user_id->second);
            }
        }
        for (const auto& pair : wanted) {
            if (!store_.memberships.contains(pair) && !is_excused(pair))
                return "a membership is missing:" + named(pair);
        }
        for (const auto& pair : store_.memberships) {
            if (is_excused(pair)) continue;
            const Row& group = store_.groups.at(pair.first);
            if (column(group, "scope") != "out") {
                const Row& user = store_.users.at(pair.second);
                const auto out_since = parse_time(column(user, "out_since"));
                const bool ran_out =
                    out_since && choice_.disable_after && now_ - *out_since >= *choice_.disable_after;
                if (!wanted.contains(pair) && (ran_out || !is_crossing(pair)))
                    return "a membership too many:" + named(pair);
                continue;
            }
            const auto since = parse_time(column(group, "out_since"));
            if (since && choice_.disable_after && now_ - *since >= *choice_.disable_after)
                return "a group out of scope should be empty:" + named(pair);
        }
        return std::nullopt;
    }

    bool is_crossing(const std::pair<std::string, std::string>& pair) const {
        return excused_.crossing.contains(pair) ||
               excused_.remembered->is_member(guid_of(store_.groups.at(pair.first)),
                                              guid_of(store_.users.at(pair.second)));
    }

    /// The membership waits, or one of its ends does.
    bool is_excused(const std::pair<std::string, std::string>& pair) const {
        const ObjectGuid group = guid_of(store_.groups.at(pair.first));
        const ObjectGuid user = guid_of(store_.users.at(pair.second));
        return excused_.memberships.contains({group, user}) || excused_.rows.contains(group) ||
               excused_.rows.contains(user);
    }

    std::string named(const std::pair<std::string, std::string>& pair) const {
        return " " + column(store_.groups.at(pair.first), "display_name") + " has " +
               column(store_.users.at(pair.second), "user_name");
    }

    const Model& model_;
    const ReplayedStore& store_;
    const Choice& choice_;
    const Excused& excused_;
    Time now_;
    std::map<ObjectGuid, Row> errors_;
    std::map<ObjectGuid, std::string> by_guid_;
};

}  // namespace

Verdict difference(const Model& model, const ReplayedStore& store, const std::vector<Row>& errors,
                   const Choice& choice, const Excused& excused, Time now) {
    return Comparison(model, store, errors, choice, excused, now).difference();
}

}  // namespace dirsync::sim
