#include "history/revert.hpp"

#include <algorithm>
#include <map>
#include <stdexcept>

#include "history/revert_rows.hpp"
#include "model/row_text.hpp"

namespace dirsync::sync {
namespace {

constexpr const char* nothing_undone = "{}";

/// Gathers the lines of a run, then makes the plan.
class Reverter {
public:
    Reverter(const RevertInputs& in, IdentityStore& store)
        : in_(in),
          store_(store),
          users_(in.stored, store.history(), result_.not_restored),
          groups_(in.stored, store.history(), result_.not_restored) {}

    void take(const ChangeLine& line) {
        if (line.action == LineAction::add_member || line.action == LineAction::remove_member) {
            const bool added = line.action == LineAction::add_member;
            auto member = member_of(added ? line.after : line.before);
            auto& wish = memberships_[{line.object_id, member.user_id}];
            wish.present = !added;
            wish.group_name = line.name;
            wish.user_name = std::move(member.user_name);
        } else if (line.object_type == ObjectType::user) {
            users_.take(line);
        } else if (line.object_type == ObjectType::group) {
            groups_.take(line);
        } else {
            admin_.take(line);
        }
    }

    Result<RevertPlan> plan(RunRecord run) {
        result_.run = std::move(run);
        users_.judge_names();
        groups_.judge_names();
        // Their ends are looked at before nodes are given out.
        for (const auto& [pair, wish] : memberships_) {
            groups_.state(pair.first);
            users_.state(pair.second);
        }
        next_node_ = std::max(in_.facts.next_node, in_.mirror.next_node());
        add_rows(groups_, result_.plan.groups, EntryKind::group);
        add_rows(users_, result_.plan.users, EntryKind::user);
        if (auto done = add_memberships(); !done) return done.error();
        remember();
        auto admin = admin_.plan(store_.admin(), result_.not_restored);
        if (!admin) return std::move(admin).error();
        result_.admin = std::move(*admin);
        return std::move(result_);
    }

private:
    struct Wish {
        bool present = false;
        std::string group_name;
        std::string user_name;
    };

    template <class Traits>
    void add_rows(RowsBack<Traits>& rows, std::vector<typename Traits::Change>& changes, EntryKind kind) {
        for (auto& [id, row] : rows.states()) {
            if (row.present == row.wanted) continue;
            typename Traits::Change change;
            change.id = row.id;
            change.reason = Reason::reverted;
            change.action = !row.present ? Action::create : row.wanted ? Action::update : Action::remove;
            if (row.present) change.before = *row.present;
            if (row.wanted) change.after = *row.wanted;
            if (!row.present) row.node = node_for(change.after, kind);
            change.node = row.node;
            changes.push_back(std::move(change));
        }
        std::sort(changes.begin(), changes.end(),
                  [](const auto& a, const auto& b) { return a.node < b.node; });
    }

    /// The row's object in the mirror. One that was proved deleted is forgotten there with its row, but for
    /// the name that a group of another domain may still list: it is put back as what it is, deleted, so that
    /// the next plan sees a row that would go. Without a row, an object with a mangled name counts as neither
    /// user nor group (semantics 5.17): with the row back, the next read asks what the object is.
    template <class Row>
    Node node_for(const Row& row, EntryKind kind) {
        const ObjectGuid guid = guid_of(row);
        if (!in_.mirrored || guid.is_nil()) return next_node_++;
        const Node known = in_.mirror.find(guid);
        if (known != no_node && in_.mirror.kind(known) == EntryKind::other) {
            MirrorRow& unseen = result_.mirror.row_updates.emplace_back(in_.mirror.row(known));
            unseen.missing = true;
        }
        if (known != no_node && in_.mirror.kind(known) != EntryKind::unknown) return known;
        MirrorUpsert object;
        object.row.node = known != no_node ? known : next_node_++;
        object.row.guid = guid;
        object.row.kind = kind;
        object.row.domain = domain_of(row);
        object.row.deleted = true;
        if constexpr (std::is_same_v<Row, UserRow>) object.row.sid = parse_sid(row.sid);
        result_.mirror.upserts.push_back(std::move(object));
        return result_.mirror.upserts.back().row.node;
    }

    template <class Row>
    DomainIndex domain_of(const Row& row) const {
        const auto& domains = in_.facts.cursor.domains;
        for (std::size_t i = 0; i < domains.size(); ++i) {
            if constexpr (std::is_same_v<Row, UserRow>) {
                const auto sid = parse_sid(row.sid);
                if (sid && sid->domain() == domains[i].sid) return static_cast<DomainIndex>(i);
            } else if (row.display_name.ends_with("@" + domains[i].dns_name)) {
                return static_cast<DomainIndex>(i);
            }
        }
        return 0;
    }

