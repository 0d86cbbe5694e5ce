#include "api/record_json.hpp"

#include <boost/json/parse.hpp>

#include "model/source_identity.hpp"
#include "model/words.hpp"

namespace dirsync::api {
namespace {

namespace json = boost::json;

json::string_view view(std::string_view text) noexcept { return {text.data(), text.size()}; }

json::value time_or_null(const std::optional<Time>& time) {
    return time ? json::value(to_text(*time)) : json::value(nullptr);
}

json::value text_or_null(const std::string& text) {
    return text.empty() ? json::value(nullptr) : json::value(text);
}

json::object object_of(const sync::ExtraAttributes& attributes) {
    json::object object;
    for (const auto& [name, value] : attributes) object[name] = value;
    return object;
}

/// JSON text as a value; null where there is none, and a string where it is something else.
json::value embedded(const std::string& text) {
    if (text.empty()) return nullptr;
    boost::system::error_code error;
    json::value value = json::parse(text, error);
    return error ? json::value(text) : value;
}

void add_lifecycle(json::object& object, const auto& record) {
    object["scope"] = view(text_of(record.row.scope));
    object["out_since"] = time_or_null(record.row.out_since);
    object["created_at"] = to_text(record.created);
    object["updated_at"] = to_text(record.updated);
    object["revision"] = record.revision;
}

}  // namespace

json::object object_of(const sync::UserRecord& user) {
    const sync::UserRow& row = user.row;
    json::object object{{"user_id", to_text(user.id)},
                        {"user_name", row.user_name},
                        {"display_name", row.display_name},
                        {"given_name", row.given_name},
                        {"family_name", row.family_name},
                        {"middle_name", row.middle_name},
                        {"email", row.email},
                        {"status", view(text_of(row.status))},
                        {"external_id", row.external_id},
                        {"sid", row.sid},
                        {"attributes", object_of(row.attributes)}};
    add_lifecycle(object, user);
    return object;
}

json::object object_of(const sync::GroupRecord& group) {
    const sync::GroupRow& row = group.row;
    json::object object{{"group_id", to_text(group.id)},
                        {"display_name", row.display_name},
                        {"description", row.description},
                        {"external_id", row.external_id},
                        {"attributes", object_of(row.attributes)}};
    add_lifecycle(object, group);
    return object;
}

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

json::object object_of(const sync::RecordedRun& recorded) {
    const sync::RunRecord& run = recorded.run;
    json::object counts;
    for (const auto& [name, count] : run.counts) counts[name] = count;
    return {{"run_id", to_text(recorded.id)},
            {"started_at", to_text(run.started)},
            {"ended_at", to_text(run.ended)},
            {"kind", view(text_of(run.kind))},
            {"trigger", run.trigger},
            {"outcome", view(text_of(run.outcome))},
            {"counts", std::move(counts)},
            {"error", text_or_null(run.error)},
            {"actor", text_or_null(run.actor)},
            {"note", text_or_null(run.note)},
            {"hold_id", text_or_null(run.hold_id)}};
}

json::object object_of(const sync::JournalLine& line) {
    const sync::ChangeLine& change = line.change;
    return {{"seq", line.seq},         {"run_id", to_text(line.run)},       {"at", to_text(line.at)},
            {"action", change.action}, {"object_type", change.object_type}, {"object_id", change.object_id},
            {"name", change.name},     {"before", embedded(change.before)}, {"after", embedded(change.after)},
            {"reason", change.reason}};
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
