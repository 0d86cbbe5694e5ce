#include <boost/json.hpp>

#include "api/asked.hpp"
#include "api/json.hpp"
#include "api/responses.hpp"
#include "api/routes.hpp"

// The identity source: its change, and the snapshots that a change takes.
namespace dirsync::api {
namespace {

namespace json = boost::json;

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
            {"type", std::string(sync::text_of(snapshot.kind))},
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

/// The text member of an object; nullopt: it is none.
std::optional<std::string> text_in(const json::object& object, std::string_view name) {
    const auto* value = object.if_contains({name.data(), name.size()});
    if (value == nullptr) return std::string();
    if (!value->is_string()) return std::nullopt;
    return std::string(value->get_string());
}

Task<http::Response> change(SourceOperations& operations, http::Request request) {
    const auto body = body_of(request);
    if (!body) co_return no_object();
    SourceAnswer answer;
    answer.by = asked_by(request);
    const std::pair<std::string_view, std::string*> members[] = {
        {"accept", &answer.accept}, {"type", &answer.type}, {"from", &answer.from}, {"to", &answer.to}};
    for (const auto& [name, place] : members) {
        auto text = text_in(*body, name);
        if (!text) co_return bad_request("'" + std::string(name) + "' is a text");
        *place = std::move(*text);
    }
    const auto report = co_await operations.change_source(std::move(answer));
    co_return report ? ok(text_of(*report)) : failure(report.error());
}

Task<http::Response> preview(SourceOperations& operations, http::Request request) {
    const auto preview = co_await operations.source_preview(request.query.contains("names"));
    co_return preview ? ok(text_of(*preview)) : failure(preview.error());
}

Task<http::Response> snapshots(SourceOperations& operations, http::Request) {
    const auto all = co_await operations.snapshots();
    if (!all) co_return failure(all.error());
    json::array array;
    for (const auto& snapshot : *all) array.push_back(object_of(snapshot));
    co_return ok(json::serialize(array));
}

Task<http::Response> import(SourceOperations& operations, http::Request request) {
    auto contents = sync::parsed_snapshot(request.body);
    if (!contents) co_return failure(contents.error());
    const auto snapshot = co_await operations.import_snapshot(std::move(*contents), asked_by(request));
    co_return snapshot ? ok(json::serialize(object_of(*snapshot))) : failure(snapshot.error());
}

Task<http::Response> snapshot(SourceOperations& operations, http::Request request) {
    const auto contents = co_await operations.snapshot(request.named.at("id"));
    if (!contents) co_return failure(contents.error());
    http::Response response = ok(lines_of(*contents));
    response.content_type = "application/jsonl";
    co_return response;
}

Task<http::Response> restore(SourceOperations& operations, http::Request request) {
    const auto body = body_of(request);
    if (!body) co_return no_object();
    const auto only = flag_in(*body, "assignments_only");
    if (!only) co_return bad_request("'assignments_only' is true or false");
    const auto report =
        co_await operations.restore_snapshot(request.named.at("id"), *only, asked_by(request));
    co_return report ? ok(text_of(*report)) : failure(report.error());
}

constexpr Route<SourceOperations> routes[] = {
    {"GET", "/v1/source/change", preview},          {"POST", "/v1/source/change", change},
    {"GET", "/v1/source/snapshots", snapshots},     {"POST", "/v1/source/snapshots", import},
    {"GET", "/v1/source/snapshots/{id}", snapshot}, {"POST", "/v1/source/snapshots/{id}/restore", restore},
};

}  // namespace

void add_source_routes(http::Router& router, SourceOperations& operations) {
    add_routes<SourceOperations>(router, routes, operations);
}

}  // namespace dirsync::api
