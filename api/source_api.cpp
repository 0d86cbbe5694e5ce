#include "api/source_api.hpp"

#include <boost/json.hpp>

#include "api/asked.hpp"
#include "api/json.hpp"
#include "api/responses.hpp"

namespace dirsync::api {
namespace {

namespace json = boost::json;

http::Response bad_request(const std::string& why) { return problem(400, "bad request", why); }

json::array texts(const std::vector<std::string>& list) {
    json::array array;
    for (const auto& text : list) array.emplace_back(text);
    return array;
}

json::array array_of(const std::vector<sync::NamedAssignment>& assignments) {
    json::array array;
    for (const auto& assignment : assignments) {
        array.push_back(json::object{{"principal_type", assignment.principal_type},
                                     {"principal", assignment.principal},
                                     {"permission_set", assignment.permission_set},
                                     {"target", assignment.target}});
    }
    return array;
}

json::value value_of(const std::optional<sync::PendingSourceChange>& pending) {
    if (!pending) return nullptr;
    return json::object{{"from", pending->from},
                        {"to", pending->to},
                        {"users", pending->users},
                        {"groups", pending->groups},
                        {"memberships", pending->memberships},
                        {"assignments", pending->assignments},
                        {"note", pending->note.empty() ? json::value(nullptr) : json::value(pending->note)}};
}

json::object object_of(const sync::Snapshot& snapshot) {
    return {{"id", snapshot.id},
            {"taken_at", to_text(snapshot.taken)},
            {"type", snapshot.type},
            {"source", snapshot.source},
            {"successor", snapshot.successor},
            {"parked", snapshot.parked},
            {"users", snapshot.users},
            {"groups", snapshot.groups},
            {"memberships", snapshot.memberships},
            {"permission_sets", snapshot.permission_sets},
            {"assignments", snapshot.assignments}};
}

std::string text_of(const SourcePreview& preview) {
    json::object object{{"pending", value_of(preview.pending)},
                        {"kept", {{"permission_sets", preview.permission_sets}}},
                        {"assignments", array_of(preview.assignments)},
                        {"users", texts(preview.users)},
                        {"groups", texts(preview.groups)}};
    return json::serialize(object);
}

/// The report of the cycle that changed the source and read the new one.
std::string text_of(const sync::CycleReport& report) {
    json::object object = json::parse(json_of(report, false)).as_object();
    object["pending"] = value_of(report.pending);
    object["changed"] = nullptr;
    if (report.changed) {
        json::object counts;
        for (const auto& [name, count] : report.changed->run.counts) counts[name] = count;
        const std::string& id = report.changed->snapshot_id;
        object["changed"] = json::object{{"snapshot", id.empty() ? json::value(nullptr) : json::value(id)},
                                         {"counts", std::move(counts)}};
    }
    return json::serialize(object);
}

std::string text_of(const sync::RestoreReport& report) {
    json::object object{{"users", report.users},
                        {"groups", report.groups},
                        {"memberships", report.memberships},
                        {"permission_sets", report.permission_sets},
                        {"assignments", report.assignments},
                        {"present", report.present},
                        {"unmatched", array_of(report.unmatched)},
                        {"conflicts", texts(report.conflicts)},
                        {"note", report.note.empty() ? json::value(nullptr) : json::value(report.note)}};
    return json::serialize(object);
}

std::string_view methods_of(const std::vector<std::string>& segments) {
    if (segments.size() == 3 && segments[2] == "change") return "GET, POST";
    if (segments[2] != "snapshots") return "";
    if (segments.size() == 3) return "GET, POST";
    if (segments.size() == 4 && !segments[3].empty()) return "GET";
    if (segments.size() == 5 && segments[4] == "restore") return "POST";
    return "";
}

/// The text member of an object; nullopt: it is none.
std::optional<std::string> text_in(const json::object& object, std::string_view name) {
    const auto* value = object.if_contains({name.data(), name.size()});
    if (value == nullptr) return std::string();
    if (!value->is_string()) return std::nullopt;
    return std::string(value->get_string());
}

Task<http::Response> change(SourceOperations& operations, json::object body, sync::Asked by) {
    SourceAnswer answer;
    answer.by = std::move(by);
    const std::pair<std::string_view, std::string*> members[] = {
        {"accept", &answer.accept}, {"type", &answer.type}, {"from", &answer.from}, {"to", &answer.to}};
    for (const auto& [name, place] : members) {
        auto text = text_in(body, name);
        if (!text) co_return bad_request("'" + std::string(name) + "' is a text");
        *place = std::move(*text);
    }
    const auto report = co_await operations.change_source(std::move(answer));
    co_return report ? ok(text_of(*report)) : failure(report.error());
}

Task<http::Response> restore(SourceOperations& operations, std::string id, json::object body,
                             sync::Asked by) {
    const auto* only = body.if_contains("assignments_only");
    if (only != nullptr && !only->is_bool()) co_return bad_request("'assignments_only' is true or false");
    const auto report =
        co_await operations.restore_snapshot(std::move(id), only != nullptr && only->get_bool(), by);
    co_return report ? ok(text_of(*report)) : failure(report.error());
}

Task<http::Response> snapshots(SourceOperations& operations) {
    const auto all = co_await operations.snapshots();
    if (!all) co_return failure(all.error());
    json::array array;
    for (const auto& snapshot : *all) array.push_back(object_of(snapshot));
    co_return ok(json::serialize(array));
}

Task<http::Response> import(SourceOperations& operations, std::string body, sync::Asked by) {
    auto contents = sync::parsed_snapshot(body);
    if (!contents) co_return failure(contents.error());
    const auto snapshot = co_await operations.import_snapshot(std::move(*contents), std::move(by));
    co_return snapshot ? ok(json::serialize(object_of(*snapshot))) : failure(snapshot.error());
}

Task<http::Response> lines(SourceOperations& operations, std::string id) {
    const auto contents = co_await operations.snapshot(std::move(id));
    if (!contents) co_return failure(contents.error());
    http::Response response = ok(lines_of(*contents));
    response.content_type = "application/jsonl";
    co_return response;
}

Task<http::Response> preview(SourceOperations& operations, bool names) {
    const auto preview = co_await operations.source_preview(names);
    co_return preview ? ok(text_of(*preview)) : failure(preview.error());
}

}  // namespace

bool is_source_request(const http::Request& request) noexcept {
    return request.segments.size() > 2 && request.segments[0] == "v1" && request.segments[1] == "source";
}

Task<http::Response> handle_source(SourceOperations& operations, http::Request request) {
    const auto& segments = request.segments;
    const std::string_view allowed = methods_of(segments);
    if (allowed.empty()) co_return problem(404, "not found", "there is no " + quoted_peer_text(request.path));
    const bool is_post = request.method == "POST";
    if ((!is_post && request.method != "GET") || allowed.find(request.method) == std::string_view::npos) {
        http::Response response =
            problem(405, "method not allowed",
                    "what " + quoted_peer_text(request.path) + " takes is " + std::string(allowed));
        response.allow = allowed;
        co_return response;
    }
    const bool of_change = segments[2] == "change";
    if (!is_post) {
        if (of_change) co_return co_await preview(operations, request.query.contains("names"));
        if (segments.size() == 3) co_return co_await snapshots(operations);
        co_return co_await lines(operations, segments[3]);
    }
    sync::Asked by = asked_by(request);
    if (!of_change && segments.size() == 3)
        co_return co_await import(operations, std::move(request.body), std::move(by));
    auto body = body_of(request);
    if (!body) co_return bad_request("the body is no JSON object");
    if (of_change) co_return co_await change(operations, std::move(*body), std::move(by));
    co_return co_await restore(operations, segments[3], std::move(*body), std::move(by));
}

}  // namespace dirsync::api
