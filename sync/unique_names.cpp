#include "sync/unique_names.hpp"

#include <algorithm>
#include <map>
#include <optional>

#include <boost/unordered/unordered_flat_map.hpp>
#include <boost/unordered/unordered_flat_set.hpp>

namespace dirsync::sync {
namespace {

constexpr int slots = 2;

class Judge {
public:
    Judge(const std::vector<NameClaim>& claims, const NameOwner& owner)
        : claims_(claims), owner_(owner), conflicts_(claims.size()) {
        for (std::size_t i = 0; i < claims_.size(); ++i) {
            for (int slot = 0; slot < slots; ++slot) {
                if (const NameKey key = wanted(i, slot); key != 0) wanting_[slot][key].push_back(i);
            }
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

    NameKey wanted(std::size_t i, int slot) const {
        return claims_[i].wanted[static_cast<std::size_t>(slot)];
    }
    NameKey present(std::size_t i, int slot) const {
        return claims_[i].is_stored ? claims_[i].present[static_cast<std::size_t>(slot)] : 0;
    }

    /// Fails claim `i`; its row keeps its present names, on which others may have counted.
    void fail(std::size_t i, int slot, Node owner) {
        if (conflicts_[i]) return;
        conflicts_[i] = NameConflict{i, slot, owner};
        open_.push_back(i);
    }

    /// Everybody who wants a name that a keeper has fails and keeps what it has itself, and so on.
    void spread() {
        while (!open_.empty()) {
            const std::size_t keeper = open_.back();
            open_.pop_back();
            for (int slot = 0; slot < slots; ++slot) {
                const NameKey key = present(keeper, slot);
                if (key == 0) continue;
                const auto found = wanting_[slot].find(key);
                if (found == wanting_[slot].end()) continue;
                for (const std::size_t i : found->second) {
                    if (i != keeper) fail(i, slot, claims_[keeper].node);
                }
            }
        }
    }

    /// Whoever wants what it has keeps it, like those who make no claim.
    bool stays(std::size_t i) const {
        return claims_[i].is_stored && claims_[i].present == claims_[i].wanted;
    }

    void fail_those_who_meet_a_keeper() {
        for (std::size_t i = 0; i < claims_.size(); ++i) {
            if (stays(i)) {
                open_.push_back(i);
                continue;
            }
            for (int slot = 0; slot < slots; ++slot) {
                const NameKey key = wanted(i, slot);
                if (key == 0) continue;
                if (const Node owner = owner_(slot, key); owner != no_node) fail(i, slot, owner);
            }
        }
        spread();
    }

    /// Of those who want the same name: its present owner, else the smallest objectGUID.
    bool goes_before(std::size_t a, std::size_t b, int slot, NameKey key) const {
        const bool owns_a = present(a, slot) == key;
        const bool owns_b = present(b, slot) == key;
        if (owns_a != owns_b) return owns_a;
        return claims_[a].guid < claims_[b].guid;
    }

    void settle_newcomers() {
        // By the keys' values: an order that does not depend on who was read first.
        std::map<std::pair<int, NameKey>, const std::vector<std::size_t>*> contested;
        for (int slot = 0; slot < slots; ++slot) {
            for (const auto& [key, list] : wanting_[slot]) {
                if (list.size() > 1) contested[{slot, key}] = &list;
            }
        }
        for (const auto& [name, list] : contested) {
            const auto [slot, key] = name;
            std::optional<std::size_t> winner;
            for (const std::size_t i : *list) {
                if (!conflicts_[i] && (!winner || goes_before(i, *winner, slot, key))) winner = i;
            }
            if (!winner) continue;
            for (const std::size_t i : *list) {
                if (i != *winner) fail(i, slot, claims_[*winner].node);
            }
            spread();
        }
    }

    const std::vector<NameClaim>& claims_;
    const NameOwner& owner_;
    Wanting wanting_[slots];
    std::vector<std::optional<NameConflict>> conflicts_;
    std::vector<std::size_t> open_;
};

/// Some fail because of a claim that fails itself. Judging the outcome again lets those through, as the next
/// plan would; until nobody is left whom the next plan would let through. `claims` becomes the outcome.
std::vector<NameConflict> settled(std::vector<NameClaim>& claims, const NameOwner& owner) {
    std::vector<NameConflict> conflicts;
    while (true) {
        const auto before = conflicts.size();
        conflicts = Judge(claims, owner).judged();
        std::vector<bool> failed(claims.size());
        for (const auto& conflict : conflicts) failed[conflict.claim] = true;
        for (std::size_t i = 0; i < claims.size(); ++i) {
            if (failed[i]) continue;
            claims[i].is_stored = true;
            claims[i].present = claims[i].wanted;
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
        const auto slot = static_cast<std::size_t>(conflict.slot);
        const auto& claim = claims[other->second];
        if (claim.is_stored && claim.present[slot] == claims[conflict.claim].wanted[slot]) continue;
        if (!found || claim.guid < claims[*found].guid) found = other->second;
    }
    return found;
}

}  // namespace

std::vector<NameConflict> name_conflicts(const std::vector<NameClaim>& claims, const NameOwner& owner) {
    auto outcome = claims;
    auto conflicts = settled(outcome, owner);
    // Two may stop each other: one has the name that the other needs, and does not move because of a name
    // that the other will not get. Who cannot have all it wants then steps back.
    boost::unordered_flat_set<std::size_t> tried;
    while (const auto blocker = in_the_way(outcome, conflicts, tried)) {
        tried.insert(*blocker);
        const auto wanted = outcome[*blocker].wanted;
        outcome[*blocker].wanted = outcome[*blocker].present;
        settled(outcome, owner);
        outcome[*blocker].wanted = wanted;
        conflicts = settled(outcome, owner);
    }
    return conflicts;
}

}  // namespace dirsync::sync
