#include <algorithm>

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "model/describe.hpp"
#include "model/json_view.hpp"
#include "model/snapshot.hpp"

// Snapshots as JSON Lines, with the names of the views.
namespace dirsync::sync {
namespace {

namespace json = boost::json;

constexpr std::string_view format_name = "dirsyncd-snapshot-1";

void append(std::string& out, const json::object& line) { out += json::serialize(line) + '\n'; }

/// What is wrong with a line.
struct BadLine {
    std::string why;
};

std::string text_in(const json::object& line, std::string_view name) {
    const auto* value = line.if_contains(json_view(name));
    if (value == nullptr || !value->is_string())
        throw BadLine{"the text " + std::string(name) + " is missing"};
    return std::string(value->get_string());
}

std::string some_text_in(const json::object& line, std::string_view name) {
    std::string text = text_in(line, name);
    if (text.empty()) throw BadLine{std::string(name) + " is empty"};
    return text;
}

RowId id_in(const json::object& line, std::string_view name) {
    const auto id = parse<RowId>(text_in(line, name));
    if (!id) throw BadLine{std::string(name) + " is not a UUID"};
    return *id;
}

ExtraAttributes attributes_in(const json::object& line) {
    const auto* value = line.if_contains("attributes");
    const auto* object = value == nullptr ? nullptr : value->if_object();
    if (object == nullptr) throw BadLine{"the object attributes is missing"};
    ExtraAttributes attributes;
    for (const auto& [name, text] : *object) {
        if (!text.is_string()) throw BadLine{"an attribute is not a text"};
        attributes.emplace_back(std::string(name), std::string(text.get_string()));
    }
    std::ranges::sort(attributes);
    return attributes;
}

Snapshot snapshot_in(const json::object& line) {
    const auto* format = line.if_contains("format");
    if (format == nullptr || !format->is_string() || format->get_string() != json_view(format_name)) {
        throw BadLine{"a snapshot begins with a line of the format '" + std::string(format_name) + "'"};
    }
    Snapshot snapshot;
    snapshot.id = to_text(id_in(line, "snapshot_id"));
    const auto taken = parse_time(text_in(line, "taken_at"));
    if (!taken) throw BadLine{"taken_at is not a time"};
    snapshot.taken = *taken;
    const auto kind = parsed_source_kind(text_in(line, "type"));
    if (!kind) throw BadLine{"type is not a kind of identity source"};
    snapshot.kind = *kind;
    snapshot.source = some_text_in(line, "source");
    snapshot.successor = some_text_in(line, "successor");
    return snapshot;
}

StoredUser user_in(const json::object& line) {
    StoredUser user;
    user.id = id_in(line, "user_id");
    user.row.external_id = text_in(line, "external_id");
    user.row.user_name = some_text_in(line, "user_name");
    user.row.display_name = text_in(line, "display_name");
    user.row.given_name = text_in(line, "given_name");
    user.row.family_name = text_in(line, "family_name");
    user.row.middle_name = text_in(line, "middle_name");
    user.row.email = text_in(line, "email");
    user.row.sid = text_in(line, "sid");
    user.row.attributes = attributes_in(line);
    const std::string status = text_in(line, "status");
    if (status != "ENABLED" && status != "DISABLED") throw BadLine{"status is ENABLED or DISABLED"};
    user.row.status = status == "ENABLED" ? Status::enabled : Status::disabled;
    return user;
}

StoredGroup group_in(const json::object& line) {
    StoredGroup group;
    group.id = id_in(line, "group_id");
    group.row.external_id = text_in(line, "external_id");
    group.row.display_name = some_text_in(line, "display_name");
    group.row.description = text_in(line, "description");
    group.row.attributes = attributes_in(line);
    return group;
}

Assignment assignment_in(const json::object& line) {
    Assignment assignment;
    assignment.id = id_in(line, "assignment_id");
    const std::string type = text_in(line, "principal_type");
    if (type != "USER" && type != "GROUP") throw BadLine{"principal_type is USER or GROUP"};
    assignment.principal_type = type == "USER" ? PrincipalType::user : PrincipalType::group;
    assignment.principal = id_in(line, "principal_id");
    assignment.permission_set = id_in(line, "permission_set_id");
    assignment.target = some_text_in(line, "target");
    return assignment;
}

void take(std::string_view text, bool first, SnapshotContents& out) {
    boost::system::error_code error;
    const json::value value = json::parse(json_view(text), error);
    if (error || !value.is_object()) throw BadLine{"it is not a JSON object"};
    const json::object& line = value.get_object();
    if (first) {
        out.about = snapshot_in(line);
        return;
    }
    const std::string kind = text_in(line, "kind");
    if (kind == "user") {
        out.users.push_back(user_in(line));
    } else if (kind == "group") {
        out.groups.push_back(group_in(line));
    } else if (kind == "membership") {
        out.memberships.emplace_back(id_in(line, "group_id"), id_in(line, "user_id"));
    } else if (kind == "permission_set") {
        out.permission_sets.push_back(
            {id_in(line, "permission_set_id"), some_text_in(line, "name"), text_in(line, "description")});
    } else if (kind == "assignment") {
        out.assignments.push_back(assignment_in(line));
    } else {
        throw BadLine{"its kind " + quoted_peer_text(kind) + " is unknown"};
    }
}

}  // namespace

std::string lines_of(const SnapshotContents& contents) {
    std::string out;
    const Snapshot& about = contents.about;
    append(out, {{"kind", "snapshot"},
                 {"format", json_view(format_name)},
                 {"snapshot_id", about.id},
                 {"taken_at", to_text(about.taken)},
                 {"type", json_view(text_of(about.kind))},
                 {"source", about.source},
                 {"successor", about.successor}});
    for (const auto& [node, id, row] : contents.users) {
        append(out, {{"kind", "user"},
                     {"user_id", to_text(id)},
                     {"user_name", row.user_name},
                     {"display_name", row.display_name},
                     {"given_name", row.given_name},
                     {"family_name", row.family_name},
                     {"middle_name", row.middle_name},
                     {"email", row.email},
                     {"status", row.status == Status::enabled ? "ENABLED" : "DISABLED"},
                     {"external_id", row.external_id},
                     {"sid", row.sid},
                     {"attributes", json::parse(json_text(row.attributes))}});
    }
    for (const auto& [node, id, row] : contents.groups) {
        append(out, {{"kind", "group"},
                     {"group_id", to_text(id)},
                     {"display_name", row.display_name},
                     {"description", row.description},
                     {"external_id", row.external_id},
                     {"attributes", json::parse(json_text(row.attributes))}});
    }
    for (const auto& [group, user] : contents.memberships)
        append(out, {{"kind", "membership"}, {"group_id", to_text(group)}, {"user_id", to_text(user)}});
    for (const auto& [id, name, description] : contents.permission_sets) {
        append(out, {{"kind", "permission_set"},
                     {"permission_set_id", to_text(id)},
                     {"name", name},
                     {"description", description}});
    }
    for (const Assignment& assignment : contents.assignments) {
        append(out, {{"kind", "assignment"},
                     {"assignment_id", to_text(assignment.id)},
                     {"principal_type", json_view(text_of(assignment.principal_type))},
                     {"principal_id", to_text(assignment.principal)},
                     {"permission_set_id", to_text(assignment.permission_set)},
                     {"target", assignment.target}});
    }
    return out;
}

Result<SnapshotContents> parsed_snapshot(std::string_view lines) {
    SnapshotContents out;
    std::uint64_t number = 0;
    bool first = true;
    while (!lines.empty()) {
        const std::size_t end = std::min(lines.find('\n'), lines.size());
        const std::string_view line = lines.substr(0, end);
        lines.remove_prefix(std::min(end + 1, lines.size()));
        ++number;
        if (line.empty()) continue;
        try {
            take(line, first, out);
        } catch (const BadLine& bad) {
            return Error(ErrorCode::refused,
                         "line " + std::to_string(number) + " of the snapshot: " + bad.why);
        }
        first = false;
    }
    if (first) return Error(ErrorCode::refused, "the snapshot is empty");
    return out;
}

}  // namespace dirsync::sync
