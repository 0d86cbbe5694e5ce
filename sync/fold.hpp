#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include <boost/unordered/unordered_flat_map.hpp>

#include "sync/mirror.hpp"
#include "sync/name_resolver.hpp"
#include "sync/ports.hpp"
#include "sync/settings.hpp"

namespace dirsync::sync {

/// What changed between two states of the mirror, for `affected`.
struct MirrorChanges {
    std::vector<Node> objects;  ///< new, changed, gone missing, visible again, proved deleted
    std::vector<Edge> edges;    ///< added and removed ones, those of deleted objects included
    bool containers = false;    ///< a container is new, gone, renamed or moved
};

struct Folded {
    MirrorDelta delta;
    MirrorChanges changes;
    std::vector<QuarantinedEntry> quarantined;
};

/// Takes one whole read in, entry by entry, and finds what it changes in the mirror; entries that are as
/// they were cost a hash and are forgotten at once. The mirror itself is not touched: a read that breaks
/// is undone by dropping the fold (semantics 5.1).
class Fold : public EntrySink {
public:
    struct Context {
        const Mirror& mirror;
        const ScopeSettings& scope;               ///< its filters are bound to the names of the read
        std::vector<std::string> domain_names;    ///< DNS names by the mirror's DomainIndex
        std::vector<DomainIndex> domain_of_read;  ///< from the index that entries carry to the mirror's
        NameResolver* resolver = nullptr;         ///< sees every entry; may be null
    };
    explicit Fold(Context context);

    void take(Entry&& entry) override;
    void take(QuarantinedEntry&& entry) override;
    void take(MemberChanges&& changes) override;
    void take_deleted(const ObjectGuid& guid) override;
    void take_unseen(const ObjectGuid& guid) override;

    /// Users, groups and containers of the read domains that the mirror has and the read lacked. After the
    /// last entry of a complete read.
    std::vector<ObjectGuid> absent();

    /// What the look-ups said of them (semantics 5.2). An `alive` one may have been taken in the meantime.
    void settle(std::span<const ObjectGuid> guids, std::span<const Fate> fates);

    /// `approved`: absent objects that an admin released. `unproven_deletion`: as in SafetySettings.
    /// Ends the fold.
    Folded finish(Time now, std::span<const ObjectGuid> approved, Limit unproven_deletion);

private:
    Node node_of(const ObjectGuid& guid);
    Node node_for_member(const MemberRef& member);
    Node container_above(const std::string& dn);
    bool matches_filter(const Entry& entry) const;
    bool is_seen(Node node) const { return node < seen_.size() && seen_[node]; }
    bool has_missing_member(Node group) const;
    void mark_seen(Node node);
    void flush_containers();
    void fold_in(Entry&& entry);
    void finish_edges(Folded& result, const std::vector<bool>& gone);

    Context context_;
    std::vector<bool> seen_;
    std::vector<Entry> waiting_containers_;
    boost::unordered_flat_map<ObjectGuid, Node> new_nodes_;
    boost::unordered_flat_map<std::string, Node> containers_;  // by normalized DN
    boost::unordered_flat_map<std::string, Node> parents_;     // by DN text as sent
    boost::unordered_flat_map<Node, std::size_t> upsert_at_;
    std::vector<MirrorUpsert> upserts_;
    std::vector<MirrorRow> row_updates_;
    std::vector<std::pair<Node, std::vector<Node>>> member_lists_;
    std::vector<QuarantinedEntry> quarantined_;
    std::vector<Node> proved_deleted_;
    std::vector<Node> invisible_;
    Node next_node_;
};

}  // namespace dirsync::sync
