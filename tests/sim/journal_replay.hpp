#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "model/seams/identity_store.hpp"

namespace dirsync::sim {

/// A row as column -> text; columns that are empty or null are left out.
using Row = std::map<std::string, std::string>;
std::string column(const Row& row, const std::string& name);
/// external_id; nil when there is none.
ObjectGuid guid_of(const Row& row);

/// One line of v1_changes.
struct JournalLine {
    std::int64_t seq = 0;
    std::string action;
    std::string object_type;
    std::string object_id;
    std::string name;
    std::string before;
    std::string after;
    std::string reason;
    bool is_user() const { return object_type == "USER"; }
    /// The columns of a JSON object; of a membership user_id and user_name.
    static Row columns(const std::string& json);
    std::string text() const;
};

/// The identity store, as its journal alone tells it (semantics 5.10).
struct ReplayedStore {
    std::map<std::string, Row> users;  ///< by id
    std::map<std::string, Row> groups;
    std::set<std::pair<std::string, std::string>> memberships;  ///< (group id, user id)
    std::set<std::string> permission_sets;                      ///< by id
    std::set<std::string> assignments;

    bool operator==(const ReplayedStore&) const = default;
    /// Has something that a change of the source may remove.
    bool holds_something() const {
        return !users.empty() || !groups.empty() || !memberships.empty() || !assignments.empty();
    }

    const Row* row(const std::string& id) const;
};

class JournalReplay {
public:
    const ReplayedStore& store() const { return store_; }
    /// Lines behind the last one taken. A string says what is wrong with them.
    std::optional<std::string> fetch(sync::IdentityStore& store, std::vector<JournalLine>& lines);
    /// Applies one line; a string says why it does not fit.
    std::optional<std::string> apply(const JournalLine& line);
    /// The views, compared with what the journal says; a string names the first difference.
    std::optional<std::string> difference(sync::IdentityStore& store) const;

private:
    std::optional<std::string> apply_to(std::set<std::string>& ids, const JournalLine& line) const;

    ReplayedStore store_;
    std::int64_t last_seq_ = 0;
};

/// All rows of a view, empty columns left out.
std::vector<Row> view_rows(sync::IdentityStore& store, const std::string& view,
                           std::optional<std::int64_t> after_seq = {});

}  // namespace dirsync::sim
