#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <boost/unordered/unordered_flat_map.hpp>
#include <boost/unordered/unordered_flat_set.hpp>

#include "model/mirror_hash.hpp"
#include "model/seams/identity_store.hpp"

namespace dirsync::sync {

/// Which groups an object is directly in: one flat array for what was loaded, a small overlay for what
/// changed since. The overlay is folded in when it has grown.
class ReverseEdges {
public:
    std::span<const Node> of(Node member) const noexcept;
    void add(Edge edge);
    void remove(Edge edge);
    /// Rebuilds from all edges, which come through `each(callback)`; `nodes` is one above the highest node.
    template <class EachEdge>
    void rebuild(std::size_t nodes, EachEdge&& each);

private:
    std::vector<Node>& overlay_of(Node member);

    std::vector<std::uint32_t> offsets_;
    std::vector<Node> groups_;
    boost::unordered_flat_map<Node, std::vector<Node>> overlay_;
};

/// What the directory looked like at the cursor, as a graph in memory: which objects there are, where, and
/// which are direct members of which. Attribute values and DNs stay on disk, but for the DNs of containers.
/// About 50 bytes an object and 9 a membership. Not thread-safe: one cycle at a time looks at it.
class Mirror {
public:
    Mirror();
    Mirror(const Mirror&) = delete;
    Mirror& operator=(const Mirror&) = delete;

    /// What the store says of an object is damaged: whatever a whole read shows of it differs from now on,
    /// and so does the store's own text, should the row be written without one.
    void distrust(Node node) noexcept {
        if (exists(node)) objects_[node].hash = distrusted_hash;
    }

    /// Loading, in the order of StateSink; `loaded` ends it.
    void load_object(const MirrorRow& row);
    void load_container_dn(Node node, std::string_view dn);
    void load_edge(Edge edge);
    void loaded(Node next_node);

    /// Brings in what a fold found. Strong: `delta` was made from this very state.
    void apply(const MirrorDelta& delta);

    /// One above the highest node ever given.
    Node next_node() const noexcept { return static_cast<Node>(objects_.size()); }
    /// no_node when the GUID is not known.
    Node find(const ObjectGuid& guid) const noexcept;
    bool exists(Node node) const noexcept {
        return node < objects_.size() && (objects_[node].flags & present) != 0;
    }

    /// The row as a value; for an existing node.
    MirrorRow row(Node node) const;
    const ObjectGuid& guid(Node node) const noexcept { return guids_[node]; }
    EntryKind kind(Node node) const noexcept { return objects_[node].kind; }
    DomainIndex domain(Node node) const noexcept { return objects_[node].domain; }
    std::uint64_t hash(Node node) const noexcept { return objects_[node].hash; }
    bool is_untold(Node node) const noexcept { return objects_[node].hash == 0; }
    Node parent(Node node) const noexcept { return objects_[node].parent; }
    bool is_disabled(Node node) const noexcept { return (objects_[node].flags & disabled) != 0; }
    bool is_missing(Node node) const noexcept { return (objects_[node].flags & missing) != 0; }
    bool is_deleted(Node node) const noexcept { return (objects_[node].flags & deleted) != 0; }
    bool is_in_filter(Node node) const noexcept { return (objects_[node].flags & in_filter) != 0; }
    bool is_followed(Node node) const noexcept { return (objects_[node].flags & followed) != 0; }
    bool is_unplaced(Node node) const noexcept { return (objects_[node].flags & unplaced) != 0; }
    bool is_mangled(Node node) const noexcept { return (objects_[node].flags & mangled) != 0; }
    std::int64_t expires(Node node) const noexcept;
    /// Objects that are missing, sorted.
    std::vector<Node> missing_objects() const;
    /// Objects with an unknown object right above them, sorted.
    std::vector<Node> unplaced_objects() const;

