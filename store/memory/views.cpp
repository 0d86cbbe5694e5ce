#include <algorithm>
#include <charconv>

#include "core/text.hpp"
#include "model/source_identity.hpp"
#include "model/words.hpp"
#include "store/codec.hpp"
#include "store/memory/state.hpp"

namespace dirsync::store {
namespace {

using sync::Value;
using Row = std::vector<Value>;

Value text_value(std::string_view text) { return std::string(text); }
Value time_value(Time time) { return to_text(time); }
Value time_value(const std::optional<Time>& time) { return time ? Value(to_text(*time)) : Value(); }
Value text_or_null(const std::string& text) { return text.empty() ? Value() : Value(text); }

/// The record of a kind with this GUID; null: none.
template <class Records>
const typename Records::mapped_type* record_of(const Records& records, const ObjectGuid& guid) {
    const auto found =
        std::ranges::find_if(records, [&guid](const auto& item) { return guid_of(item.second.row) == guid; });
    return found == records.end() ? nullptr : &found->second;
}

Row held_row(const sync::HeldLine& line) {
    return {line.hold_id, text_value(text_of(line.hold)), line.object_type, line.object_id,
            line.name,    time_value(line.since),         line.limit};
}

std::vector<Row> all_rows(const MemoryState& state, std::string_view view) {
    std::vector<Row> rows;
    if (view == "v1_users") {
        for (const auto& [node, user] : state.users) {
            const sync::UserRow& row = user.row;
            rows.push_back({to_text(user.id), row.user_name, row.display_name, row.given_name,
                            row.family_name, row.middle_name, row.email, text_value(text_of(row.status)),
                            row.external_id, row.sid, sync::json_text(row.attributes),
                            text_value(text_of(row.scope)), time_value(row.out_since),
                            time_value(user.created), time_value(user.updated), user.revision});
        }
    } else if (view == "v1_groups") {
        for (const auto& [node, group] : state.groups) {
            const sync::GroupRow& row = group.row;
            rows.push_back({to_text(group.id), row.display_name, row.description, row.external_id,
                            sync::json_text(row.attributes), text_value(text_of(row.scope)),
                            time_value(row.out_since), time_value(group.created), time_value(group.updated),
                            group.revision});
        }
    } else if (view == "v1_memberships") {
        for (const sync::Edge& edge : state.memberships) {
            rows.push_back(
                {to_text(state.groups.at(edge.group).id), to_text(state.users.at(edge.member).id)});
        }
    } else if (view == "v1_permission_sets") {
        for (const auto& [id, set] : state.permission_sets)
            rows.push_back({to_text(id), set.name, set.description});
    } else if (view == "v1_assignments") {
        for (const auto& [id, assignment] : state.assignments) {
            rows.push_back({to_text(id), text_value(text_of(assignment.principal_type)),
                            to_text(assignment.principal), to_text(assignment.permission_set),
                            assignment.target, std::int64_t{is_dangling(state, assignment)}});
        }
    } else if (view == "v1_changes") {
        for (const auto& [seq, run_id, at, line] : state.journal) {
            rows.push_back({static_cast<std::int64_t>(seq), to_text(run_id), time_value(at),
                            text_value(text_of(line.action)), text_value(text_of(line.object_type)),
                            line.object_id, line.name, text_or_null(line.before), text_or_null(line.after),
                            line.reason});
        }
    } else if (view == "v1_runs") {
        for (const auto& [id, run] : state.runs) {
            rows.push_back({to_text(id), time_value(run.started), time_value(run.ended),
                            text_value(text_of(run.kind)), run.trigger, text_value(text_of(run.outcome)),
                            counts_text(run.counts), text_or_null(run.error), text_or_null(run.actor),
                            text_or_null(run.note), text_or_null(run.hold_id)});
        }
    } else if (view == "v1_holds") {
        for (const auto& [id, hold] : state.holds) {
            for (const auto& object : hold.objects) rows.push_back(held_row(held_line(state, hold, object)));
        }
    } else if (view == "v1_entity_errors") {
        for (const auto& [id, record] : state.errors) {
            rows.push_back({to_text(id), record.error.sid, text_value(object_type_of(record.error)),
                            record.error.name, record.error.code, record.error.message,
                            time_value(record.since)});
        }
    } else if (view == "v1_identity_source") {
        rows.push_back({text_value(sync::text_of(state.source.kind)), sync::source_label(state.source),
                        to_text(state.source.store_id), time_value(state.source.since),
                        text_value(state.source.change_pending ? "change_pending" : "active")});
    }
    return rows;
}

bool matches(const Value& value, ColumnKind kind, const std::string& wanted) {
    if (const auto* number = std::get_if<std::int64_t>(&value)) return std::to_string(*number) == wanted;
    const auto* text = std::get_if<std::string>(&value);
    if (text == nullptr) return false;
    switch (kind) {
        case ColumnKind::id:
            return *text == text::lower(wanted);
        case ColumnKind::external_id: {
            const auto ids = sync::external_ids_meant(wanted);
            return std::ranges::find(ids, *text) != ids.end();
        }
        case ColumnKind::name:
            return !wanted.empty() && text::folded(*text) == text::folded(wanted);
        case ColumnKind::text:
            return text::folded(*text) == text::folded(wanted);
        case ColumnKind::time:
        case ColumnKind::integer:
            break;
    }
    return *text == wanted;
}

}  // namespace

sync::HeldLine held_line(const MemoryState& state, const sync::Hold& hold, const sync::HeldObject& object) {
    const auto& [first, second] = object;
    // An attribute that is not emptied has the target first and the user or group second.
    const bool is_of_target = hold.hold == sync::HoldClass::clear_attribute;
    const bool is_membership = !is_of_target && !second.is_nil();
    const ObjectGuid& object_guid = is_of_target ? second : first;
    const ObjectGuid& named = second.is_nil() ? first : second;
    const auto* group = record_of(state.groups, object_guid);
    const auto* user = record_of(state.users, named);
    std::string type;
    std::string name;
    for (const auto& [node, known] : state.objects) {
        if (known.row.guid != named) continue;
        type = known.row.kind == sync::EntryKind::group ? "GROUP" : "USER";
        name = known.dn;
    }
    std::string id = to_text(object_guid);
    if (group != nullptr) id = to_text(group->id);
    if (user != nullptr) name = user->row.user_name;
    if (is_membership) {
        type = "MEMBERSHIP";
        name = (group != nullptr ? group->row.display_name : to_text(first)) + ": " + name;
    } else if (user != nullptr) {
        type = "USER";
        id = to_text(user->id);
    } else if (group != nullptr) {
        type = "GROUP";
        name = group->row.display_name;
    }
    return {hold.id, hold.hold, type, id, name, hold.since, hold.limit};
}

sync::Rows read_view(const MemoryState& state, const CheckedQuery& query) {
    sync::Rows out;
    for (const ViewColumn& column : query.view->columns) out.columns.emplace_back(column.name);
    out.rows = all_rows(state, query.view->name);
    std::erase_if(out.rows, [&query](const Row& row) {
        for (const auto& [column, wanted] : query.equals) {
            if (!matches(row[query.view->index_of(column->name)], column->kind, wanted)) return true;
        }
        return query.after_seq &&
               std::get<std::int64_t>(row[query.view->index_of("seq")]) <= *query.after_seq;
    });
    if (query.order_by != nullptr) {
        const std::size_t place = query.view->index_of(query.order_by->name);
        std::ranges::stable_sort(out.rows, [&query, place](const Row& a, const Row& b) {
            return query.descending ? b[place] < a[place] : a[place] < b[place];
        });
    }
    const auto rows = static_cast<std::int64_t>(out.rows.size());
    const std::int64_t first = std::clamp<std::int64_t>(query.offset, 0, rows);
    out.rows.erase(out.rows.begin(), out.rows.begin() + first);
    if (query.limit >= 0 && query.limit < rows - first)
        out.rows.resize(static_cast<std::size_t>(query.limit));
    return out;
}

}  // namespace dirsync::store
