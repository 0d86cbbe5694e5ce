#pragma once

#include <functional>
#include <span>
#include <utility>
#include <vector>

#include <boost/unordered/unordered_flat_map.hpp>
#include <boost/unordered/unordered_flat_set.hpp>

#include "model/settings.hpp"
#include "sync/mirror.hpp"

namespace dirsync::sync {

/// The groups a user is directly a member of: listed ones, those of foreign principals that stand for the
/// user, and the primary group. Appended to `groups`, unsorted, maybe with repeats.
void append_direct_groups(const Mirror& mirror, Node member, bool primary_group, std::vector<Node>& groups);

/// Which groups are reached, and what else brings a user in or keeps them out: the scope, evaluated on one
/// state of the mirror. A value; valid as long as that state.
class ScopeView {
public:
    ScopeView() = default;
    /// `nodes`: for each of `listed_names`; `also_excluded`: further users and groups to keep out; `active`:
    /// by DomainIndex, whether the domain is configured still.
    ScopeView(const Mirror& mirror, const ScopeSettings& scope, std::span<const Node> nodes,
              std::span<const Node> also_excluded, std::vector<bool> active);

    /// The same as if these links, sorted, were not there.
    ScopeView without(const Mirror& mirror, std::span<const Edge> links) const;

    bool is_reached(Node group) const noexcept { return group < reached_.size() && reached_[group]; }
    bool is_excluded_group(Node group) const noexcept { return excluded_groups_.contains(group); }
    bool is_excluded_user(Node user) const noexcept { return excluded_users_.contains(user); }
    bool is_named_user(Node user) const noexcept { return named_users_.contains(user); }
    bool is_container_in(Node container) const noexcept { return containers_in_.contains(container); }
    /// True when it is not known whether the user is below a container of the scope: the object right above
    /// the user, or above a container on the way up, is unknown, and no whole read has been since that could
    /// have shown it, or a container of the scope is hidden.
    bool is_place_in_doubt(const Mirror& mirror, Node user) const;
    bool is_active(DomainIndex domain) const noexcept { return domain < active_.size() && active_[domain]; }
    const std::vector<bool>& active_domains() const noexcept { return active_; }
    /// Scope groups that exist, sorted.
    const std::vector<Node>& roots() const noexcept { return roots_; }
    const std::vector<bool>& reached() const noexcept { return reached_; }

    /// True when the user is synced: not excluded, and named, in an OU, matched by a filter or a direct
    /// member of a reached group (semantics 2.1 to 2.5). `but`: links that do not count, sorted.
    bool is_user_in(const Mirror& mirror, Node user, std::span<const Edge> but = {}) const;

    const boost::unordered_flat_set<Node>& named_users() const noexcept { return named_users_; }
    const boost::unordered_flat_set<Node>& excluded_users() const noexcept { return excluded_users_; }
    const boost::unordered_flat_set<Node>& containers_in() const noexcept { return containers_in_; }
    bool has_same_doubts(const ScopeView& other) const noexcept {
        return has_containers_ == other.has_containers_ && hiding_domains_ == other.hiding_domains_ &&
               unplaced_containers_ == other.unplaced_containers_;
    }

private:
    void reach(const Mirror& mirror, std::span<const Edge> but = {});
    void mark_containers(const Mirror& mirror, std::span<const Node> roots);
    void mark_doubts(const Mirror& mirror);
    bool is_unplaced(const Mirror& mirror, Node node) const;

    std::vector<bool> active_;
    std::vector<bool> reached_;
    std::vector<Node> roots_;
    boost::unordered_flat_set<Node> excluded_groups_;
    boost::unordered_flat_set<Node> excluded_users_;
    boost::unordered_flat_set<Node> named_users_;
    boost::unordered_flat_set<Node> containers_in_;
    bool has_containers_ = false;
    std::vector<DomainIndex> hiding_domains_;              // with a hidden container of the scope, sorted
    boost::unordered_flat_set<Node> unplaced_containers_;  // those in doubt, and all below
    bool primary_group_ = true;
};

/// The store groups of users: for a group, every reached group that it leads up to, itself included
/// (semantics 2.3). Answers are kept, since most users share their groups. Valid as long as its view.
class GroupsAbove {
public:
    /// `leads_on`: of a group of a domain that is no longer configured, whether what it led to last counts;
    /// every user who is not excluded is then asked about, in the scope or not. Without it: no such group.
    /// `but`: links that lead nowhere, sorted; `view` is without them.
    GroupsAbove(const Mirror& mirror, const ScopeView& view, const ScopeSettings& scope,
                std::function<bool(Node)> leads_on = {}, std::span<const Edge> but = {})
        : mirror_(mirror),
          view_(view),
          flatten_(scope.flatten),
          primary_group_(scope.primary_group),
          leads_on_(std::move(leads_on)),
          but_(but) {}

    /// Reached groups above (and including) `group`, sorted; nothing is reached through an excluded group.
    const std::vector<Node>& of_group(Node group);
    /// The store groups of a user, sorted. Empty for a user who is excluded.
    void of_user(Node user, std::vector<Node>& groups);

private:
    void append_direct(Node member, bool primary_group, std::vector<Node>& groups) const;

    const Mirror& mirror_;
    const ScopeView& view_;
    bool flatten_;
    bool primary_group_;
    std::function<bool(Node)> leads_on_;
    std::span<const Edge> but_;
    boost::unordered_flat_map<Node, std::vector<Node>> known_;
    std::vector<Node> direct_;
};

/// Members of reached groups that are neither users nor groups here (semantics 2.4, 2.6).
struct SkippedMembers {
    std::uint64_t others = 0;  ///< computers, contacts and whatever no read shows
    /// Foreign security principals of domains that are not configured, counted by group.
    std::vector<std::pair<Node, std::uint64_t>> foreign;
};
SkippedMembers skipped_members(const Mirror& mirror, const ScopeView& view);

/// Everybody at or below the given objects by membership of any kind: direct, nested, foreign and primary.
/// Follows excluded groups, too: for finding whose fate may differ, not for deciding it.
struct Below {
    std::vector<Node> users;   ///< sorted
    std::vector<Node> groups;  ///< in no particular order
};
Below all_below(const Mirror& mirror, std::vector<Node> objects, bool primary_group);
std::vector<Node> users_below(const Mirror& mirror, std::vector<Node> objects, bool primary_group);

}  // namespace dirsync::sync
