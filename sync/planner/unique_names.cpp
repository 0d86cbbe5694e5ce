#include "sync/planner/unique_names.hpp"

#include <algorithm>
#include <map>
#include <optional>

#include <boost/unordered/unordered_flat_map.hpp>
#include <boost/unordered/unordered_flat_set.hpp>

namespace dirsync::sync {
namespace {

class Judge {
public:
    Judge(const std::vector<NameClaim>& claims, const NameOwner& owner)
        : claims_(claims), owner_(owner), conflicts_(claims.size()) {
        for (std::size_t i = 0; i < claims_.size(); ++i) {
            if (const NameKey key = claims_[i].wanted; key != 0) wanting_[key].push_back(i);
        }
    }

    std::vector<NameConflict> judged() {
        fail_those_who_meet_a_keeper();
        settle_newcomers();
        std::vector<NameConflict> result;
        for (const auto& conflict : conflicts_) {
            if (conflict) result.push_back(*conflict);
        }
        return result;
    }

private:
    using Wanting = boost::unordered_flat_map<NameKey, std::vector<std::size_t>>;

    /// Fails claim `i`; its row keeps its present name, on which others may have counted.
    void fail(std::size_t i, Node owner) {
        if (conflicts_[i]) return;
        conflicts_[i] = NameConflict{i, owner};
        open_.push_back(i);
    }

    /// Every claim on a name that a keeper has fails, and its row keeps what it has itself, and so on.
    void spread() {
        while (!open_.empty()) {
            const std::size_t keeper = open_.back();
            open_.pop_back();
            const NameKey key = claims_[keeper].present;
            const auto found = key == 0 ? wanting_.end() : wanting_.find(key);
            if (found == wanting_.end()) continue;
            for (const std::size_t i : found->second) {
                if (i != keeper) fail(i, claims_[keeper].node);
            }
        }
    }

    /// A row that wants the name that it has keeps it, like rows that make no claim.
    bool stays(std::size_t i) const { return claims_[i].present == claims_[i].wanted; }

    void fail_those_who_meet_a_keeper() {
        for (std::size_t i = 0; i < claims_.size(); ++i) {
            if (stays(i)) {
                open_.push_back(i);
                continue;
            }
            if (claims_[i].wanted == 0) continue;
            if (const Node owner = owner_(claims_[i].wanted); owner != no_node) fail(i, owner);
        }
        spread();
    }

    /// Of several rows that want the same name: its present owner, else an enabled one, else the smallest
    /// objectGUID in the way that people see it.
    bool goes_before(std::size_t a, std::size_t b, NameKey key) const {
        const bool owns_a = claims_[a].present == key;
        const bool owns_b = claims_[b].present == key;
        if (owns_a != owns_b) return owns_a;
        if (claims_[a].is_enabled != claims_[b].is_enabled) return claims_[a].is_enabled;
        return to_text(claims_[a].guid) < to_text(claims_[b].guid);
    }

    void settle_newcomers() {
        // By the keys' values: an order that does not depend on the order of reading.
        std::map<NameKey, const std::vector<std::size_t>*> contested;
        for (const auto& [key, list] : wanting_) {
            if (list.size() > 1) contested[key] = &list;
        }
        for (const auto& [key, list] : contested) {
            std::optional<std::size_t> winner;
            for (const std::size_t i : *list) {
                if (!conflicts_[i] && (!winner || goes_before(i, *winner, key))) winner = i;
            }
            if (!winner) continue;
            for (const std::size_t i : *list) {
                if (i != *winner) fail(i, claims_[*winner].node);
            }
            spread();
        }
    }

    const std::vector<NameClaim>& claims_;
    const NameOwner& owner_;
    Wanting wanting_;
    std::vector<std::optional<NameConflict>> conflicts_;
    std::vector<std::size_t> open_;
};

/// Some fail because of a claim that fails itself. Judging the outcome again lets those through, as the next
/// plan would; until no claim is left that the next plan would let through. `claims` becomes the outcome.
std::vector<NameConflict> settled(std::vector<NameClaim>& claims, const NameOwner& owner) {
    std::vector<NameConflict> conflicts;
    while (true) {
        const auto before = conflicts.size();
        conflicts = Judge(claims, owner).judged();
        std::vector<bool> failed(claims.size());
        for (const auto& conflict : conflicts) failed[conflict.claim] = true;
        for (std::size_t i = 0; i < claims.size(); ++i) {
            if (!failed[i]) claims[i].present = claims[i].wanted;
        }
        if (conflicts.size() == before) return conflicts;
    }
}

/// A claim that fails and yet stands in the way of another one, by a name that it does not get: the one with
/// the smallest objectGUID of those not tried yet. nullopt: none.
std::optional<std::size_t> in_the_way(const std::vector<NameClaim>& claims,
                                      const std::vector<NameConflict>& conflicts,
                                      const boost::unordered_flat_set<std::size_t>& tried) {
    boost::unordered_flat_map<Node, std::size_t> failed;
    for (const auto& conflict : conflicts) failed.emplace(claims[conflict.claim].node, conflict.claim);
    std::optional<std::size_t> found;
    for (const auto& conflict : conflicts) {
        const auto other = failed.find(conflict.owner);
        if (other == failed.end() || tried.contains(other->second)) continue;
        const auto& claim = claims[other->second];
        if (claim.present == claims[conflict.claim].wanted) continue;
        if (!found || claim.guid < claims[*found].guid) found = other->second;
    }
    return found;
}

/// Each conflict with the owner of its name in the outcome, which a later verdict may have changed.
void name_owners(const std::vector<NameClaim>& outcome, std::vector<NameConflict>& conflicts) {
    if (conflicts.empty()) return;
    boost::unordered_flat_map<NameKey, Node> owners;
    for (const auto& claim : outcome) {
        if (claim.present != 0) owners.emplace(claim.present, claim.node);
    }
    for (auto& conflict : conflicts) {
        const auto found = owners.find(outcome[conflict.claim].wanted);
        if (found != owners.end()) conflict.owner = found->second;
    }
}

}  // namespace

std::vector<NameConflict> name_conflicts(const std::vector<NameClaim>& claims, const NameOwner& owner) {
    auto outcome = claims;
    auto conflicts = settled(outcome, owner);
    // Two may stop each other: one has the name that the other needs, and does not move because of a name
    // that the other will not get. A row that cannot have all it wants then steps back.
    boost::unordered_flat_set<std::size_t> tried;
    while (const auto blocker = in_the_way(outcome, conflicts, tried)) {
        tried.insert(*blocker);
        const NameKey wanted = outcome[*blocker].wanted;
        outcome[*blocker].wanted = outcome[*blocker].present;
        settled(outcome, owner);
        outcome[*blocker].wanted = wanted;
        conflicts = settled(outcome, owner);
    }
    name_owners(outcome, conflicts);
    return conflicts;
}

}  // namespace dirsync::sync
