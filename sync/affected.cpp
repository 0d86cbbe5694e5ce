#include "sync/affected.hpp"

#include <algorithm>
#include <iterator>

#include "core/sorted.hpp"
#include "sync/desired.hpp"

namespace dirsync::sync {
namespace {

void append_difference(const boost::unordered_flat_set<Node>& a, const boost::unordered_flat_set<Node>& b,
                       std::vector<Node>& nodes) {
    for (const Node node : a) {
        if (!b.contains(node)) nodes.push_back(node);
    }
    for (const Node node : b) {
        if (!a.contains(node)) nodes.push_back(node);
    }
}

/// Users directly below containers that came into the scope or left it.
void append_users_of_containers(const AffectedInputs& in, std::vector<Node>& users) {
    std::vector<Node> changed;
    append_difference(in.before.containers_in(), in.after.containers_in(), changed);
    if (changed.empty()) return;
    const boost::unordered_flat_set<Node> containers(changed.begin(), changed.end());
    for (Node node = 0; node < in.mirror.next_node(); ++node) {
        if (in.mirror.exists(node) && in.mirror.kind(node) == EntryKind::user &&
            containers.contains(in.mirror.parent(node))) {
            users.push_back(node);
        }
    }
}

/// Users for whom the doubt has begun or ended whether they are below a container of the scope.
void append_users_in_doubt(const AffectedInputs& in, std::vector<Node>& users) {
    if (in.before.has_same_doubts(in.after)) return;
    for (Node node = 0; node < in.mirror.next_node(); ++node) {
        if (!in.mirror.exists(node) || in.mirror.kind(node) != EntryKind::user) continue;
        if (in.before.is_place_in_doubt(in.mirror, node) != in.after.is_place_in_doubt(in.mirror, node))
            users.push_back(node);
    }
}

/// The end of the interval that is decided again. After a start the time of the last cycle is not known, so
/// that everything is due.
Time latest(const AffectedInputs& in) {
    if (in.last == Time{}) return Time(Duration(never_expires - 1));
    return std::max(in.last, in.clock.now);
}

bool clock_runs_out_within(const AffectedInputs& in, Time since, const Limit& limit) {
    if (!limit) return false;
    const Time due = since + *limit;
    return due > std::min(in.last, in.clock.now) && due <= latest(in);
}

/// Objects that expire, or whose clock runs out, between the last cycle and this one.
template <class Classify>
void append_due(const AffectedInputs& in, Subject& subject, const Classify& classify) {
    // A clock that was set back undoes what its time had done.
    const auto from = std::min(in.last, in.clock.now).time_since_epoch().count();
    for (const Node node : in.mirror.expiring(from, latest(in).time_since_epoch().count()))
        subject.users.push_back(node);
    for (const auto& [node, since] : in.stored.out()) {
        if (clock_runs_out_within(in, since, in.lifecycle.disable_after) ||
            clock_runs_out_within(in, since, in.lifecycle.delete_after)) {
            classify(node);
        }
    }
}

}  // namespace

bool moves_reach(const Mirror& before, const Folded& folded) {
    if (folded.changes.containers) return true;
    boost::unordered_flat_set<Node> reaching;
    const auto is_group = [&before](Node node) {
        return before.exists(node) && before.kind(node) == EntryKind::group && !before.is_deleted(node);
    };
    const auto changes_what_it_is = [&](const MirrorRow& row) {
        const bool group_after = row.kind == EntryKind::group && !row.deleted;
        if (row.kind == EntryKind::group || row.kind == EntryKind::foreign) reaching.insert(row.node);
        // The scope may name an object in a domain that is not read, but reaches none there.
        const bool is_known = before.exists(row.node) && before.kind(row.node) != EntryKind::unknown;
        if (is_known && before.domain(row.node) != row.domain) return true;
        return is_group(row.node) != group_after;
    };
    const auto& delta = folded.delta;
    for (const auto& upsert : delta.upserts) {
        if (changes_what_it_is(upsert.row)) return true;
    }
    for (const auto& row : delta.row_updates) {
        if (changes_what_it_is(row)) return true;
    }
    return std::any_of(folded.changes.edges.begin(), folded.changes.edges.end(), [&](Edge edge) {
        return reaching.contains(edge.member) || is_group(edge.member) ||
               (before.exists(edge.member) && before.kind(edge.member) == EntryKind::foreign);
    });
}

Subject affected(const AffectedInputs& in) {
    Subject subject;
    std::vector<Node> below;  // objects all of whose users are affected
    const auto classify = [&](Node node) {
        if (in.stored.has_user(node)) subject.users.push_back(node);
        if (in.stored.has_group(node)) subject.groups.push_back(node);
        if (!in.mirror.exists(node)) return;
        if (in.mirror.kind(node) == EntryKind::user) subject.users.push_back(node);
        if (in.mirror.kind(node) == EntryKind::group) subject.groups.push_back(node);
    };
    for (const Node node : in.changes.objects) classify(node);
    for (const Edge edge : in.changes.edges) {
        if (in.stored.has_user(edge.member)) subject.users.push_back(edge.member);
        below.push_back(edge.member);
    }
    for (const Node node : in.pending) {
        classify(node);
        below.push_back(node);
    }
    for (const Node node : in.pending_groups) classify(node);

    if (!in.view_stands) {
        const auto& was = in.before.reached();
        const auto& is = in.after.reached();
        for (std::size_t i = 0; i < std::max(was.size(), is.size()); ++i) {
            if ((i < was.size() && was[i]) != (i < is.size() && is[i]))
                subject.reach_changed.push_back(static_cast<Node>(i));
        }
        for (const Node group : subject.reach_changed) {
            subject.groups.push_back(group);
            below.push_back(group);
        }
        append_difference(in.before.named_users(), in.after.named_users(), subject.users);
        append_difference(in.before.excluded_users(), in.after.excluded_users(), subject.users);
        append_users_of_containers(in, subject.users);
        append_users_in_doubt(in, subject.users);
    }

    if (in.clock.certain) append_due(in, subject, classify);
    if (!below.empty()) {
        sort_once(below);
        const Below all = all_below(in.mirror, std::move(below), in.scope.primary_group);
        subject.users.insert(subject.users.end(), all.users.begin(), all.users.end());
        // Reached before, by a link that was held and that let no member in.
        std::copy_if(all.groups.begin(), all.groups.end(), std::back_inserter(subject.groups),
                     [&in](Node group) { return in.after.is_reached(group) && !in.stored.has_group(group); });
    }
    sort_once(subject.users);
    sort_once(subject.groups);
    return subject;
}

}  // namespace dirsync::sync
