#include "api/row_messages.hpp"

#include <boost/json/parse.hpp>

#include "model/source_identity.hpp"
#include "model/words.hpp"

namespace dirsync::api {
namespace {

namespace json = boost::json;

/// JSON text as a value: null for an empty text, a string for a text that is not JSON.
json::value embedded(const std::string& text) {
    if (text.empty()) return nullptr;
    boost::system::error_code error;
    json::value value = json::parse(text, error);
    return error ? json::value(text) : value;
}

template <class Message, class Row>
void take_record(Message& message, const sync::Record<Row>& record) {
    message.external_id = record.row.external_id;
    message.attributes = record.row.attributes;
    message.scope = text_of(record.row.scope);
    if (record.row.out_since) message.out_since = to_text(*record.row.out_since);
    message.created_at = to_text(record.created);
    message.updated_at = to_text(record.updated);
    message.revision = record.revision;
}

}  // namespace

std::optional<std::string> text_or_null(const std::string& text) {
    return text.empty() ? std::nullopt : std::optional(text);
}

messages::User message_of(const sync::UserRecord& user) {
    messages::User message;
    message.user_id = to_text(user.id);
    message.user_name = user.row.user_name;
    message.display_name = user.row.display_name;
    message.given_name = user.row.given_name;
    message.family_name = user.row.family_name;
    message.middle_name = user.row.middle_name;
    message.email = user.row.email;
    message.status = text_of(user.row.status);
    message.sid = user.row.sid;
    take_record(message, user);
    return message;
}

messages::Group message_of(const sync::GroupRecord& group) {
    messages::Group message;
    message.group_id = to_text(group.id);
    message.display_name = group.row.display_name;
    message.description = group.row.description;
    take_record(message, group);
    return message;
}

messages::PermissionSet message_of(const sync::PermissionSet& set) {
    return {to_text(set.id), set.name, set.description};
}

messages::Assignment message_of(const sync::AssignmentRecord& record) {
    const sync::Assignment& assignment = record.assignment;
    messages::Assignment message;
    message.assignment_id = to_text(assignment.id);
    message.principal_type = text_of(assignment.principal_type);
    message.principal_id = to_text(assignment.principal);
    message.permission_set_id = to_text(assignment.permission_set);
    message.target = assignment.target;
    message.dangling = record.dangling ? 1 : 0;
    return message;
}

messages::ListedAssignment message_of(const sync::ListedAssignment& listed) {
    messages::ListedAssignment message;
    message.assignment_id = to_text(listed.assignment.id);
    message.principal_type = text_of(listed.assignment.principal_type);
    message.principal_id = to_text(listed.assignment.principal);
    message.principal_name = text_or_null(listed.principal_name);
    message.permission_set_id = to_text(listed.assignment.permission_set);
    message.permission_set = listed.permission_set_name;
    message.target = listed.assignment.target;
    message.dangling = listed.dangling ? 1 : 0;
    return message;
}

messages::ListedAssignment message_of(const admin::EffectiveAssignment& assignment) {
    messages::ListedAssignment message = message_of(assignment.listed);
    message.path.value = assignment.path;
    return message;
}

messages::Run outcome_of(const sync::RunRecord& run) {
    messages::Run message;
    message.kind = text_of(run.kind);
    message.trigger = run.trigger;
    message.outcome = text_of(run.outcome);
    message.counts = run.counts;
    message.error = text_or_null(run.error);
    message.actor = text_or_null(run.actor);
    message.note = text_or_null(run.note);
    message.hold_id = text_or_null(run.hold_id);
    return message;
}

messages::Run message_of(const sync::RecordedRun& recorded) {
    messages::Run message = outcome_of(recorded.run);
    message.run_id = to_text(recorded.id);
    message.started_at = to_text(recorded.run.started);
    message.ended_at = to_text(recorded.run.ended);
    return message;
}

messages::Change message_of(const sync::ChangeLine& change) {
    messages::Change message;
    message.action = text_of(change.action);
    message.object_type = text_of(change.object_type);
    message.object_id = change.object_id;
    message.name = change.name;
    message.before = embedded(change.before);
    message.after = embedded(change.after);
    message.reason = change.reason;
    return message;
}

messages::JournalLine message_of(const sync::JournalLine& line) {
    return {{line.seq, to_text(line.run), to_text(line.at)}, message_of(line.change)};
}

messages::HeldObject message_of(const sync::HeldLine& line) {
    messages::HeldObject message;
    message.hold_id = line.hold_id;
    message.class_ = text_of(line.hold);
    message.object_type = line.object_type;
    message.object_id = line.object_id;
    message.name = line.name;
    message.since = to_text(line.since);
    message.reason = line.limit;
    return message;
}

messages::EntityError message_of(const sync::ListedError& listed) {
    const sync::EntityError& error = listed.error;
    messages::EntityError message;
    message.external_id = to_text(error.external_id);
    message.sid = error.sid;
    message.object_type = object_type_of(error);
    message.name = error.name;
    message.code = error.code;
    message.message = error.message;
    message.since = to_text(listed.since);
    return message;
}

messages::Source message_of(const sync::SourceRecord& source) {
    messages::Source message;
    message.type = text_of(source.kind);
    message.identity = source_label(source);
    message.store_id = to_text(source.store_id);
    message.since = to_text(source.since);
    message.state = source.change_pending ? "change_pending" : "active";
    return message;
}

}  // namespace dirsync::api
