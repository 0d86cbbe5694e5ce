#include "sync/fold.hpp"

#include <algorithm>

// Whom a read lacked, and what became of them.
namespace dirsync::sync {
namespace {

/// A whole branch that cannot be read any more waits for the next whole read, and so do very many whose place
/// is not known.
constexpr std::size_t most_looked_for_again = 500;

bool counts_when_absent(EntryKind kind) noexcept {
    return kind == EntryKind::user || kind == EntryKind::group || kind == EntryKind::container ||
           kind == EntryKind::other;
}

}  // namespace

bool Fold::reads_domain_of(Node node) const {
    const auto& domains = context_.domain_of_read;
    return std::find(domains.begin(), domains.end(), context_.mirror.domain(node)) != domains.end();
}

bool Fold::waits_for_removal(Node node) const {
    const Mirror& mirror = context_.mirror;
    return mirror.is_deleted(node) && mirror.is_missing(node) && context_.stored != nullptr &&
           (context_.stored->has_user(node) || context_.stored->has_group(node));
}

std::vector<ObjectGuid> Fold::absent() {
    flush_containers();
    looks_up_ = true;
    if (context_.whole && !asked_.empty()) return {};
    const Mirror& mirror = context_.mirror;
    if (mirror.next_node() > 0) compare_lists();
    std::vector<ObjectGuid> guids = context_.whole ? absent_from_all() : absent_from_changes();
    std::sort(guids.begin(), guids.end());
    guids.erase(std::unique(guids.begin(), guids.end()), guids.end());
    std::erase_if(guids, [this](const ObjectGuid& guid) {
        const Node node = context_.mirror.find(guid);
        return asked_.contains(guid) || (node != no_node && !reads_domain_of(node));
    });
    return guids;
}

std::vector<ObjectGuid> Fold::absent_from_changes() {
    const Mirror& mirror = context_.mirror;
    std::vector<ObjectGuid> guids;
    const auto ask_for_list_of = [&](Node group) {
        fate_asked_.erase(mirror.guid(group));
        if (!listed_.contains(group)) guids.push_back(mirror.guid(group));
    };
    const auto ask_for_groups_of = [&](Node node) {
        for (const Node group : mirror.listed_in(node)) {
            if (!gone_.contains(group)) ask_for_list_of(group);
        }
    };
    for (const auto& guid : unseen_) {
        if (!is_seen(mirror.find(guid))) guids.push_back(guid);
    }
    for (const auto& guid : without_list_) {
        if (!listed_.contains(node_of(guid))) guids.push_back(guid);
    }
    if (reads_several_domains()) {
        for (const auto* deleted : {&gone_, &dead_elsewhere_}) {
            for (const Node node : *deleted) {
                if (mirror.exists(node)) guids.push_back(mirror.guid(node));
            }
        }
    }
    // Nothing tells of it when the account may read what it could not.
    if (const auto& unread = context_.quarantined; unread.size() <= most_looked_for_again) {
        for (const auto& guid : unread) {
            if (!has_seen(guid) && !has_lost(guid)) guids.push_back(guid);
        }
    }
    if (const auto missing = mirror.missing_objects(); missing.size() <= most_looked_for_again) {
        for (const Node node : missing) {
            if (!is_seen(node) && !gone_.contains(node) && !mirror.is_deleted(node))
                guids.push_back(mirror.guid(node));
        }
    }
    if (!containers_.empty()) {
        // What it lay below was moved while it was read, or was hidden and is told now.
        if (const auto unplaced = mirror.unplaced_objects(); unplaced.size() <= most_looked_for_again) {
            for (const Node node : unplaced) {
                if (!is_seen(node) && !gone_.contains(node)) guids.push_back(mirror.guid(node));
            }
        }
    }
    // Nobody told what the lists of their groups lost while they were out of sight.
    for (const Node node : mirror.missing_objects()) {
        if (is_seen(node) && !gone_.contains(node)) ask_for_groups_of(node);
    }
    const auto again = groups_to_read_again();
    guids.insert(guids.end(), again.begin(), again.end());
    // A deletion ends the links of an object without a word from its groups (MS-ADTS 3.1.1.1.9).
    for (const Node node : reborn_) {
        if (!mirror.exists(node) || gone_.contains(node)) continue;
        if (mirror.kind(node) == EntryKind::group) ask_for_list_of(node);
        ask_for_groups_of(node);
    }
    for (const auto& guid : guids) fate_asked_.erase(guid);
    const boost::unordered_flat_set<ObjectGuid> wanted(guids.begin(), guids.end());
    for (const auto& guid : lost_members()) {
        const bool is_asked = asked_.contains(guid) || wanted.contains(guid);
        if (!is_asked && fate_asked_.insert(guid).second) guids.push_back(guid);
    }
    return guids;
}

/// Members whom lists lack now and of whom nothing else was told. Of groups the list counts: what it shows is
/// found out in the same cycle whether the group was told as changed or not (semantics 5.6).
std::vector<ObjectGuid> Fold::lost_members() const {
    const Mirror& mirror = context_.mirror;
    std::vector<ObjectGuid> guids;
    for (const Edge edge : lost_) {
        const EntryKind kind = mirror.kind(edge.member);
        const bool counts = kind == EntryKind::user || kind == EntryKind::group || kind == EntryKind::foreign;
        const bool is_told =
            is_seen(edge.member) && (kind != EntryKind::group || listed_.contains(edge.member));
        if (counts && !is_told && !gone_.contains(edge.member)) guids.push_back(mirror.guid(edge.member));
    }
    return guids;
}

std::vector<ObjectGuid> Fold::absent_from_all() const {
    const Mirror& mirror = context_.mirror;
    std::vector<ObjectGuid> guids;
    std::vector<bool> was_read(256);
    for (const DomainIndex domain : context_.domain_of_read) was_read[domain] = true;
    for (Node node = 0; node < mirror.next_node(); ++node) {
        if (!mirror.exists(node) || is_seen(node)) continue;
        if (mirror.is_deleted(node) && !waits_for_removal(node)) continue;
        const bool counts = counts_when_absent(mirror.kind(node)) || mirror.is_missing(node);
        if (!counts || !was_read[mirror.domain(node)]) continue;
        guids.push_back(mirror.guid(node));
    }
    // No read shows foreign principals but by the lists that they are in; nor the tombstones of those who
    // were given up, for whom a read of changes asks as soon as it looks at such a list.
    for (const Edge edge : lost_) {
        const bool is_given_up = mirror.is_deleted(edge.member) && !is_seen(edge.member);
        if (mirror.kind(edge.member) == EntryKind::foreign || is_given_up)
            guids.push_back(mirror.guid(edge.member));
    }
    return guids;
}

void Fold::settle(std::span<const ObjectGuid> guids, std::span<const Fate> fates) {
    DIRSYNC_ASSERT(guids.size() == fates.size());
    flush_containers();
    for (const auto& guid : guids) {
        if (!fate_asked_.contains(guid)) asked_.insert(guid);
    }
    for (std::size_t i = 0; i < guids.size(); ++i) {
        const Node node = context_.mirror.find(guids[i]);
        if (node == no_node || is_seen(node)) continue;
        // A tombstone of another domain than its own says nothing of an object that is hidden there.
        if (fates[i] != Fate::alive && !gone_.contains(node)) invisible_.insert(node);
    }
}

void Fold::settle_invisible(const Clock& clock, std::span<const ObjectGuid> approved,
                            Limit unproven_deletion) {
    const Mirror& mirror = context_.mirror;
    for (const Node node : invisible_) {
        MirrorRow row = mirror.row(node);
        const bool released = std::find(approved.begin(), approved.end(), row.guid) != approved.end();
        const bool overdue = clock.certain && unproven_deletion && row.missing && row.missing_since &&
                             clock.now - *row.missing_since >= *unproven_deletion;
        if (row.deleted) {
            // No longer, when the admin took the limit back.
            const bool ends = !released && !overdue && clock.certain && waits_for_removal(node);
            if (!ends) continue;
            row.deleted = false;
            if (!row.missing_since) row.missing_since = clock.now;
            row_updates_.push_back(row);
        } else if (released || overdue) {
            gone_.insert(node);
            given_up_.insert(node);
        } else if (!row.missing) {
            row.missing = true;
            if (clock.certain) row.missing_since = clock.now;
            row_updates_.push_back(row);
        }
    }
    if (!clock.certain) return;
    // Who was missed first while nobody knew the time.
    for (const Node node : mirror.missing_objects()) {
        MirrorRow row = mirror.row(node);
        if (row.missing_since || row.deleted || is_seen(node) || gone_.contains(node)) continue;
        if (!reads_domain_of(node)) continue;
        row.missing_since = clock.now;
        row_updates_.push_back(row);
    }
}

/// Who is below a container that counts as deleted now is below the next one above it, as any later read
/// places them: what was given up without a proof takes nobody out of a scope that is further up.
void Fold::leave_gone_containers() {
    const Mirror& mirror = context_.mirror;
    boost::unordered_flat_set<Node> containers;
    for (const Node node : gone_) {
        if (mirror.exists(node) && mirror.kind(node) == EntryKind::container) containers.insert(node);
    }
    if (containers.empty()) return;
    boost::unordered_flat_set<Node> told;
    const auto leaves = [&](MirrorRow& row) {
        told.insert(row.node);
        if (!containers.contains(row.parent)) return false;
        // What was hidden while others moved may be above itself, as far as anybody knows.
        for (std::size_t up = 0; up < containers.size() && containers.contains(row.parent); ++up)
            row.parent = mirror.parent(row.parent);
        if (containers.contains(row.parent)) row.parent = no_node;
        if (row.kind == EntryKind::group) return true;
        row.unplaced = true;
        row.followed |= !context_.whole;
        return true;
    };
    for (auto& upsert : upserts_) leaves(upsert.row);
    for (auto& row : row_updates_) leaves(row);
    std::vector<MirrorRow> as_read;
    for (auto& row : confirmed_) (leaves(row) ? row_updates_ : as_read).push_back(row);
    confirmed_ = std::move(as_read);
    for (Node node = 0; node < mirror.next_node(); ++node) {
        if (!mirror.exists(node) || gone_.contains(node) || told.contains(node)) continue;
        MirrorRow row = mirror.row(node);
        if (leaves(row)) row_updates_.push_back(row);
    }
}

}  // namespace dirsync::sync
