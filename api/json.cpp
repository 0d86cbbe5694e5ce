#include "api/json.hpp"

#include <boost/json.hpp>

#include "api/record_json.hpp"
#include "core/exit_code.hpp"
#include "model/source_identity.hpp"

namespace dirsync::api {
namespace {

namespace json = boost::json;

json::value time_or_null(std::optional<Time> time) {
    return time && *time != Time{} ? json::value(to_text(*time)) : json::value(nullptr);
}

json::array texts(const std::vector<std::string>& list) {
    json::array array;
    for (const auto& text : list) array.emplace_back(text);
    return array;
}

json::object run_object(const sync::RunRecord& run, const std::optional<std::string>& run_id = std::nullopt) {
    json::object object;
    object["run_id"] = run_id ? json::value(*run_id) : json::value(nullptr);
    object["started_at"] = time_or_null(run.started);
    object["ended_at"] = time_or_null(run.ended);
    append_outcome(object, run);
    return object;
}

json::object hold_object(const sync::Hold& hold) {
    json::object object;
    object["id"] = hold.id;
    object["class"] = sync::text_of(hold.hold);
    object["count"] = hold.objects.size();
    object["limit"] = hold.limit;
    object["since"] = time_or_null(hold.since);
    object["sample"] = texts(hold.sample);
    return object;
}

json::array hold_array(const std::vector<sync::Hold>& holds) {
    json::array array;
    for (const auto& hold : holds) array.push_back(hold_object(hold));
    return array;
}

}  // namespace

json::object object_of(const sync::PendingSourceChange& pending) {
    json::object object;
    object["from"] = pending.from;
    object["to"] = pending.to;
    object["users"] = pending.users;
    object["groups"] = pending.groups;
    object["memberships"] = pending.memberships;
    object["assignments"] = pending.assignments;
    object["note"] = pending.note.empty() ? json::value(nullptr) : json::value(pending.note);
    return object;
}

std::string json_of(const StatusReport& status, const std::optional<std::string>& run_id) {
    const auto& engine = status.engine;
    json::object source;
    source["type"] = std::string(sync::text_of(engine.source.kind));
    source["identity"] = sync::source_label(engine.source);
    source["state"] = engine.source.change_pending || engine.pending ? "change_pending" : "active";
    source["pending"] = engine.pending ? json::value(object_of(*engine.pending)) : json::value(nullptr);
    json::object counts;
    counts["users"] = engine.users;
    counts["groups"] = engine.groups;
    counts["memberships"] = engine.memberships;
    counts["errors"] = engine.errors;
    json::array servers;
    for (const auto& server : status.servers) {
        json::object object;
        object["uri"] = server.uri;
        object["state"] = server.state;
        object["in_use"] = server.in_use;
        object["detection"] = server.detection;
        servers.push_back(std::move(object));
    }
    json::object config;
    config["path"] = status.config_path;
    config["loaded_at"] = time_or_null(status.config_loaded_at);
    config["in_force"] = status.config_in_force;
    json::object progress;
    progress["phase"] = status.progress.phase;
    progress["objects"] = status.progress.objects;

    json::object object;
    object["source"] = std::move(source);
    object["paused"] = engine.paused;
    object["paused_since"] = time_or_null(engine.paused_since);
    object["paused_by"] = engine.paused_by.actor;
    object["pause_reason"] = engine.paused_by.reason;
    object["last_run"] =
        engine.last_run ? json::value(run_object(*engine.last_run, run_id)) : json::value(nullptr);
    object["next_run"] = time_or_null(status.next_run);
    object["counts"] = std::move(counts);
    object["held"] = hold_array(engine.holds);
    object["settings_refused"] = engine.config_refused;
    object["time_doubt"] = engine.time_doubt.empty() ? json::value(nullptr) : json::value(engine.time_doubt);
    object["scope_warnings"] = texts(engine.scope_warnings);
    object["servers"] = std::move(servers);
    object["config"] = std::move(config);
    object["warnings"] = texts(status.warnings);
    object["last_error"] = engine.last_error.empty() ? json::value(nullptr) : json::value(engine.last_error);
    object["last_success"] = time_or_null(status.last_success);
    object["cycle_running"] = engine.cycle_running;
    object["progress"] = std::move(progress);
    object["started_at"] = time_or_null(status.started);
    object["cycles"] = status.cycles;
    object["failed_cycles"] = status.failed_cycles;
    return json::serialize(object);
}

std::string json_of(const sync::CycleReport& report, bool dry_run) {
    json::object object;
    object["changes"] = array_of(report.lines);
    object["change_count"] = report.changes;
    object["held"] = hold_array(report.holds);
    object["scope_warnings"] = texts(report.scope_warnings);
    object["entity_errors"] = report.entity_errors;
    object["change_pending"] = report.change_pending;
    object["paused"] = report.paused;
    object["wrote"] = report.wrote;
    object["run"] = run_object(report.run);
    object["error"] = report.error ? json::value(report.error->message()) : json::value(nullptr);
    object["exit_code"] = report.exit_code(dry_run);
    return json::serialize(object);
}

std::string json_of(const sync::RevertReport& report, bool dry_run) {
    json::array not_restored;
    for (const auto& line : report.not_restored) {
        json::object object;
        object["action"] = std::string(text_of(line.action));
        object["object_type"] = std::string(text_of(line.object_type));
        object["object_id"] = line.object_id;
        object["name"] = line.name;
        object["why"] = line.why;
        not_restored.push_back(std::move(object));
    }
    json::object object;
    object["changes"] = array_of(report.lines);
    object["change_count"] = report.changes;
    object["not_restored"] = std::move(not_restored);
    object["wrote"] = report.wrote;
    object["reverted"] = run_object(report.undone);
    object["run"] = run_object(report.run);
    object["exit_code"] = dry_run && report.changes > 0 ? exit_changes : 0;
    return json::serialize(object);
}

std::string json_of(const sync::Explanation& explanation) {
    json::array because;
    for (const auto& way : explanation.because) {
        json::object object;
        object["rule"] = way.rule;
        object["path"] = texts(way.path);
        because.push_back(std::move(object));
    }
    json::object attributes;
    for (const auto& attribute : explanation.attributes) {
        json::object object;
        object["value"] = attribute.value;
        object["template"] =
            attribute.source_template.empty() ? json::value(nullptr) : json::value(attribute.source_template);
        attributes[attribute.target] = std::move(object);
    }
    json::array errors;
    for (const auto& error : explanation.errors) {
        json::object object;
        object["code"] = error.code;
        object["message"] = error.message;
        errors.push_back(std::move(object));
    }
    json::object object;
    object["name"] = explanation.name;
    object["object_type"] = explanation.object_type;
    object["external_id"] = explanation.external_id;
    object["in_scope"] = explanation.in_scope;
    object["because"] = std::move(because);
    object["excluded_by"] =
        explanation.excluded_by.empty() ? json::value(nullptr) : json::value(explanation.excluded_by);
    object["attributes"] = std::move(attributes);
    object["held"] = hold_array(explanation.holds);
    object["dn"] = explanation.dn;
    object["errors"] = std::move(errors);
    object["note"] = explanation.status_note;
    return json::serialize(object);
}

std::string json_of(const sync::Hold& hold) { return json::serialize(hold_object(hold)); }

std::string json_of(const Problem& problem) {
    json::object object;
    object["type"] = "about:blank";
    object["title"] = problem.title;
    object["status"] = problem.status;
    object["detail"] = problem.detail;
    object["exit_code"] = problem.exit_code;
    return json::serialize(object);
}

Problem problem_of(const Error& error) {
    Problem problem;
    problem.title = name_of(error.code());
    problem.detail = error.message();
    problem.exit_code = exit_code_of(error);
    if (error.code() == ErrorCode::not_found || error.code() == ErrorCode::refused) {
        problem.status = error.code() == ErrorCode::not_found ? 404 : 409;
        return problem;
    }
    switch (error.error_class()) {
        case ErrorClass::config:
            problem.status = 422;
            break;
        case ErrorClass::denied:
            problem.status = 502;
            break;
        case ErrorClass::safety:
            problem.status = 409;
            break;
        case ErrorClass::internal:
            break;
        case ErrorClass::transient:
        case ErrorClass::data:
        case ErrorClass::conflict:
            problem.status = 503;
            break;
    }
    return problem;
}

std::string_view area_of(ErrorCode code) noexcept {
    switch (code) {
        case ErrorCode::store_unavailable:
        case ErrorCode::store_in_use:
        case ErrorCode::store_too_new:
        case ErrorCode::cursor_moved:
            return "store";
        default:
            break;
    }
    switch (class_of(code)) {
        case ErrorClass::denied:
            return "credentials";
        case ErrorClass::config:
            return "configuration";
        case ErrorClass::safety:
            return "hold";
        case ErrorClass::internal:
            return "internal";
        case ErrorClass::transient:
        case ErrorClass::data:
        case ErrorClass::conflict:
            break;
    }
    return "directory";
}

std::string metrics_of(const StatusReport& status) {
    std::string text;
    const auto add = [&text](std::string_view name, std::string_view type, std::string_view help,
                             std::uint64_t value) {
        text += "# HELP dirsyncd_" + std::string(name) + " " + std::string(help) + "\n# TYPE dirsyncd_" +
                std::string(name) + " " + std::string(type) + "\ndirsyncd_" + std::string(name) + " " +
                std::to_string(value) + "\n";
    };
    const auto seconds = [](std::optional<Time> time) {
        return time ? static_cast<std::uint64_t>(time->time_since_epoch().count()) : 0;
    };
    const auto& engine = status.engine;
    std::uint64_t held = 0;
    for (const auto& hold : engine.holds) held += hold.objects.size();
    add("users", "gauge", "Users in the store.", engine.users);
    add("groups", "gauge", "Groups in the store.", engine.groups);
    add("memberships", "gauge", "Memberships in the store.", engine.memberships);
    add("entity_errors", "gauge", "Users and groups that are skipped because of errors.", engine.errors);
    add("holds", "gauge", "Classes of changes that wait for an approval.", engine.holds.size());
    add("held_objects", "gauge", "Objects that those holds cover.", held);
    add("cycles_total", "counter", "Cycles since the start.", status.cycles);
    add("failed_cycles_total", "counter", "Cycles since the start that failed.", status.failed_cycles);
    text +=
        "# HELP dirsyncd_cycle_failures_total Cycles since the start that failed, by the class of the "
        "error.\n"
        "# TYPE dirsyncd_cycle_failures_total counter\n";
    for (const auto& [name, count] : status.failures) {
        text += "dirsyncd_cycle_failures_total{class=\"" + std::string(name) + "\"} " +
                std::to_string(count) + "\n";
    }
    add("objects_read_total", "counter", "Directory objects read since the start.", status.objects_read);
    add("last_success_timestamp_seconds", "gauge", "When a cycle last succeeded; 0: not since the start.",
        seconds(status.last_success));
    add("paused", "gauge", "1 while sync is paused.", engine.paused ? 1 : 0);
    add("source_change_pending", "gauge", "1 while a change of the source waits for consent.",
        engine.pending ? 1 : 0);
    return text;
}

}  // namespace dirsync::api