    /// Direct members as the directory lists them, sorted: users, groups, foreign principals, unknown ones.
    std::span<const Node> members(Node group) const noexcept;
    /// Groups that list this object, without primary groups and without those of its foreign principals.
    std::span<const Node> listed_in(Node member) const noexcept { return reverse_.of(member); }
    /// The group of the user's primaryGroupID; no_node when there is none or no read has shown it.
    Node primary_group(Node user) const noexcept;
    /// What a foreign security principal stands for in another configured domain; no_node: none is known.
    Node target_of(Node foreign) const noexcept;
    /// Foreign security principals that stand for this object.
    std::span<const Node> foreigns_of(Node object) const noexcept;

    /// Container with this normalized DN; no_node: none.
    Node container(std::string_view dn_key) const noexcept;
    const std::string& container_key(Node node) const noexcept;
    /// Users that expire in (after, until], in no particular order.
    std::vector<Node> expiring(std::int64_t after, std::int64_t until) const;

    /// The first expiry after this moment, in seconds since 1970; nullopt: none.
    std::optional<std::int64_t> next_expiry(std::int64_t after) const;

    /// The domain SIDs, by DomainIndex: needed to tell which domain a SID is of. Before loading and when they
    /// change.
    void set_domain_sids(std::vector<std::optional<Sid>> sids);
    const std::optional<Sid>& domain_sid(DomainIndex domain) const noexcept;

private:
    enum Flag : std::uint8_t {
        present = 1,
        disabled = 2,
        missing = 4,
        deleted = 8,
        in_filter = 16,
        followed = 32,
        unplaced = 64,
        mangled = 128
    };
    struct Object {
        std::uint64_t hash = 0;
        Node parent = no_node;
        std::uint32_t rid = 0;
        std::uint32_t primary_group_rid = 0;
        EntryKind kind = EntryKind::unknown;
        DomainIndex domain = 0;
        std::uint8_t flags = 0;
    };
    struct GuidHash {
        using is_transparent = void;
        const std::vector<ObjectGuid>* guids;
        std::size_t operator()(Node node) const noexcept { return (*guids)[node].hash(); }
        std::size_t operator()(const ObjectGuid& guid) const noexcept { return guid.hash(); }
    };
    struct GuidEqual {
        using is_transparent = void;
        const std::vector<ObjectGuid>* guids;
        bool operator()(Node a, Node b) const noexcept { return (*guids)[a] == (*guids)[b]; }
        bool operator()(const ObjectGuid& a, Node b) const noexcept { return a == (*guids)[b]; }
        bool operator()(Node a, const ObjectGuid& b) const noexcept { return (*guids)[a] == b; }
    };
    /// A SID as (domain, RID): the domain's place above the RID.
    using Account = std::uint64_t;

    void put(const MirrorRow& row);
    void take_out(Node node);
    void set_container_dn(Node node, std::string_view dn);
    std::optional<Account> account_of(const Sid& sid) const noexcept;
    Account account_of(const Object& object) const noexcept {
        return (std::uint64_t{object.domain} << 32) | object.rid;
    }
    void link_foreign(Node foreign, Node target);
    void unlink_foreigns_of(Node node);
    void unlink_foreign(Node foreign);
    void resolve_foreigns();

    std::vector<ObjectGuid> guids_;
    std::vector<Object> objects_;
    boost::unordered_flat_set<Node, GuidHash, GuidEqual> index_;
    boost::unordered_flat_map<Node, std::vector<Node>> members_;
    ReverseEdges reverse_;
    boost::unordered_flat_map<Account, Node> groups_by_account_;
    boost::unordered_flat_map<Node, std::int64_t> expires_;
    boost::unordered_flat_map<Node, std::optional<Time>> missing_since_;
    boost::unordered_flat_map<Node, Sid> foreign_sids_;
    boost::unordered_flat_map<Account, std::vector<Node>> foreigns_by_account_;
    boost::unordered_flat_map<Node, Node> foreign_targets_;
    boost::unordered_flat_map<Node, std::vector<Node>> foreigns_of_;
    boost::unordered_flat_map<std::string, Node> containers_;
    boost::unordered_flat_map<Node, std::string> container_keys_;
    std::vector<std::optional<Sid>> domain_sids_;
};

}  // namespace dirsync::sync