    Result<void> add_memberships() {
        std::vector<Node> nodes;
        for (const auto& [pair, wish] : memberships_) {
            if (const auto& group = groups_.state(pair.first); group.present) nodes.push_back(group.node);
        }
        auto stored = store_.members_of(nodes);
        if (!stored) return stored.error();
        for (const auto& [pair, wish] : memberships_) {
            const auto& group = groups_.state(pair.first);
            const auto& user = users_.state(pair.second);
            const bool there = group.wanted && user.wanted;
            if (!there) {
                // Undone additions go with the row.
                if (wish.present) {
                    result_.not_restored.push_back(
                        {LineAction::remove_member, ObjectType::group, pair.first, wish.group_name,
                         (user.wanted ? "the group '" + wish.group_name : "the member '" + wish.user_name) +
                             "' is not in the store"});
                }
                continue;
            }
            const Edge edge{group.node, user.node};
            if (std::binary_search(stored->begin(), stored->end(), edge) == wish.present) continue;
            result_.plan.memberships.push_back({edge.group, edge.member, wish.present, Reason::reverted});
            members_[edge] = {guid_of(*group.wanted), guid_of(*user.wanted)};
        }
        std::sort(result_.plan.memberships.begin(), result_.plan.memberships.end(),
                  [](const auto& a, const auto& b) {
                      return std::pair(a.group, a.user) < std::pair(b.group, b.user);
                  });
        return {};
    }

    void remember() {
        std::map<HeldObject, Reverted> all;
        for (const auto& known : in_.facts.reverted) all[known.object] = known;
        const auto put = [&all](Reverted fresh) {
            const auto at = all.find(fresh.object);
            // Whose deletion was undone is not to be deleted because something else was undone as well.
            const bool is_weaker =
                fresh.action == Action::update && at != all.end() && at->second.action == Action::remove;
            if (is_weaker) return;
            if (at != all.end() && at->second.action == Action::update && fresh.action == Action::update)
                fresh.undone = merged_columns(at->second.undone, fresh.undone);
            all[fresh.object] = std::move(fresh);
        };
        const auto put_rows = [&put](const auto& changes) {
            for (const auto& change : changes) {
                Reverted fresh;
                // What undid a removal is a creation, and the other way round.
                fresh.action = change.action == Action::create   ? Action::remove
                               : change.action == Action::remove ? Action::create
                                                                 : Action::update;
                fresh.object.first = guid_of(change.action == Action::remove ? change.before : change.after);
                if (fresh.object.first.is_nil()) continue;
                if (fresh.action == Action::update) {
                    fresh.undone = columns_undone(change.before, change.after);
                    // Facts came back that nobody can hold: remembered, so that the next plan decides them.
                    if (fresh.undone.empty()) fresh.undone = nothing_undone;
                }
                put(std::move(fresh));
            }
        };
        if (in_.mirrored) {
            put_rows(result_.plan.groups);
            put_rows(result_.plan.users);
            for (const auto& change : result_.plan.memberships) {
                Reverted fresh;
                fresh.object = members_.at(Edge{change.group, change.user});
                if (fresh.object.first.is_nil() || fresh.object.second.is_nil()) continue;
                fresh.action = change.add ? Action::remove : Action::create;
                put(std::move(fresh));
            }
        }
        for (auto& [object, entry] : all) result_.reverted.push_back(std::move(entry));
    }

    const RevertInputs& in_;
    IdentityStore& store_;
    RevertPlan result_;
    RowsBack<UserTraits> users_;
    RowsBack<GroupTraits> groups_;
    std::map<std::pair<std::string, std::string>, Wish> memberships_;  ///< by ids of group and user
    std::map<Edge, HeldObject> members_;
    AdminBack admin_;
    Node next_node_ = 0;
};

/// What reads the journal throws ReadFailed, or std::exception where a line makes no sense.
template <class Work>
auto outcome_of(Work&& work) -> decltype(work()) {
    try {
        return work();
    } catch (const ReadFailed& failure) {
        return failure.error;
    } catch (const std::exception& failure) {
        return Error(ErrorCode::store_unavailable, failure.what());
    }
}

}  // namespace

Result<RevertPlan> revert_plan(const RevertInputs& in, IdentityStore& store) {
    Reverter reverter(in, store);
    auto run = store.history().rewind(in.run_id, [&](const ChangeLine& line) {
        return outcome_of([&] {
            reverter.take(line);
            return Result<void>();
        });
    });
    if (!run) return std::move(run).error();
    if (run->kind == RunKind::source_change) {
        return Error(ErrorCode::refused,
                     "that run changed the identity source: 'dirsyncctl source restore' brings back what "
                     "was there before");
    }
    // By the order of the runs: clocks are set back, and a second holds several runs.
    const auto changed = store.history().last_run(RunKind::source_change);
    if (!changed) return changed.error();
    const bool is_before = *changed && parse<RowId>(in.run_id) < **changed;
    if (is_before || run->ended < in.facts.source.since) {
        return Error(ErrorCode::refused, "that run is from before the identity source changed, on " +
                                             to_text(in.facts.source.since) +
                                             ": its users and groups are those of another source");
    }
    return outcome_of([&] { return reverter.plan(std::move(*run)); });
}

}  // namespace dirsync::sync
