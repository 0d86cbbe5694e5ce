#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "api/asked.hpp"
#include "api/exports.hpp"
#include "api/messages/sources.hpp"
#include "api/report_messages.hpp"
#include "api/responses.hpp"
#include "api/routes.hpp"

// Changes of the identity source, and the snapshots that they take.
namespace dirsync::api {
namespace {

std::vector<messages::NamedAssignment> messages_of(const std::vector<sync::NamedAssignment>& assignments) {
    std::vector<messages::NamedAssignment> list;
    for (const auto& one : assignments)
        list.push_back({one.principal_type, one.principal, one.permission_set, one.target});
    return list;
}

messages::Snapshot message_of(const sync::Snapshot& snapshot) {
    messages::Snapshot message;
    message.id = snapshot.id;
    message.taken_at = to_text(snapshot.taken);
    message.type = sync::text_of(snapshot.kind);
    message.source = snapshot.source;
    message.successor = snapshot.successor;
    message.parked = snapshot.parked;
    message.users = snapshot.users;
    message.groups = snapshot.groups;
    message.memberships = snapshot.memberships;
    message.permission_sets = snapshot.permission_sets;
    message.assignments = snapshot.assignments;
    return message;
}

messages::SourcePreview message_of(const SourcePreview& preview) {
    messages::SourcePreview message;
    if (preview.pending) message.pending = api::message_of(*preview.pending);
    message.kept.permission_sets = preview.permission_sets;
    message.assignments = messages_of(preview.assignments);
    message.users = preview.users;
    message.groups = preview.groups;
    return message;
}

/// The report of the cycle that changed the source and read the new one.
messages::SourceReport message_of(const sync::CycleReport& report) {
    messages::SourceReport message{api::message_of(report, false), {}};
    if (report.pending) message.pending = api::message_of(*report.pending);
    if (report.changed) {
        const std::string& id = report.changed->snapshot_id;
        messages::ChangedSource& changed = message.changed.emplace();
        if (!id.empty()) changed.snapshot = id;
        changed.counts = report.changed->run.counts;
    }
    return message;
}

messages::RestoreReport message_of(const sync::RestoreReport& report) {
    messages::RestoreReport message;
    message.users = report.users;
    message.groups = report.groups;
    message.memberships = report.memberships;
    message.permission_sets = report.permission_sets;
    message.assignments = report.assignments;
    message.present = report.present;
    message.unmatched = messages_of(report.unmatched);
    message.conflicts = report.conflicts;
    if (!report.note.empty()) message.note = report.note;
    return message;
}

Task<http::Response> change(SourceOperations& operations, http::Request request) {
    const auto asked = messages::read_request<messages::SourceConsent>(request.body);
    if (!asked) co_return bad_request(asked.error().message());
    SourceAnswer answer;
    answer.by = asked_by(request);
    answer.accept = asked->accept.value.value_or("");
    answer.type = asked->type.value.value_or("");
    answer.from = asked->from.value.value_or("");
    answer.to = asked->to.value.value_or("");
    const auto report = co_await operations.change_source(std::move(answer));
    co_return report ? ok(message_of(*report)) : failure(report.error());
}

Task<http::Response> preview(SourceOperations& operations, http::Request request) {
    const auto preview = co_await operations.source_preview(request.query.contains("names"));
    co_return preview ? ok(message_of(*preview)) : failure(preview.error());
}

Task<http::Response> snapshots(SourceOperations& operations, http::Request) {
    const auto all = co_await operations.snapshots();
    if (!all) co_return failure(all.error());
    std::vector<messages::Snapshot> list;
    for (const auto& snapshot : *all) list.push_back(message_of(snapshot));
    co_return ok(messages::text_of(list));
}

Task<http::Response> import(SourceOperations& operations, http::Request request) {
    auto contents = sync::parsed_snapshot(request.body);
    if (!contents) co_return failure(contents.error());
    const auto snapshot = co_await operations.import_snapshot(std::move(*contents), asked_by(request));
    co_return snapshot ? ok(message_of(*snapshot)) : failure(snapshot.error());
}

Task<http::Response> snapshot(SourceOperations& operations, http::Request request) {
    auto contents = co_await operations.snapshot(request.named.at("id"));
    if (!contents) co_return failure(contents.error());
    co_return export_answer(std::move(*contents));
}

Task<http::Response> restore(SourceOperations& operations, http::Request request) {
    const auto asked = messages::read_request<messages::RestoreRequest>(request.body);
    if (!asked) co_return bad_request(asked.error().message());
    const auto report = co_await operations.restore_snapshot(request.named.at("id"), asked->assignments_only,
                                                             asked_by(request));
    co_return report ? ok(message_of(*report)) : failure(report.error());
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
