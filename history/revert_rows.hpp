#pragma once

#include <algorithm>
#include <map>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <boost/unordered/unordered_flat_set.hpp>

#include "history/later_changes.hpp"
#include "model/row_text.hpp"
#include "model/seams/history_store.hpp"
#include "sync/planner/unique_names.hpp"
#include "sync/row_traits.hpp"

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

/// Rows of one kind on their way back.
template <class Traits>
class RowsBack {
public:
    using Row = typename Traits::Row;
    using Change = typename Traits::Change;
    struct State {
        RowId id;
        Node node = no_node;
        std::optional<Row> present;              ///< as the store has it
        std::optional<Row> wanted;               ///< as it was before the run
        LineAction action = LineAction::update;  ///< of the line that said so
        std::string status_reason;               ///< of the line, where it set a status
    };

    RowsBack(const StoredIndex& stored, HistoryStore& history, const LaterChanges& later,
             std::vector<NotRestored>& not_restored)
        : stored_(stored), history_(history), later_(later), not_restored_(not_restored) {}

    State& state(const std::string& id) {
        const auto [at, is_new] = states_.try_emplace(id);
        if (is_new) {
            at->second.id = parsed_id(id);
            auto row = read(at->second.id);
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
            const bool is_touched =
                later_.is_about_row(line.object_id) || !later_.columns(line.object_id).empty();
            if (*row.wanted == row_of<Row>(line.after) && !is_touched) {
                row.wanted.reset();
            } else {
                skip(line, "it was changed again by a later run: revert that one first");
            }
        } else if (line.action == LineAction::remove) {
            Row before = row_of<Row>(line.before);
            if (!row.wanted && later_.is_about_row(line.object_id)) {
                skip(line, "it was back since, and a later run removed it: revert that one first");
            } else if (!row.wanted) {
                row.wanted = std::move(before);
            } else if (!(*row.wanted == before)) {
                skip(line, "it is there again, with other values");
            }
        } else if (!row.wanted) {
            skip(line, "it is not in the store any more");
        } else if (later_.is_about_row(line.object_id)) {
            skip(line, "a later run removed it and brought it back: revert that one first");
        } else {
            row.status_reason = line.reason;
            std::string changed;
            for (const auto& column :
                 undo(*row.wanted, line.before, line.after, later_.columns(line.object_id))) {
                if (column.undo == Undo::changed) changed += (changed.empty() ? "" : ", ") + column.name;
            }
            if (!changed.empty()) skip(line, "it was changed again by a later run: " + changed);
        }
    }

    /// Gives up what somebody else has by now.
    void judge_names() {
        for (int slot = 0; slot < Traits::slots; ++slot) judge_names(slot);
    }

    std::map<std::string, State>& states() { return states_; }

private:
    auto read(const RowId& id) {
        if constexpr (Traits::is_group) {
            return history_.group(id);
        } else {
            return history_.user(id);
        }
    }

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
            if (row.present) claim.present = name_key(Traits::contested(*row.present, slot));
            claim.wanted = name_key(Traits::contested(*row.wanted, slot));
            claims.push_back(claim);
            claimants.push_back(&row);
        }
        const NameOwner owner = [&](NameKey key) {
            const Node node = Traits::owner(stored_, slot, key);
            return node != no_node && ours.contains(node) ? no_node : node;
        };
        for (const auto& conflict : name_conflicts(claims, owner)) {
            State& row = *claimants[conflict.claim];
            NotRestored skipped;
            skipped.action = row.action;
            skipped.object_type = Traits::is_group ? ObjectType::group : ObjectType::user;
            skipped.object_id = to_text(row.id);
            skipped.name = Traits::name(*row.wanted);
            skipped.why = std::string(Traits::slot_names[at]) + " '" + Traits::contested(*row.wanted, slot) +
                          "' belongs to somebody else by now";
            not_restored_.push_back(std::move(skipped));
            // A contested e-mail costs the e-mail, not the user (semantics 3.5).
            if constexpr (!Traits::is_group) {
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
    const LaterChanges& later_;
    std::vector<NotRestored>& not_restored_;
    std::map<std::string, State> states_;
};

}  // namespace dirsync::sync
