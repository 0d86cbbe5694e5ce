#include <algorithm>
#include <utility>

#include "core/system_time.hpp"
#include "daemon/commands.hpp"

// The commands about the identity source.
namespace dirsync::daemon {
namespace {

/// Of all rows of a list, sorted.
template <class Item, class Read, class Name>
Result<std::vector<std::string>> names_of(Read read, Name name) {
    std::vector<std::string> names;
    sync::Page page;
    do {
        const Result<sync::Listed<Item>> listed = read(page);
        if (!listed) return listed.error();
        for (const auto& item : listed->rows) names.push_back(item.row.*name);
        page.from = listed->next;
    } while (page.from != 0);
    std::ranges::sort(names);
    return names;
}

Result<api::SourcePreview> preview_of(const sync::CycleReport& report, sync::IdentityStore& store,
                                      bool names) {
    api::SourcePreview preview;
    preview.pending = report.pending;
    if (!preview.pending) return preview;
    sync::RowReader& rows = store.rows();
    const auto sets = rows.permission_sets();
    if (!sets) return sets.error();
    preview.permission_sets = sets->size();
    const auto assignments = store.admin().assignments();
    if (!assignments) return assignments.error();
    for (const auto& listed : *assignments) {
        const auto& assignment = listed.assignment;
        const std::string id = to_text(assignment.principal);
        preview.assignments.push_back({std::string(text_of(assignment.principal_type)),
                                       listed.principal_name.empty() ? id : listed.principal_name,
                                       listed.permission_set_name, assignment.target});
    }
    if (!names) return preview;
    auto users = names_of<sync::UserRecord>([&rows](const sync::Page& page) { return rows.users(page); },
                                            &sync::UserRow::user_name);
    if (!users) return users.error();
    preview.users = std::move(*users);
    auto groups = names_of<sync::GroupRecord>([&rows](const sync::Page& page) { return rows.groups(page); },
                                              &sync::GroupRow::display_name);
    if (!groups) return groups.error();
    preview.groups = std::move(*groups);
    return preview;
}

Error refused(const std::string& why) { return Error(ErrorCode::held, why + "; nothing was changed"); }

}  // namespace

/// A cycle of its own, which no other request joins.
Task<Result<sync::CycleReport>> Commands::source_cycle(sync::CycleRequest request) {
    request.trigger = "admin";
    const auto answer = parts_.cycles.ask_for_cycle(std::move(request));
    co_return co_await answer.get();
}

Task<Result<api::SourcePreview>> Commands::source_preview(bool names) {
    sync::CycleRequest request;
    request.dry_run = true;
    request.source_only = true;
    auto report = co_await source_cycle(std::move(request));
    if (!report) co_return report.error();
    if (report->error) co_return *report->error;
    auto work = [&report, names](sync::IdentityStore& store) { return preview_of(*report, store, names); };
    co_return co_await parts_.store.transact(std::move(work));
}

Task<Result<sync::CycleReport>> Commands::change_source(api::SourceAnswer answer) {
    const std::string configured(text_of(parts_.configuration.in_force().source));
    if (!answer.type.empty() && answer.type != configured) {
        co_return refused("the configuration names '" + configured + "' as the identity source, not " +
                          quoted_peer_text(answer.type) + ": change identity_source.type and reload first");
    }
    // The word first: it is wrong whatever waits, and whether or not the directory answers.
    const std::string wrong_word = sync::why_no_consent({{}, answer.accept}, {}, std::nullopt);
    if (!wrong_word.empty()) co_return refused(wrong_word);
    sync::CycleRequest look;
    look.dry_run = true;
    look.source_only = true;
    const auto seen = co_await source_cycle(std::move(look));
    if (!seen) co_return seen.error();
    if (seen->error) co_return *seen->error;
    if (!seen->pending) {
        co_return Error(
            ErrorCode::not_found,
            "no change of the identity source waits: the configuration names the one that the store "
            "was filled from, or the change has been made");
    }
    if (parts_.engine.status().paused) co_return refused("sync is paused: 'dirsyncctl resume' comes first");
    sync::SourceConsent consent{{seen->pending->from, seen->pending->to}, answer.accept};
    if (!answer.from.empty()) consent.pair = {answer.from, answer.to};
    const sync::SourcePair waits{seen->pending->from, seen->pending->to};
    const std::string why = why_no_consent(consent, waits, std::nullopt);
    if (!why.empty()) co_return refused(why);
    sync::CycleRequest request;
    request.consent = std::move(consent);
    request.by = std::move(answer.by);
    co_return co_await source_cycle(std::move(request));
}

Task<Result<std::vector<sync::Snapshot>>> Commands::snapshots() { return parts_.store.snapshots(); }

Task<Result<sync::SnapshotContents>> Commands::snapshot(std::string id) {
    return parts_.store.snapshot(std::move(id));
}

Task<Result<sync::Snapshot>> Commands::import_snapshot(sync::SnapshotContents contents, sync::Asked by) {
    sync::RunRecord run = sync::run_of_admin("import_snapshot", by, system_time());
    auto work = [&contents, &run](sync::IdentityStore& store) -> Result<sync::Snapshot> {
        auto snapshot = store.sources().import(contents);
        if (!snapshot) return snapshot;
        if (run.note.empty()) run.note = "snapshot " + snapshot->id;
        if (auto recorded = store.record_run(run); !recorded) return recorded.error();
        return snapshot;
    };
    co_return co_await parts_.store.transact(std::move(work));
}

Task<Result<sync::RestoreReport>> Commands::restore_snapshot(std::string id, bool assignments_only,
                                                             sync::Asked by) {
    auto report = co_await parts_.store.restore(id, assignments_only, system_time(), std::move(by));
    if (!report) co_return report.error();
    co_await count_anew();
    parts_.log.event(LogEvent::source_restored, {{"snapshot", id},
                                                 {"users", std::to_string(report->users)},
                                                 {"groups", std::to_string(report->groups)},
                                                 {"assignments", std::to_string(report->assignments)},
                                                 {"unmatched", std::to_string(report->unmatched.size())}});
    co_return report;
}

}  // namespace dirsync::daemon
