#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include <boost/unordered/unordered_flat_map.hpp>
#include <boost/unordered/unordered_flat_set.hpp>

#include "model/plan.hpp"
#include "model/seams/identity_store.hpp"

namespace dirsync::sync {

/// What a cycle must know of the stored rows without reading them: which exist, their hashes, their state,
/// and who owns which name. Loaded with the mirror, kept in step by `apply`.
class StoredIndex {
public:
    struct User {
        std::uint64_t hash = 0;
        Status status = Status::enabled;
        ScopeState scope = ScopeState::in;
    };

    void load_user(Node node, std::uint64_t hash, NameKey user_name, NameKey email, Status status,
                   ScopeState scope, std::optional<Time> out_since);
    void load_group(Node node, std::uint64_t hash, NameKey display_name, ScopeState scope,
                    std::optional<Time> out_since);
    /// Ends loading: gives back what growing took too much.
    void loaded();
    void apply(const Plan& plan);

    bool has_user(Node node) const noexcept { return kind_of(node) == Kind::user; }
    bool has_group(Node node) const noexcept { return kind_of(node) == Kind::group; }
    /// For a node that `has_user` or `has_group`.
    std::uint64_t hash(Node node) const noexcept { return hashes_[node]; }
    ScopeState scope(Node node) const noexcept { return facts_[node].scope; }
    Status status(Node node) const noexcept { return facts_[node].status; }
    std::optional<Time> out_since(Node node) const noexcept;

    /// Owner of a name; no_node: free.
    Node owner_of_user_name(NameKey key) const noexcept { return owner(user_names_, key); }
    Node owner_of_email(NameKey key) const noexcept { return owner(emails_, key); }
    Node owner_of_group_name(NameKey key) const noexcept { return owner(group_names_, key); }

    std::uint64_t users() const noexcept { return users_; }
    std::uint64_t groups() const noexcept { return groups_; }
    /// All nodes with a row, rising.
    std::vector<Node> all_users() const { return all(Kind::user); }
    std::vector<Node> all_groups() const { return all(Kind::group); }
    /// Rows out of scope with the time their clock started.
    const boost::unordered_flat_map<Node, Time>& out() const noexcept { return out_since_; }

private:
    enum class Kind : std::uint8_t { none, user, group };
    struct Facts {
        Kind kind = Kind::none;
        Status status = Status::enabled;
        ScopeState scope = ScopeState::in;
    };
    /// A name and its owner in 12 bytes: with a million users padding would cost 16 MB.
    struct Owned {
        std::array<std::uint32_t, 2> key;
        Node node;
        static Owned of(NameKey name, Node node = no_node) noexcept {
            return {{static_cast<std::uint32_t>(name), static_cast<std::uint32_t>(name >> 32)}, node};
        }
        bool operator==(const Owned& other) const noexcept { return key == other.key; }
        friend std::size_t hash_value(const Owned& owned) noexcept {
            return (std::uint64_t{owned.key[1]} << 32) | owned.key[0];
        }
    };
    using Owners = boost::unordered_flat_set<Owned>;

    Kind kind_of(Node node) const noexcept { return node < facts_.size() ? facts_[node].kind : Kind::none; }
    void put(Node node, Kind kind, std::uint64_t hash, Status status, ScopeState scope,
             std::optional<Time> out_since);
    void drop(Node node);
    std::vector<Node> all(Kind kind) const;
    static Node owner(const Owners& owners, NameKey key) noexcept;
    static void own(Owners& owners, NameKey key, Node node);
    static void disown(Owners& owners, NameKey key, Node node);

    std::vector<std::uint64_t> hashes_;
    std::vector<Facts> facts_;
    boost::unordered_flat_map<Node, Time> out_since_;
    Owners user_names_;
    Owners emails_;
    Owners group_names_;
    std::uint64_t users_ = 0;
    std::uint64_t groups_ = 0;
};

}  // namespace dirsync::sync
