#include "api/record_json.hpp"

#include <boost/json/parse.hpp>

#include "model/row_text.hpp"
#include "model/source_identity.hpp"
#include "model/words.hpp"

namespace dirsync::api {
namespace {

namespace json = boost::json;

json::string_view view(std::string_view text) noexcept { return {text.data(), text.size()}; }

json::value text_or_null(const std::string& text) {
    return text.empty() ? json::value(nullptr) : json::value(text);
}

/// JSON text as a value; null where there is none, and a string where it is something else.
json::value embedded(const std::string& text) {
    if (text.empty()) return nullptr;
    boost::system::error_code error;
    json::value value = json::parse(text, error);
    return error ? json::value(text) : value;
}

void append_change(json::object& object, const sync::ChangeLine& change) {
    object["action"] = view(text_of(change.action));
    object["object_type"] = view(text_of(change.object_type));
    object["object_id"] = change.object_id;
    object["name"] = change.name;
    object["before"] = embedded(change.before);
    object["after"] = embedded(change.after);
    object["reason"] = change.reason;
}

template <class Row>
json::object object_of_row(const char* id, const sync::Record<Row>& record) {
    json::object object{{id, to_text(record.id)}};
    append_columns(object, record.row);
    object["created_at"] = to_text(record.created);
    object["updated_at"] = to_text(record.updated);
    object["revision"] = record.revision;
    return object;
}

}  // namespace

json::object object_of(const sync::UserRecord& user) { return object_of_row("user_id", user); }
json::object object_of(const sync::GroupRecord& group) { return object_of_row("group_id", group); }

json::object object_of(const sync::PermissionSet& set) {
    return {{"permission_set_id", to_text(set.id)}, {"name", set.name}, {"description", set.description}};
}

json::object object_of(const sync::AssignmentRecord& record) {
    const sync::Assignment& assignment = record.assignment;
    return {{"assignment_id", to_text(assignment.id)},
            {"principal_type", view(text_of(assignment.principal_type))},
            {"principal_id", to_text(assignment.principal)},
            {"permission_set_id", to_text(assignment.permission_set)},
            {"target", assignment.target},
            {"dangling", record.dangling ? 1 : 0}};
}

void append_outcome(json::object& object, const sync::RunRecord& run) {
    json::object counts;
    for (const auto& [name, count] : run.counts) counts[name] = count;
    object["kind"] = view(text_of(run.kind));
    object["trigger"] = run.trigger;
    object["outcome"] = view(text_of(run.outcome));
    object["counts"] = std::move(counts);
    object["error"] = text_or_null(run.error);
    object["actor"] = text_or_null(run.actor);
    object["note"] = text_or_null(run.note);
    object["hold_id"] = text_or_null(run.hold_id);
}

json::object object_of(const sync::RecordedRun& recorded) {
    json::object object{{"run_id", to_text(recorded.id)},
                        {"started_at", to_text(recorded.run.started)},
                        {"ended_at", to_text(recorded.run.ended)}};
    append_outcome(object, recorded.run);
    return object;
}

json::object object_of(const sync::ChangeLine& change) {
    json::object object;
    append_change(object, change);
    return object;
}

json::object object_of(const sync::JournalLine& line) {
    json::object object{{"seq", line.seq}, {"run_id", to_text(line.run)}, {"at", to_text(line.at)}};
    append_change(object, line.change);
    return object;
}

json::object object_of(const sync::HeldLine& line) {
    return {{"hold_id", line.hold_id},
            {"class", view(text_of(line.hold))},
            {"object_type", line.object_type},
            {"object_id", line.object_id},
            {"name", line.name},
            {"since", to_text(line.since)},
            {"reason", line.limit}};
}

json::object object_of(const sync::ListedError& listed) {
    const sync::EntityError& error = listed.error;
    return {{"external_id", to_text(error.external_id)},
            {"sid", error.sid},
            {"object_type", view(object_type_of(error))},
            {"name", error.name},
            {"code", error.code},
            {"message", error.message},
            {"since", to_text(listed.since)}};
}

json::object object_of(const sync::SourceRecord& source) {
    return {{"type", view(text_of(source.kind))},
            {"identity", source_label(source)},
            {"store_id", to_text(source.store_id)},
            {"since", to_text(source.since)},
            {"state", source.change_pending ? "change_pending" : "active"}};
}

json::object object_of(const sync::AnyRecord& record) {
    return std::visit(
        [](const auto& one) {
            if constexpr (std::is_same_v<std::remove_cvref_t<decltype(one)>, std::monostate>) {
                return json::object();
            } else {
                return object_of(one);
            }
        },
        record);
}

}  // namespace dirsync::api
