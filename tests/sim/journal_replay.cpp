#include "tests/sim/journal_replay.hpp"

#include <algorithm>

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "tests/sim/expect.hpp"

namespace dirsync::sim {
namespace {

void put(Row& row, const std::string& column, std::string value) {
    // No extra attributes are written in two ways.
    if (value.empty() || value == "{}") {
        row.erase(column);
    } else {
        row[column] = std::move(value);
    }
}

std::string text_of(const Row& row) {
    std::string text;
    for (const auto& [column, value] : row) text += " " + column + "=" + value;
    return text;
}

}  // namespace

std::string column(const Row& row, const std::string& name) {
    const auto found = row.find(name);
    return found == row.end() ? std::string() : found->second;
}

ObjectGuid guid_of(const Row& row) {
    return parse<ObjectGuid>(column(row, "external_id")).value_or(ObjectGuid{});
}

Row JournalLine::columns(const std::string& text) {
    Row row;
    boost::system::error_code error;
    const auto value = boost::json::parse(text, error);
    if (error || !value.is_object()) return row;
    for (const auto& [key, field] : value.get_object()) {
        const std::string column(key.data(), key.size());
        if (field.is_string()) {
            row[column] = std::string(field.get_string().data(), field.get_string().size());
        } else if (field.is_null()) {
            row[column].clear();
        } else {
            row[column] = boost::json::serialize(field);
        }
    }
    return row;
}

std::string JournalLine::text() const {
    return action + " " + object_type + " " + name + " " + before + " -> " + after + " (" + reason + ")";
}

const Row* ReplayedStore::row(const std::string& id) const {
    if (const auto user = users.find(id); user != users.end()) return &user->second;
    const auto group = groups.find(id);
    return group == groups.end() ? nullptr : &group->second;
}

std::vector<Row> view_rows(sync::IdentityStore& store, const std::string& view,
                           std::optional<std::int64_t> after_seq) {
    sync::ViewQuery query;
    query.view = view;
    query.after_seq = after_seq;
    if (after_seq) query.order_by = "seq";
    const auto answer = must(store.query(query), view);
    std::vector<Row> rows;
    for (const auto& values : answer.rows) {
        Row row;
        for (std::size_t i = 0; i < values.size(); ++i) {
            if (const auto* text = std::get_if<std::string>(&values[i])) put(row, answer.columns[i], *text);
            if (const auto* number = std::get_if<std::int64_t>(&values[i]))
                row[answer.columns[i]] = std::to_string(*number);
        }
        rows.push_back(std::move(row));
    }
    return rows;
}

std::optional<std::string> JournalReplay::fetch(sync::IdentityStore& store, std::vector<JournalLine>& lines) {
    lines.clear();
    for (auto& row : view_rows(store, "v1_changes", last_seq_)) {
        JournalLine line{std::stoll(row["seq"]), row["action"], row["object_type"],
                         row["object_id"],       row["name"],   row["before"],
                         row["after"],           row["reason"]};
        if (line.seq <= last_seq_) return "the journal's seq does not rise: " + line.text();
        last_seq_ = line.seq;
        lines.push_back(std::move(line));
    }
    return std::nullopt;
}

/// Of permission sets and assignments only the ids are known here.
std::optional<std::string> JournalReplay::apply_to(std::set<std::string>& ids,
                                                   const JournalLine& line) const {
    const bool fits = line.action == "create"   ? ids.insert(line.object_id).second
                      : line.action == "delete" ? ids.erase(line.object_id) > 0
                                                : false;
    return fits ? std::nullopt : std::optional("it does not fit what there is: " + line.text());
}

std::optional<std::string> JournalReplay::apply(const JournalLine& line) {
    if (line.object_type == "PERMISSION_SET") return apply_to(store_.permission_sets, line);
    if (line.object_type == "ASSIGNMENT") return apply_to(store_.assignments, line);
    const auto fault = [&line](const char* why) { return std::string(why) + ": " + line.text(); };
    auto& rows = line.is_user() ? store_.users : store_.groups;
    if (line.action == "create") {
        const auto [at, is_new] = rows.try_emplace(line.object_id);
        if (!is_new) return fault("created twice");
        for (auto& [name, value] : JournalLine::columns(line.after)) put(at->second, name, value);
        return std::nullopt;
    }
    const auto found = rows.find(line.object_id);
    if (found == rows.end()) return fault("the journal changes what it never created");
    if (line.action == "update") {
        for (const auto& [name, value] : JournalLine::columns(line.before)) {
            if (column(found->second, name) != (value == "{}" ? "" : value))
                return fault("`before` is not what was there");
        }
        for (auto& [name, value] : JournalLine::columns(line.after)) put(found->second, name, value);
    } else if (line.action == "delete") {
        const bool has_members =
            std::any_of(store_.memberships.begin(), store_.memberships.end(), [&line](const auto& pair) {
                return pair.first == line.object_id || pair.second == line.object_id;
            });
        if (has_members) return fault("removed before its memberships");
        rows.erase(found);
    } else if (line.action == "add_member") {
        const auto user = JournalLine::columns(line.after)["user_id"];
        if (!store_.users.contains(user)) return fault("a member that is not there");
        if (!store_.memberships.emplace(line.object_id, user).second) return fault("a member added twice");
    } else if (line.action == "remove_member") {
        if (store_.memberships.erase({line.object_id, JournalLine::columns(line.before)["user_id"]}) == 0)
            return fault("a member removed that was none");
    } else {
        return fault("an action the contract does not know");
    }
    return std::nullopt;
}

std::optional<std::string> JournalReplay::difference(sync::IdentityStore& store) const {
    const auto compare = [&](const char* view, const char* id,
                             const std::map<std::string, Row>& replayed) -> std::optional<std::string> {
        std::map<std::string, Row> rows;
        for (auto& row : view_rows(store, view)) {
            const std::string key = row[id];
            for (const char* own : {id, "created_at", "updated_at", "revision"}) row.erase(own);
            rows[key] = std::move(row);
        }
        for (const auto& [key, row] : rows) {
            const auto found = replayed.find(key);
            if (found == replayed.end())
                return std::string(view) + " has, the journal has not:" + text_of(row);
            if (found->second != row)
                return std::string(view) + ":" + text_of(row) + "; the journal:" + text_of(found->second);
        }
        if (rows.size() != replayed.size()) return std::string(view) + " lacks what the journal has";
        return std::nullopt;
    };
    if (auto fault = compare("v1_users", "user_id", store_.users)) return fault;
    if (auto fault = compare("v1_groups", "group_id", store_.groups)) return fault;
    std::set<std::pair<std::string, std::string>> memberships;
    for (auto& row : view_rows(store, "v1_memberships")) memberships.emplace(row["group_id"], row["user_id"]);
    if (memberships != store_.memberships) return "v1_memberships is not what the journal says";
    const auto ids_of = [&store](const char* view, const char* id) {
        std::set<std::string> ids;
        for (auto& row : view_rows(store, view)) ids.insert(row[id]);
        return ids;
    };
    if (ids_of("v1_permission_sets", "permission_set_id") != store_.permission_sets)
        return "v1_permission_sets is not what the journal says";
    if (ids_of("v1_assignments", "assignment_id") != store_.assignments)
        return "v1_assignments is not what the journal says";
    return std::nullopt;
}

}  // namespace dirsync::sim
