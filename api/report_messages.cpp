#include "api/report_messages.hpp"

#include <boost/json/parse.hpp>

#include "api/messages/changed_values.hpp"
#include "api/row_messages.hpp"
#include "core/exit_code.hpp"
#include "model/source_identity.hpp"

namespace dirsync::api {
namespace {

std::optional<std::string> time_or_null(std::optional<Time> time) {
    return time && *time != Time{} ? std::optional(to_text(*time)) : std::nullopt;
}

messages::Run message_of_run(const sync::RunRecord& run,
                             const std::optional<std::string>& run_id = std::nullopt) {
    messages::Run message = outcome_of(run);
    message.run_id = run_id;
    message.started_at = time_or_null(run.started);
    message.ended_at = time_or_null(run.ended);
    return message;
}

std::vector<messages::Hold> messages_of_holds(const std::vector<sync::Hold>& holds) {
    std::vector<messages::Hold> list;
    for (const auto& hold : holds) list.push_back(message_of(hold));
    return list;
}

messages::SourceState source_of(const sync::EngineStatus& engine) {
    messages::SourceState source;
    source.type = text_of(engine.source.kind);
    source.identity = source_label(engine.source);
    source.state = engine.source.change_pending || engine.pending ? "change_pending" : "active";
    if (engine.pending) source.pending = message_of(*engine.pending);
    return source;
}

}  // namespace

messages::Hold message_of(const sync::Hold& hold) {
    messages::Hold message;
    message.id = hold.id;
    message.class_ = sync::text_of(hold.hold);
    message.count = hold.objects.size();
    message.limit = hold.limit;
    message.since = time_or_null(hold.since);
    message.sample = hold.sample;
    return message;
}

messages::PendingChange message_of(const sync::PendingSourceChange& pending) {
    messages::PendingChange message;
    message.from = pending.from;
    message.to = pending.to;
    message.users = pending.users;
    message.groups = pending.groups;
    message.memberships = pending.memberships;
    message.assignments = pending.assignments;
    message.note = text_or_null(pending.note);
    return message;
}

messages::Status message_of(const StatusReport& status, const std::optional<std::string>& run_id) {
    const auto& engine = status.engine;
    messages::Status message;
    message.source = source_of(engine);
    message.paused = engine.paused;
    message.paused_since = time_or_null(engine.paused_since);
    message.paused_by = engine.paused_by.actor;
    message.pause_reason = engine.paused_by.reason;
    if (engine.last_run) message.last_run = message_of_run(*engine.last_run, run_id);
    message.next_run = time_or_null(status.next_run);
    message.counts = {engine.users, engine.groups, engine.memberships, engine.errors};
    message.held = messages_of_holds(engine.holds);
    message.settings_refused = engine.config_refused;
    message.time_doubt = text_or_null(engine.time_doubt);
    message.scope_warnings = engine.scope_warnings;
    for (const auto& server : status.servers)
        message.servers.push_back({server.uri, server.state, server.in_use, server.detection});
    message.config = {status.config_path, time_or_null(status.config_loaded_at), status.config_in_force};
    message.warnings = status.warnings;
    message.last_error = text_or_null(engine.last_error);
    message.last_success = time_or_null(status.last_success);
    message.cycle_running = engine.cycle_running;
    message.progress = {status.progress.phase, status.progress.objects};
    message.started_at = time_or_null(status.started);
    message.cycles = status.cycles;
    message.failed_cycles = status.failed_cycles;
    message.state = word_of(state_in(message));
    return message;
}

messages::CycleReport message_of(const sync::CycleReport& report, bool dry_run) {
    messages::CycleReport message;
    message.changes = messages_of(report.lines);
    message.change_count = report.changes;
    message.held = messages_of_holds(report.holds);
    message.scope_warnings = report.scope_warnings;
    message.entity_errors = report.entity_errors;
    message.change_pending = report.change_pending;
    message.paused = report.paused;
    message.wrote = report.wrote;
    message.run = message_of_run(report.run);
    if (report.error) message.error = report.error->message();
    message.exit_code = report.exit_code(dry_run);
    return message;
}

messages::RevertReport message_of(const sync::RevertReport& report, bool dry_run) {
    messages::RevertReport message;
    message.changes = messages_of(report.lines);
    message.change_count = report.changes;
    for (const auto& line : report.not_restored)
        message.not_restored.push_back({std::string(text_of(line.action)),
                                        std::string(text_of(line.object_type)), line.object_id, line.name,
                                        line.why});
    message.wrote = report.wrote;
    message.reverted = message_of_run(report.undone);
    message.run = message_of_run(report.run);
    message.exit_code = dry_run && report.changes > 0 ? exit_changes : 0;
    return message;
}

messages::Named<messages::MappedValue> message_of(
    const std::vector<sync::Explanation::Attribute>& attributes) {
    messages::Named<messages::MappedValue> message;
    for (const auto& attribute : attributes) {
        messages::MappedValue value{attribute.value, text_or_null(attribute.source_template), {}, {}};
        if (attribute.stored) {
            value.stored.value = *attribute.stored;
            value.why.value = attribute.why;
        }
        message.emplace_back(attribute.target, std::move(value));
    }
    return message;
}

messages::Explanation message_of(const sync::Explanation& explanation) {
    messages::Explanation message;
    message.name = explanation.name;
    message.object_type = explanation.object_type;
    message.external_id = explanation.external_id;
    message.in_scope = explanation.in_scope;
    for (const auto& way : explanation.because) message.because.push_back({way.rule, way.path});
    message.excluded_by = text_or_null(explanation.excluded_by);
    message.attributes = message_of(explanation.attributes);
    message.held = messages_of_holds(explanation.holds);
    message.dn = explanation.dn;
    for (const auto& error : explanation.errors) message.errors.push_back({error.code, error.message});
    message.note = explanation.status_note;
    return message;
}

std::string changed_values(const sync::ChangeLine& line) {
    if (line.action != sync::LineAction::update) return {};
    const auto value = [](const std::string& json) {
        boost::system::error_code error;
        auto read = boost::json::parse(json, error);
        return error ? boost::json::value() : read;
    };
    return messages::changed_values(value(line.before), value(line.after));
}

}  // namespace dirsync::api
