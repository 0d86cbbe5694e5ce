#pragma once

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <boost/unordered/unordered_flat_set.hpp>

#include "model/history_store.hpp"
#include "model/row_text.hpp"
#include "sync/planner/unique_names.hpp"
#include "sync/stored_index.hpp"

// Rows on their way back, for revert.cpp only.
namespace dirsync::sync {

/// How a failing read leaves `rewind`, which knows std::exception only.
struct ReadFailed : std::runtime_error {
    explicit ReadFailed(Error why) : std::runtime_error(why.message()), error(std::move(why)) {}
    Error error;
};

inline RowId parsed_id(const std::string& text) {
    const auto id = parse<RowId>(text);
    if (!id) throw std::runtime_error("the journal names a row " + quoted_peer_text(text));
    return *id;
}

/// What differs between users and groups here.
struct UsersBack {
    using Row = UserRow;
    using Change = UserChange;
    static constexpr bool is_group = false;
    static constexpr int slots = 2;
    static constexpr std::array<std::string_view, 2> slot_names{"userName", "email"};
    static auto read(HistoryStore& history, const RowId& id) { return history.user(id); }
    static const std::string& name(const Row& row) { return row.user_name; }
    static std::array<NameKey, 2> keys(const Row& row) {
        return {name_key(row.user_name), name_key(row.email)};
    }
    static const std::string& contested(const Row& row, int slot) {
        return slot == 0 ? row.user_name : row.email;
    }
    static Node owner(const StoredIndex& stored, int slot, NameKey key) {
        return slot == 0 ? stored.owner_of_user_name(key) : stored.owner_of_email(key);
    }
};
struct GroupsBack {
    using Row = GroupRow;
    using Change = GroupChange;
    static constexpr bool is_group = true;
    static constexpr int slots = 1;
    static constexpr std::array<std::string_view, 2> slot_names{"displayName", ""};
    static auto read(HistoryStore& history, const RowId& id) { return history.group(id); }
    static const std::string& name(const Row& row) { return row.display_name; }
    static std::array<NameKey, 2> keys(const Row& row) { return {name_key(row.display_name), 0}; }
    static const std::string& contested(const Row& row, int) { return row.display_name; }
    static Node owner(const StoredIndex& stored, int slot, NameKey key) {
        return slot == 0 ? stored.owner_of_group_name(key) : no_node;
    }
};

/// Rows of one kind on their way back.
template <class Kind>
class RowsBack {
public:
    using Row = typename Kind::Row;
    using Change = typename Kind::Change;
    struct State {
        RowId id;
        Node node = no_node;
        std::optional<Row> present;              ///< as the store has it
        std::optional<Row> wanted;               ///< as it was before the run
        LineAction action = LineAction::update;  ///< of the line that said so
    };

    RowsBack(const StoredIndex& stored, HistoryStore& history, std::vector<NotRestored>& not_restored)
        : stored_(stored), history_(history), not_restored_(not_restored) {}

    State& state(const std::string& id) {
        const auto [at, is_new] = states_.try_emplace(id);
        if (is_new) {
            at->second.id = parsed_id(id);
            auto row = Kind::read(history_, at->second.id);
            if (!row) throw ReadFailed(row.error());
            if (*row) {
                at->second.node = (*row)->node;
                at->second.present = std::move((*row)->row);
                at->second.wanted = at->second.present;
            }
        }
        return at->second;
    }

    void take(const ChangeLine& line) {
        State& row = state(line.object_id);
        row.action = line.action;
        if (line.action == LineAction::create) {
            if (!row.wanted) return;
            if (*row.wanted == row_of<Row>(line.after)) {
                row.wanted.reset();
            } else {
                skip(line, "it was changed again by a later run: revert that one first");
            }
        } else if (line.action == LineAction::remove) {
            Row before = row_of<Row>(line.before);
            if (!row.wanted) {
                row.wanted = std::move(before);
            } else if (!(*row.wanted == before)) {
                skip(line, "it is there again, with other values");
            }
        } else if (!row.wanted) {
            skip(line, "it is not in the store any more");
        } else {
            std::string changed;
            for (const auto& column : undo(*row.wanted, line.before, line.after)) {
                if (column.undo == Undo::changed) changed += (changed.empty() ? "" : ", ") + column.name;
            }
            if (!changed.empty()) skip(line, "it was changed again by a later run: " + changed);
        }
    }

    /// Gives up what somebody else has by now.
    void judge_names() {
        for (int slot = 0; slot < Kind::slots; ++slot) judge_names(slot);
    }

    std::map<std::string, State>& states() { return states_; }

private:
    void judge_names(int slot) {
        const auto at = static_cast<std::size_t>(slot);
        std::vector<State*> claimants;
        std::vector<NameClaim> claims;
        boost::unordered_flat_set<Node> ours;
        Node unstored = no_node;
        for (auto& [id, row] : states_) {
            if (row.present) ours.insert(row.node);
            if (!row.wanted) continue;
            NameClaim claim;
            // A row that is not there has no node yet; any that nobody has will do.
            claim.node = row.present ? row.node : --unstored;
            claim.guid = guid_of(*row.wanted);
            if (row.present) claim.present = Kind::keys(*row.present)[at];
            claim.wanted = Kind::keys(*row.wanted)[at];
            claims.push_back(claim);
            claimants.push_back(&row);
        }
        const NameOwner owner = [&](NameKey key) {
            const Node node = Kind::owner(stored_, slot, key);
            return node != no_node && ours.contains(node) ? no_node : node;
        };
        for (const auto& conflict : name_conflicts(claims, owner)) {
            State& row = *claimants[conflict.claim];
            NotRestored skipped;
            skipped.action = row.action;
            skipped.object_type = Kind::is_group ? ObjectType::group : ObjectType::user;
            skipped.object_id = to_text(row.id);
            skipped.name = Kind::name(*row.wanted);
            skipped.why = std::string(Kind::slot_names[at]) + " '" + Kind::contested(*row.wanted, slot) +
                          "' belongs to somebody else by now";
            not_restored_.push_back(std::move(skipped));
            // A contested e-mail costs the e-mail, not the user (semantics 3.5).
            if constexpr (!Kind::is_group) {
                if (slot == 1) row.wanted->email = row.present ? row.present->email : std::string();
            }
            if (slot == 0) row.wanted = row.present;
        }
    }

    void skip(const ChangeLine& line, std::string why) {
        not_restored_.push_back({line.action, line.object_type, line.object_id, line.name, std::move(why)});
    }

    const StoredIndex& stored_;
    HistoryStore& history_;
    std::vector<NotRestored>& not_restored_;
    std::map<std::string, State> states_;
};

}  // namespace dirsync::sync
