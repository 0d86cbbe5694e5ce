#include "store/sqlite/run_writer.hpp"

#include <algorithm>

#include "model/words.hpp"
#include "store/codec.hpp"
#include "store/sqlite/plan_writer.hpp"

namespace dirsync::store {
namespace {

RunWriter::Meta read_meta(Db& db) {
    Query query = db.query("SELECT generation, next_node, next_seq, next_run, state FROM meta");
    query.step();
    return {static_cast<std::uint64_t>(query->integer(0)), static_cast<sync::StateStamp>(query->integer(4)),
            query->integer(1), static_cast<std::uint64_t>(query->integer(2)), query->integer(3)};
}

/// One above the node of a row that comes.
template <class Change>
std::int64_t bound_of(const Change& change) noexcept {
    return change.action == sync::Action::create ? std::int64_t{change.node} + 1 : 0;
}

}  // namespace

RunWriter::RunWriter(Db& db)
    : db_(db), before_(read_meta(db)), journal_(db, before_.next_seq, before_.next_run) {}

void RunWriter::renew_state() { db_.run("UPDATE meta SET state = random()"); }

sync::StateStamp read_state_stamp(Db& db) {
    return static_cast<sync::StateStamp>(db.integer("SELECT state FROM meta"));
}

void RunWriter::write(const sync::Plan& plan, Time at) {
    if (!plan.users.empty() || !plan.groups.empty() || !plan.memberships.empty()) renew_state();
    PlanWriter writer(db_, journal_, at);
    writer.write(plan);
    db_.run(
        "UPDATE meta SET users = users + ?1, groups = groups + ?2, memberships = memberships + ?3 "
        "WHERE ?1 <> 0 OR ?2 <> 0 OR ?3 <> 0",
        writer.users_added(), writer.groups_added(), writer.memberships_added());
    // Rows without an object in the mirror have numbers of their own.
    std::int64_t bound = 0;
    for (const auto& change : plan.users) bound = std::max(bound, bound_of(change));
    for (const auto& change : plan.groups) bound = std::max(bound, bound_of(change));
    db_.run("UPDATE meta SET next_node = ?1 WHERE next_node < ?1", bound);
}

RowId RunWriter::finish(const sync::RunRecord& run) {
    journal_.flush();
    const std::int64_t clock =
        std::max(db_.integer("SELECT run_clock FROM meta"), std::int64_t{1000} * seconds(run.ended));
    const RowId id = run_id_for(static_cast<std::uint64_t>(clock),
                                static_cast<std::uint32_t>(before_.next_run), random_row_id());
    db_.run("UPDATE meta SET next_seq = ?, next_run = ?, run_clock = ?", journal_.next_seq(),
            before_.next_run + 1, clock);
    std::optional<std::uint64_t> first_seq;
    std::optional<std::uint64_t> last_seq;
    if (has_lines()) {
        first_seq = before_.next_seq;
        last_seq = journal_.next_seq() - 1;
    }
    const auto text_or_null = [](const std::string& text) {
        return text.empty() ? std::nullopt : std::optional<std::string_view>(text);
    };
    db_.run(
        "INSERT INTO runs (id, run_id, started_at, ended_at, kind, \"trigger\", outcome, counts, error, "
        "actor, "
        "note, hold_id, first_seq, last_seq) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        before_.next_run, to_text(id), seconds(run.started), seconds(run.ended), text_of(run.kind),
        run.trigger, text_of(run.outcome), counts_text(run.counts), text_or_null(run.error),
        text_or_null(run.actor), text_or_null(run.note), text_or_null(run.hold_id), first_seq, last_seq);
    return id;
}

}  // namespace dirsync::store
