#include "store/sqlite/facts_writer.hpp"

#include <algorithm>
#include <map>

#include "model/words.hpp"
#include "store/codec.hpp"
#include "store/sqlite/held_objects.hpp"
#include "store/sqlite/reader.hpp"

namespace dirsync::store {
namespace {

using sync::Approval;
using sync::EntityError;
using sync::Hold;
using sync::Pin;
using sync::SourceRecord;

bool write_error(Db& db, const EntityError& error, Time at) {
    const std::string id = to_text(error.external_id);
    if (error.code.empty()) {
        return db.run("DELETE FROM entity_errors WHERE external_id = ?", id) > 0;
    }
    Time since = at;
    {
        Query query = db.query(
            "SELECT sid, object_type, name, code, message, since FROM entity_errors "
            "WHERE external_id = ?",
            id);
        if (query.step()) {
            const bool same_fault = query->text(3) == error.code && query->text(4) == error.message;
            if (same_fault && query->text(0) == error.sid && query->text(1) == object_type_of(error) &&
                query->text(2) == error.name) {
                return false;
            }
            if (same_fault) since = time_of(query->integer(5));
        }
    }
    db.run(
        "INSERT OR REPLACE INTO entity_errors (external_id, sid, object_type, name, code, message, since) "
        "VALUES (?, ?, ?, ?, ?, ?, ?)",
        id, error.sid, object_type_of(error), error.name, error.code, error.message, seconds(since));
    return true;
}

/// Both sorted.
bool shares_an_object(const std::vector<sync::HeldObject>& a, const std::vector<sync::HeldObject>& b) {
    return std::ranges::any_of(
        a, [&b](const sync::HeldObject& object) { return std::ranges::binary_search(b, object); });
}

bool still_held(const Approval& approval, const std::vector<Hold>& holds) {
    return std::ranges::any_of(holds, [&approval](const Hold& hold) {
        return hold.hold == approval.hold &&
               std::ranges::any_of(approval.objects, [&hold](const auto& object) {
                   return std::ranges::binary_search(hold.objects, object);
               });
    });
}

}  // namespace

bool write_errors(Db& db, const std::vector<EntityError>& errors, Time at) {
    bool wrote = false;
    for (const EntityError& error : errors) wrote |= write_error(db, error, at);
    return wrote;
}

bool write_holds(Db& db, const std::vector<Hold>& holds, Time at) {
    struct Stored {
        std::int64_t num = 0;
        Hold hold;
        bool goes_on = false;  ///< itself, or as a hold of nearly the same objects
    };
    std::map<std::string, Stored, std::less<>> stored;
    std::int64_t last_num = 0;
    for (Hold& hold : read_holds(db)) {
        Stored& known = stored[hold.id];
        known.num = db.integer("SELECT num FROM holds WHERE hold_id = ?", hold.id);
        last_num = std::max(last_num, known.num);
        known.hold = std::move(hold);
    }
    for (const Hold& hold : holds) {
        if (const auto found = stored.find(hold.id); found != stored.end()) found->second.goes_on = true;
    }
    bool wrote = false;
    for (const Hold& hold : holds) {
        const std::string sample = names_text(hold.sample);
        const auto found = stored.find(hold.id);
        if (found == stored.end()) {
            // Its lines are mostly those of the one that it comes from.
            const auto former = std::ranges::find_if(stored, [&hold](const auto& item) {
                const Stored& known = item.second;
                return !known.goes_on && known.hold.hold == hold.hold &&
                       shares_an_object(known.hold.objects, hold.objects);
            });
            const bool is_new = former == stored.end();
            const std::int64_t num = is_new ? ++last_num : former->second.num;
            list_held(db, num, is_new ? std::vector<sync::HeldObject>() : former->second.hold.objects,
                      hold.objects);
            if (!is_new) former->second.goes_on = true;
            const std::string objects = packed(hold.objects);
            db.run(
                "INSERT INTO holds (hold_id, class, limit_text, sample, since, objects, num, word) "
                "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                hold.id, static_cast<int>(hold.hold), hold.limit, sample,
                seconds(hold.since == Time{} ? at : hold.since), Blob{objects}, num, text_of(hold.hold));
            wrote = true;
            continue;
        }
        const Hold& known = found->second.hold;
        if (known.limit == hold.limit && known.sample == hold.sample) continue;
        db.run("UPDATE holds SET limit_text = ?, sample = ? WHERE hold_id = ?", hold.limit, sample, hold.id);
        wrote = true;
    }
    for (const auto& [id, known] : stored) {
        const bool stays = std::ranges::any_of(holds, [&id = id](const Hold& hold) { return hold.id == id; });
        if (stays) continue;
        if (!known.goes_on) forget_held(db, known.num);
        db.run("DELETE FROM holds WHERE hold_id = ?", id);
        wrote = true;
    }
    return wrote;
}

bool drop_approvals(Db& db, const std::vector<std::string>& used, const std::vector<Hold>* holds) {
    bool wrote = false;
    const auto drop = [&db, &wrote](const std::string& id) {
        wrote |= db.run("DELETE FROM approvals WHERE hold_id = ?", id) > 0;
    };
    for (const std::string& id : used) drop(id);
    if (holds == nullptr) return wrote;
    for (const Approval& approval : read_approvals(db)) {
        if (!still_held(approval, *holds)) drop(approval.hold_id);
    }
    return wrote;
}

void write_tally(Db& db, const sync::GuardTally& tally) {
    if (tally.changes_nothing()) return;
    for (const auto& [hold, group] : tally.restarted)
        db.run("DELETE FROM guard_counts WHERE class = ? AND grp = ?", static_cast<int>(hold),
               Blob{bytes_of(group)});
    db.run("DELETE FROM guard_counts WHERE at <= ? OR at > ?", seconds(tally.forget_until),
           seconds(tally.forget_after));
    for (const sync::GuardCount& passed : tally.passed) {
        db.run(
            "INSERT INTO guard_counts (at, class, grp, count) VALUES (?, ?, ?, ?) "
            "ON CONFLICT (at, class, grp) DO UPDATE SET count = count + excluded.count",
            seconds(passed.at), static_cast<int>(passed.hold), Blob{bytes_of(passed.group)},
            static_cast<std::int64_t>(passed.count));
    }
}

void write_time(Db& db, const sync::StoredTime& time) {
    db.run("UPDATE time SET certain = ?, in_doubt = ?", seconds(time.certain), time.in_doubt);
}

bool write_pins(Db& db, std::vector<Pin> pins) {
    std::ranges::sort(pins, {}, &Pin::key);
    if (pins == read_pins(db)) return false;
    db.run("DELETE FROM pins");
    for (const Pin& pin : pins) {
        db.run("INSERT OR REPLACE INTO pins (key, guid) VALUES (?, ?)", pin.key, Blob{bytes_of(pin.guid)});
    }
    return true;
}

bool write_source(Db& db, const SourceRecord& source) {
    if (source == read_source(db)) return false;
    db.run(
        "INSERT OR REPLACE INTO identity_source (id, type, identity, domains, store_id, since, "
        "change_pending) "
        "VALUES (1, ?, ?, ?, ?, ?, ?)",
        sync::text_of(source.kind), source.identity, domains_text(source.domains), to_text(source.store_id),
        seconds(source.since), source.change_pending);
    return true;
}

std::vector<EntityError> read_errors(Db& db) {
    std::vector<EntityError> out;
    Query query = db.query(
        "SELECT external_id, sid, object_type, name, code, message FROM entity_errors "
        "ORDER BY external_id");
    while (query.step()) {
        out.push_back({parsed_guid(query->text(0)), std::string(query->text(1)), query->text(2) == "GROUP",
                       std::string(query->text(3)), std::string(query->text(4)),
                       std::string(query->text(5))});
    }
    return out;
}

std::vector<Hold> read_holds(Db& db) {
    std::vector<Hold> out;
    Query query =
        db.query("SELECT hold_id, class, objects, limit_text, sample, since FROM holds ORDER BY hold_id");
    while (query.step()) {
        out.push_back({std::string(query->text(0)), static_cast<sync::HoldClass>(query->integer(1)),
                       unpacked_objects(query->text(2)), std::string(query->text(3)),
                       parsed_names(query->text(4)), time_of(query->integer(5))});
    }
    return out;
}

std::vector<Approval> read_approvals(Db& db) {
    std::vector<Approval> out;
    Query query = db.query("SELECT hold_id, class, objects, actor, note FROM approvals ORDER BY hold_id");
    while (query.step()) {
        out.push_back({std::string(query->text(0)), static_cast<sync::HoldClass>(query->integer(1)),
                       unpacked_objects(query->text(2)), std::string(query->text(3)),
                       std::string(query->text(4))});
    }
    return out;
}

std::vector<Pin> read_pins(Db& db) {
    std::vector<Pin> out;
    Query query = db.query("SELECT key, guid FROM pins ORDER BY key");
    while (query.step()) out.push_back({std::string(query->text(0)), guid_of(query->text(1))});
    return out;
}

sync::StoredTime read_time(Db& db) {
    Query query = db.query("SELECT certain, in_doubt, pause_in_doubt FROM time");
    query.step();
    return {time_of(query->maybe_integer(0)), query->integer(1) != 0, query->integer(2) != 0};
}

SourceRecord read_source(Db& db) {
    SourceRecord out;
    Query query =
        db.query("SELECT type, identity, domains, store_id, since, change_pending FROM identity_source");
    if (!query.step()) return out;
    out.kind = parsed_source_kind(query->text(0));
    out.identity = query->text(1);
    out.domains = parsed_domains(query->text(2));
    out.store_id = parsed_row_id(query->text(3));
    out.since = time_of(query->integer(4));
    out.change_pending = query->integer(5) != 0;
    return out;
}

std::optional<sync::RunRecord> read_last_run(Db& db) {
    Query query = db.query(
        "SELECT started_at, ended_at, kind, \"trigger\", outcome, counts, error, actor, note, hold_id FROM "
        "runs "
        "ORDER BY id DESC LIMIT 1");
    if (!query.step()) return std::nullopt;
    return run_at(query);
}

sync::Pauser read_pauser(Db& db) {
    // A pause that began in doubt has a run of dirsyncd's own once its clock starts.
    Query query = db.query(
        "SELECT coalesce(actor, ''), coalesce(note, '') FROM runs WHERE \"trigger\" = 'pause' "
        "AND actor IS NOT ? ORDER BY id DESC LIMIT 1",
        std::string_view(sync::engine_actor));
    if (!query.step()) return {};
    return {std::string(query->text(0)), std::string(query->text(1))};
}

}  // namespace dirsync::store
