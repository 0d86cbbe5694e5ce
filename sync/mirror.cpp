#include "sync/mirror.hpp"

#include <algorithm>

#include "core/dn.hpp"

namespace dirsync::sync {
namespace {

void insert_sorted(std::vector<Node>& nodes, Node node) {
    const auto at = std::lower_bound(nodes.begin(), nodes.end(), node);
    if (at == nodes.end() || *at != node) nodes.insert(at, node);
}

void erase_sorted(std::vector<Node>& nodes, Node node) {
    const auto at = std::lower_bound(nodes.begin(), nodes.end(), node);
    if (at != nodes.end() && *at == node) nodes.erase(at);
}

}  // namespace

std::span<const Node> ReverseEdges::of(Node member) const noexcept {
    if (const auto found = overlay_.find(member); found != overlay_.end()) return found->second;
    if (std::size_t{member} + 1 >= offsets_.size()) return {};
    return std::span(groups_).subspan(offsets_[member], offsets_[member + 1] - offsets_[member]);
}

std::vector<Node>& ReverseEdges::overlay_of(Node member) {
    const auto base = of(member);
    return overlay_.try_emplace(member, base.begin(), base.end()).first->second;
}

void ReverseEdges::add(Edge edge) { insert_sorted(overlay_of(edge.member), edge.group); }
void ReverseEdges::remove(Edge edge) { erase_sorted(overlay_of(edge.member), edge.group); }

template <class EachEdge>
void ReverseEdges::rebuild(std::size_t nodes, EachEdge&& each) {
    overlay_.clear();
    offsets_.assign(nodes + 1, 0);
    each([this](Edge edge) { ++offsets_[edge.member + 1]; });
    for (std::size_t i = 1; i < offsets_.size(); ++i) offsets_[i] += offsets_[i - 1];
    groups_.assign(offsets_.back(), no_node);
    groups_.shrink_to_fit();
    each([this](Edge edge) { groups_[offsets_[edge.member]++] = edge.group; });
    // Filling moved every offset to the start of the next member.
    for (std::size_t i = offsets_.size() - 1; i > 0; --i) offsets_[i] = offsets_[i - 1];
    offsets_[0] = 0;
    for (std::size_t i = 0; i + 1 < offsets_.size(); ++i) {
        std::sort(groups_.begin() + offsets_[i], groups_.begin() + offsets_[i + 1]);
    }
}

Mirror::Mirror() : index_(0, GuidHash{&guids_}, GuidEqual{&guids_}) {}

void Mirror::put(const MirrorRow& row) {
    if (row.node >= objects_.size()) {
        objects_.resize(row.node + std::size_t{1});
        guids_.resize(row.node + std::size_t{1});
    }
    const bool was_there = exists(row.node);
    Object& object = objects_[row.node];
    if (was_there && object.kind == EntryKind::group) groups_by_account_.erase(account_of(object));
    const bool is_other_account =
        was_there && (object.domain != row.domain || object.rid != (row.sid ? row.sid->rid() : 0));
    if (is_other_account) unlink_foreigns_of(row.node);
    object.hash = row.hash;
    object.parent = row.parent;
    object.primary_group_rid = row.primary_group_rid;
    object.rid = row.sid ? row.sid->rid() : 0;
    object.kind = row.kind;
    object.domain = row.domain;
    object.flags = static_cast<std::uint8_t>(present | (row.disabled ? disabled : 0) |
                                             (row.missing ? missing : 0) | (row.deleted ? deleted : 0) |
                                             (row.in_filter ? in_filter : 0) | (row.followed ? followed : 0) |
                                             (row.unplaced ? unplaced : 0) | (row.mangled ? mangled : 0));
    if (!was_there) {
        guids_[row.node] = row.guid;
        index_.insert(row.node);
    }
    if (row.kind == EntryKind::group && row.sid) groups_by_account_[account_of(object)] = row.node;
    if (row.expires != never_expires) {
        expires_[row.node] = row.expires;
    } else {
        expires_.erase(row.node);
    }
    if (row.missing) {
        missing_since_[row.node] = row.missing_since;
    } else {
        missing_since_.erase(row.node);
    }
    if (row.kind == EntryKind::foreign && row.sid) {
        foreign_sids_[row.node] = *row.sid;
    } else if (row.kind == EntryKind::user || row.kind == EntryKind::group) {
        if (const auto found = foreigns_by_account_.find(account_of(object));
            found != foreigns_by_account_.end()) {
            for (const Node foreign : found->second) link_foreign(foreign, row.node);
        }
    }
}

/// Those that stand for its account.
void Mirror::unlink_foreigns_of(Node node) {
    const auto list = foreigns_of_.find(node);
    if (list == foreigns_of_.end()) return;
    const auto foreigns = list->second;
    for (const Node foreign : foreigns) unlink_foreign(foreign);
}

void Mirror::take_out(Node node) {
    Object& object = objects_[node];
    if (object.kind == EntryKind::group) {
        if (const auto found = groups_by_account_.find(account_of(object));
            found != groups_by_account_.end() && found->second == node) {
            groups_by_account_.erase(found);
        }
    }
    if (object.kind == EntryKind::foreign) {
        unlink_foreign(node);
        if (const auto sid = foreign_sids_.find(node); sid != foreign_sids_.end()) {
            if (const auto account = account_of(sid->second)) {
                if (const auto list = foreigns_by_account_.find(*account);
                    list != foreigns_by_account_.end()) {
                    erase_sorted(list->second, node);
                }
            }
            foreign_sids_.erase(sid);
        }
    }
    unlink_foreigns_of(node);
    if (const auto list = members_.find(node); list != members_.end()) {
        for (const Node member : list->second) reverse_.remove({node, member});
        members_.erase(list);
    }
    const auto above = reverse_.of(node);
    const std::vector<Node> groups(above.begin(), above.end());
    for (const Node group : groups) {
        if (const auto list = members_.find(group); list != members_.end()) erase_sorted(list->second, node);
        reverse_.remove({group, node});
    }
    if (const auto key = container_keys_.find(node); key != container_keys_.end()) {
        if (const auto at = containers_.find(key->second); at != containers_.end() && at->second == node) {
            containers_.erase(at);
        }
        container_keys_.erase(key);
    }
    expires_.erase(node);
    missing_since_.erase(node);
    index_.erase(node);
    object = Object{};
    guids_[node] = ObjectGuid{};
}

void Mirror::set_container_dn(Node node, std::string_view dn) {
    const auto parsed = Dn::parse(dn);
    if (!parsed) return;
    auto& key = container_keys_[node];
    if (key == parsed->key()) return;
    if (const auto at = containers_.find(key); at != containers_.end() && at->second == node)
        containers_.erase(at);
    key = parsed->key();
    containers_[key] = node;
}

void Mirror::load_object(const MirrorRow& row) { put(row); }
void Mirror::load_container_dn(Node node, std::string_view dn) { set_container_dn(node, dn); }
void Mirror::load_edge(Edge edge) { members_[edge.group].push_back(edge.member); }

void Mirror::loaded(Node next_node) {
    if (next_node > objects_.size()) {
        objects_.resize(next_node);
        guids_.resize(next_node);
    }
    objects_.shrink_to_fit();
    guids_.shrink_to_fit();
    for (auto& [group, list] : members_) list.shrink_to_fit();
    reverse_.rebuild(objects_.size(), [this](auto&& callback) {
        for (const auto& [group, list] : members_) {
            for (const Node member : list) callback(Edge{group, member});
        }
    });
    resolve_foreigns();
}

void Mirror::apply(const MirrorDelta& delta) {
    for (const auto& upsert : delta.upserts) {
        put(upsert.row);
        if (upsert.row.kind == EntryKind::container) set_container_dn(upsert.row.node, upsert.dn);
    }
    for (const auto& row : delta.row_updates) put(row);
    for (const Node node : delta.removed) {
        if (exists(node)) take_out(node);
    }
    // The overlay is for small changes; a first read builds the flat array anew.
    const std::size_t edges = delta.edges_added.size() + delta.edges_removed.size();
    const bool rebuild = edges > 4096;
    for (const Edge edge : delta.edges_removed) {
        if (const auto list = members_.find(edge.group); list != members_.end())
            erase_sorted(list->second, edge.member);
        if (!rebuild) reverse_.remove(edge);
    }
    if (rebuild) {
        for (const Edge edge : delta.edges_added) members_[edge.group].push_back(edge.member);
        for (auto& [group, list] : members_) {
            if (!std::is_sorted(list.begin(), list.end())) std::sort(list.begin(), list.end());
            list.erase(std::unique(list.begin(), list.end()), list.end());
        }
        reverse_.rebuild(objects_.size(), [this](auto&& callback) {
            for (const auto& [group, list] : members_) {
                for (const Node member : list) callback(Edge{group, member});
            }
        });
    } else {
        for (const Edge edge : delta.edges_added) {
            insert_sorted(members_[edge.group], edge.member);
            reverse_.add(edge);
        }
    }
    bool new_foreign = false;
    for (const auto& upsert : delta.upserts) new_foreign |= upsert.row.kind == EntryKind::foreign;
    if (new_foreign) resolve_foreigns();
}

Node Mirror::find(const ObjectGuid& guid) const noexcept {
    const auto found = index_.find(guid);
    return found == index_.end() ? no_node : *found;
}

MirrorRow Mirror::row(Node node) const {
    const Object& object = objects_[node];
    MirrorRow row;
    row.node = node;
    row.guid = guids_[node];
    row.kind = object.kind;
    row.domain = object.domain;
    row.disabled = is_disabled(node);
    row.missing = is_missing(node);
    row.deleted = is_deleted(node);
    row.in_filter = is_in_filter(node);
    row.followed = is_followed(node);
    row.unplaced = is_unplaced(node);
    row.mangled = is_mangled(node);
    if (const auto since = missing_since_.find(node); since != missing_since_.end())
        row.missing_since = since->second;
    row.parent = object.parent;
    row.primary_group_rid = object.primary_group_rid;
    row.expires = expires(node);
    row.hash = object.hash;
    if (const auto sid = foreign_sids_.find(node); sid != foreign_sids_.end()) {
        row.sid = sid->second;
    } else if (object.rid != 0 && domain_sid(object.domain)) {
        row.sid = domain_sid(object.domain)->with_rid(object.rid);
    }
    return row;
}

std::int64_t Mirror::expires(Node node) const noexcept {
    const auto found = expires_.find(node);
    return found == expires_.end() ? never_expires : found->second;
}

std::span<const Node> Mirror::members(Node group) const noexcept {
    const auto found = members_.find(group);
    return found == members_.end() ? std::span<const Node>{} : std::span<const Node>(found->second);
}

Node Mirror::primary_group(Node user) const noexcept {
    const Object& object = objects_[user];
    if (object.primary_group_rid == 0) return no_node;
    const auto found =
        groups_by_account_.find((std::uint64_t{object.domain} << 32) | object.primary_group_rid);
    return found == groups_by_account_.end() ? no_node : found->second;
}

Node Mirror::target_of(Node foreign) const noexcept {
    const auto found = foreign_targets_.find(foreign);
    return found == foreign_targets_.end() ? no_node : found->second;
}

std::span<const Node> Mirror::foreigns_of(Node object) const noexcept {
    const auto found = foreigns_of_.find(object);
    return found == foreigns_of_.end() ? std::span<const Node>{} : std::span<const Node>(found->second);
}

Node Mirror::container(std::string_view dn_key) const noexcept {
    const auto found = containers_.find(std::string(dn_key));
    return found == containers_.end() ? no_node : found->second;
}

const std::string& Mirror::container_key(Node node) const noexcept {
    static const std::string none;
    const auto found = container_keys_.find(node);
    return found == container_keys_.end() ? none : found->second;
}

std::vector<Node> Mirror::expiring(std::int64_t after, std::int64_t until) const {
    std::vector<Node> nodes;
    for (const auto& [node, when] : expires_) {
        if (when > after && when <= until) nodes.push_back(node);
    }
    return nodes;
}

std::optional<std::int64_t> Mirror::next_expiry(std::int64_t after) const {
    std::optional<std::int64_t> next;
    for (const auto& [node, when] : expires_) {
        if (when > after && (!next || when < *next)) next = when;
    }
    return next;
}

std::vector<Node> Mirror::missing_objects() const {
    std::vector<Node> nodes;
    for (const auto& [node, since] : missing_since_) nodes.push_back(node);
    std::sort(nodes.begin(), nodes.end());
    return nodes;
}

std::vector<Node> Mirror::unplaced_objects() const {
    std::vector<Node> nodes;
    for (Node node = 0; node < next_node(); ++node) {
        if (exists(node) && is_unplaced(node)) nodes.push_back(node);
    }
    return nodes;
}

void Mirror::set_domain_sids(std::vector<std::optional<Sid>> sids) {
    if (sids == domain_sids_) return;
    domain_sids_ = std::move(sids);
    resolve_foreigns();
}

const std::optional<Sid>& Mirror::domain_sid(DomainIndex domain) const noexcept {
    static const std::optional<Sid> none;
    return domain < domain_sids_.size() ? domain_sids_[domain] : none;
}

std::optional<Mirror::Account> Mirror::account_of(const Sid& sid) const noexcept {
    for (std::size_t i = 0; i < domain_sids_.size(); ++i) {
        if (domain_sids_[i] && sid.count > 0 && sid.domain() == *domain_sids_[i]) {
            return (std::uint64_t{i} << 32) | sid.rid();
        }
    }
    return std::nullopt;
}

void Mirror::link_foreign(Node foreign, Node target) {
    unlink_foreign(foreign);
    foreign_targets_[foreign] = target;
    insert_sorted(foreigns_of_[target], foreign);
}

void Mirror::unlink_foreign(Node foreign) {
    const auto found = foreign_targets_.find(foreign);
    if (found == foreign_targets_.end()) return;
    if (const auto list = foreigns_of_.find(found->second); list != foreigns_of_.end()) {
        erase_sorted(list->second, foreign);
        if (list->second.empty()) foreigns_of_.erase(list);
    }
    foreign_targets_.erase(found);
}

void Mirror::resolve_foreigns() {
    foreigns_by_account_.clear();
    for (const auto& [foreign, sid] : foreign_sids_) {
        if (const auto account = account_of(sid)) insert_sorted(foreigns_by_account_[*account], foreign);
    }
    if (foreigns_by_account_.empty()) return;
    for (Node node = 0; node < objects_.size(); ++node) {
        const Object& object = objects_[node];
        if (object.kind != EntryKind::user && object.kind != EntryKind::group) continue;
        const auto found = foreigns_by_account_.find(account_of(object));
        if (found == foreigns_by_account_.end()) continue;
        for (const Node foreign : found->second) link_foreign(foreign, node);
    }
}

}  // namespace dirsync::sync
