#include "store/sqlite/held_objects.hpp"

#include <algorithm>
#include <iterator>
#include <string>
#include <utility>

#include <boost/unordered/unordered_flat_map.hpp>

#include "store/codec.hpp"
#include "store/sqlite/facts_writer.hpp"

namespace dirsync::store {
namespace {

using sync::HeldObject;

bool has_row(Db& db, const std::string& external_id) {
    return db.integer(
               "SELECT EXISTS (SELECT 1 FROM users WHERE external_id = ?1) OR "
               "EXISTS (SELECT 1 FROM groups WHERE external_id = ?1)",
               external_id) != 0;
}

/// What the mirror knows of objects without a row: what they are, and their DNs.
class Rowless {
public:
    void want(const ObjectGuid& guid) { found_.try_emplace(guid); }
    void look_up(Db& db) {
        if (found_.empty()) return;
        // One pass over all: the mirror has no index by GUID, which each object of it would pay for.
        Query query = db.query("SELECT guid, kind, dn FROM mirror_objects");
        while (query.step()) {
            const auto known = found_.find(guid_of(query->text(0)));
            if (known == found_.end()) continue;
            const bool is_group = static_cast<sync::EntryKind>(query->integer(1)) == sync::EntryKind::group;
            known->second = {is_group ? "GROUP" : "USER", std::string(query->text(2))};
        }
    }
    /// Type and name; empty: it has a row, or nobody knows it.
    std::pair<std::string, std::string> of(const ObjectGuid& guid) const {
        const auto known = found_.find(guid);
        return known == found_.end() ? std::pair<std::string, std::string>() : known->second;
    }

private:
    boost::unordered_flat_map<ObjectGuid, std::pair<std::string, std::string>> found_;
};

std::string second_of(const HeldObject& object) {
    return object.second.is_nil() ? std::string() : to_text(object.second);
}

}  // namespace

void list_held(Db& db, std::int64_t num, const std::vector<HeldObject>& before,
               const std::vector<HeldObject>& now) {
    std::vector<HeldObject> gone;
    std::vector<HeldObject> fresh;
    std::ranges::set_difference(before, now, std::back_inserter(gone));
    std::ranges::set_difference(now, before, std::back_inserter(fresh));
    for (const HeldObject& object : gone) {
        db.run("DELETE FROM held_objects WHERE hold = ? AND first = ? AND second = ?", num,
               to_text(object.first), second_of(object));
    }
    Rowless rowless;
    for (const auto& [first, second] : fresh) {
        const ObjectGuid& named = second.is_nil() ? first : second;
        if (!has_row(db, to_text(named))) rowless.want(named);
    }
    rowless.look_up(db);
    RowInsert insert(db, "INSERT INTO held_objects (hold, first, second, object_type, name)", 5);
    for (const HeldObject& object : fresh) {
        const auto [type, name] = rowless.of(object.second.is_nil() ? object.first : object.second);
        insert.add(num, to_text(object.first), second_of(object), type, name);
    }
    insert.flush();
}

void forget_held(Db& db, std::int64_t num) { db.run("DELETE FROM held_objects WHERE hold = ?", num); }

bool list_all_held(Db& db) {
    if (db.integer("SELECT count(*) FROM holds WHERE num IS NULL") == 0) return false;
    for (const sync::Hold& hold : read_holds(db)) {
        const std::int64_t num = db.integer("SELECT coalesce(max(num), 0) + 1 FROM holds");
        if (db.run("UPDATE holds SET num = ?, word = ? WHERE hold_id = ? AND num IS NULL", num,
                   text_of(hold.hold), hold.id) == 0)
            continue;
        list_held(db, num, {}, hold.objects);
    }
    return true;
}

}  // namespace dirsync::store
