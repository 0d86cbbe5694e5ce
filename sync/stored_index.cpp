#include "sync/stored_index.hpp"

namespace dirsync::sync {

void StoredIndex::load_user(Node node, std::uint64_t hash, NameKey user_name, NameKey email, Status status,
                            ScopeState scope, std::optional<Time> out_since) {
    put(node, Kind::user, hash, status, scope, out_since);
    own(user_names_, user_name, node);
    own(emails_, email, node);
}

void StoredIndex::load_group(Node node, std::uint64_t hash, NameKey display_name, ScopeState scope,
                             std::optional<Time> out_since) {
    put(node, Kind::group, hash, Status::enabled, scope, out_since);
    own(group_names_, display_name, node);
}

void StoredIndex::loaded() {
    hashes_.shrink_to_fit();
    facts_.shrink_to_fit();
}

void StoredIndex::put(Node node, Kind kind, std::uint64_t hash, Status status, ScopeState scope,
                      std::optional<Time> out_since) {
    if (node >= facts_.size()) {
        facts_.resize(node + std::size_t{1});
        hashes_.resize(node + std::size_t{1});
    }
    if (facts_[node].kind == Kind::none) ++(kind == Kind::user ? users_ : groups_);
    facts_[node] = {kind, status, scope};
    hashes_[node] = hash;
    if (out_since) {
        out_since_[node] = *out_since;
    } else {
        out_since_.erase(node);
    }
}

void StoredIndex::drop(Node node) {
    if (kind_of(node) == Kind::none) return;
    --(facts_[node].kind == Kind::user ? users_ : groups_);
    facts_[node] = {};
    hashes_[node] = 0;
    out_since_.erase(node);
}

void StoredIndex::apply(const Plan& plan) {
    // All old names are released before new ones are taken: names may swap.
    for (const auto& change : plan.users) {
        if (change.action == Action::create) continue;
        disown(user_names_, name_key(change.before.user_name), change.node);
        disown(emails_, name_key(change.before.email), change.node);
    }
    for (const auto& change : plan.groups) {
        if (change.action != Action::create)
            disown(group_names_, name_key(change.before.display_name), change.node);
    }
    for (const auto& change : plan.users) {
        if (change.action == Action::remove) {
            drop(change.node);
        } else {
            load_user(change.node, hash_of(change.after), name_key(change.after.user_name),
                      name_key(change.after.email), change.after.status, change.after.scope,
                      change.after.out_since);
        }
    }
    for (const auto& change : plan.groups) {
        if (change.action == Action::remove) {
            drop(change.node);
        } else {
            load_group(change.node, hash_of(change.after), name_key(change.after.display_name),
                       change.after.scope, change.after.out_since);
        }
    }
}

std::optional<Time> StoredIndex::out_since(Node node) const noexcept {
    const auto found = out_since_.find(node);
    return found == out_since_.end() ? std::nullopt : std::optional(found->second);
}

std::vector<Node> StoredIndex::all(Kind kind) const {
    std::vector<Node> nodes;
    for (Node node = 0; node < facts_.size(); ++node) {
        if (facts_[node].kind == kind) nodes.push_back(node);
    }
    return nodes;
}

Node StoredIndex::owner(const Owners& owners, NameKey key) noexcept {
    const auto found = owners.find(Owned::of(key));
    return found == owners.end() ? no_node : found->node;
}

void StoredIndex::own(Owners& owners, NameKey key, Node node) {
    if (key == 0) return;
    owners.erase(Owned::of(key));
    owners.insert(Owned::of(key, node));
}

void StoredIndex::disown(Owners& owners, NameKey key, Node node) {
    if (const auto found = owners.find(Owned::of(key)); found != owners.end() && found->node == node)
        owners.erase(found);
}

}  // namespace dirsync::sync
