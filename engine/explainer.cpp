#include "engine/explainer.hpp"

#include <algorithm>
#include <iterator>
#include <span>

#include "core/sorted.hpp"
#include "core/text.hpp"
#include "engine/explained_store.hpp"
#include "sync/explain.hpp"
#include "sync/planner/unknown_attributes.hpp"

namespace dirsync::sync {
namespace {

constexpr Node scan_chunk = 4096;

/// How an admin may have written the name: with a domain, or bare, meant in any domain.
ScopeSettings wanted(const std::string& name, const std::vector<std::string>& domains) {
    ScopeSettings scope;
    std::vector<std::string> spellings{name};
    if (name.find_first_of("@\\=") == std::string::npos) {
        spellings.clear();
        for (const auto& domain : domains) spellings.push_back(name + "@" + domain);
    }
    for (const auto& spelling : spellings) {
        auto parsed = parse_scope_name(spelling);
        if (!parsed) continue;
        scope.users.push_back(*parsed);
        scope.groups.push_back(*parsed);
    }
    return scope;
}

std::vector<Node> users_and_groups(const Mirror& mirror, Node first, Node end) {
    std::vector<Node> nodes;
    for (Node node = first; node < std::min(end, mirror.next_node()); ++node) {
        if (!mirror.exists(node)) continue;
        const EntryKind kind = mirror.kind(node);
        if (kind == EntryKind::user || kind == EntryKind::group) nodes.push_back(node);
    }
    return nodes;
}

/// What stands out about the object, in sentences.
std::string note_of(const MirrorRow& entry, bool is_user, bool is_place_in_doubt,
                    const std::vector<StoredUser>& users, const std::vector<StoredGroup>& groups,
                    const LifecycleSettings& lifecycle, Time now) {
    std::string note;
    const auto add = [&note](const std::string& sentence) { note += (note.empty() ? "" : " ") + sentence; };
    const auto add_out = [&add](ScopeState scope, std::optional<Time> since) {
        if (scope == ScopeState::out && since) add("Out of scope since " + to_text(*since) + ".");
    };
    if (entry.missing) add("Not visible in the directory: held as it was last seen.");
    if (is_place_in_doubt) {
        add("Below a container that is not visible in the directory and may be one of the scope: nobody can "
            "say that the user left, so that no clock starts. The account needs the right to read it.");
    }
    if (entry.deleted) add("Deleted in the directory.");
    if (is_user && entry.disabled) add("Disabled in the directory.");
    if (is_user && is_expired(entry, now)) {
        add("The account expired at " + to_text(Time(Duration(entry.expires))) + ".");
    }
    for (const auto& user : users) {
        add_out(user.row.scope, user.row.out_since);
        const bool is_out = user.row.scope == ScopeState::out && user.row.out_since;
        if (!is_out) continue;
        if (lifecycle.disable_after && user.row.status == Status::enabled)
            add("Will be disabled at " + to_text(*user.row.out_since + *lifecycle.disable_after) + ".");
        if (lifecycle.delete_after)
            add("Will be removed at " + to_text(*user.row.out_since + *lifecycle.delete_after) + ".");
    }
    for (const auto& group : groups) add_out(group.row.scope, group.row.out_since);
    return note;
}

std::vector<Explanation::Attribute> explained_attributes(std::span<const TargetMapping> targets,
                                                         const AttributesView& attributes,
                                                         const std::string& domain) {
    std::vector<Explanation::Attribute> explained;
    for (const auto& target : targets) {
        Mapped value = mapped(target.chain, attributes, domain);
        Explanation::Attribute& attribute = explained.emplace_back();
        attribute.target = target.target;
        if (value.template_index >= 0)
            attribute.source_template = target.chain[static_cast<std::size_t>(value.template_index)].source();
        attribute.value = std::move(value.value);
    }
    return explained;
}

bool concerns(const Hold& hold, const ObjectGuid& guid) {
    return std::any_of(hold.objects.begin(), hold.objects.end(), [&guid](const HeldObject& object) {
        return object.first == guid || object.second == guid;
    });
}

/// The ways into the scope, with the names of groups.
std::vector<Explanation::Because> because_of(const WhyInScope& why,
                                             const boost::unordered_flat_map<Node, std::string>& names) {
    std::vector<Explanation::Because> reasons;
    for (const auto& way : why.ways) {
        Explanation::Because because;
        because.rule = way.rule;
        for (const Node group : way.path) because.path.push_back(names.at(group));
        if (way.by_primary_group && !because.path.empty()) because.path.back() += " (primary group)";
        reasons.push_back(std::move(because));
    }
    return reasons;
}

}  // namespace

Task<Result<Explanation>> Explainer::explain(std::string name, std::vector<UnknownAttribute> unknown) {
    auto node = co_await node_called(name);
    if (!node) co_return node.error();
    co_return co_await explain_node(*node, name, std::move(unknown));
}

Task<Result<Node>> Explainer::node_called(std::string name) {
    const std::string_view guid_text = name.starts_with("guid:") ? std::string_view(name).substr(5) : name;
    if (const auto guid = parse<ObjectGuid>(guid_text)) {
        if (const Node node = memory_.mirror().find(*guid); node != no_node) co_return node;
    }
    const NameKey key = name_key(name);
    if (const Node node = memory_.stored().owner_of_user_name(key); node != no_node) co_return node;
    if (const Node node = memory_.stored().owner_of_group_name(key); node != no_node) co_return node;

    const ScopeSettings scope = wanted(name, memory_.domains().names());
    NameResolver resolver(scope, memory_.domains().all(), memory_.names());
    for (Node at = 0; at < memory_.mirror().next_node(); at += scan_chunk) {
        auto nodes = users_and_groups(memory_.mirror(), at, at + scan_chunk);
        auto texts = co_await store_.mirror_texts(nodes);
        if (!texts) co_return texts.error();
        // A cycle may have loaded another mirror meanwhile.
        const Mirror& mirror = memory_.mirror();
        for (std::size_t i = 0; i < nodes.size(); ++i) {
            if (!mirror.exists(nodes[i])) continue;
            resolver.consider(mirror.guid(nodes[i]), mirror.kind(nodes[i]), mirror.domain(nodes[i]),
                              (*texts)[i].dn, AttributesView((*texts)[i].attributes));
        }
    }
    const auto found = resolver.found();
    for (const auto& guid : found.objects) {
        if (const Node node = guid.is_nil() ? no_node : memory_.mirror().find(guid); node != no_node)
            co_return node;
    }
    co_return Error(ErrorCode::not_found, "nothing is called " + quoted_peer_text(name) +
                                              ": neither in the store nor in what was read of the directory");
}

std::string Explainer::domain_of(DomainIndex domain) const {
    const auto& domains = memory_.domains().all();
    return domain < domains.size() ? domains[domain].dns_name : std::string();
}

Task<Result<Explainer::StoredRows>> Explainer::rows_of(Node node) {
    auto job = [node](IdentityStore& store) -> Result<StoredRows> {
        auto users = store.users(std::span(&node, 1));
        if (!users) return users.error();
        auto groups = store.groups(std::span(&node, 1));
        if (!groups) return groups.error();
        return StoredRows{std::move(*users), std::move(*groups)};
    };
    return store_.transact(std::move(job));
}

/// sAMAccountName@domain of each.
Task<Result<Explainer::Names>> Explainer::account_names(std::vector<Node> groups) {
    auto texts = co_await store_.mirror_texts(groups);
    if (!texts) co_return texts.error();
    const auto account_name = memory_.names().find("sAMAccountName");
    const Mirror& mirror = memory_.mirror();
    Names names;
    for (std::size_t i = 0; i < groups.size(); ++i) {
        const std::string_view account = AttributesView((*texts)[i].attributes).first(*account_name);
        const std::string domain = mirror.exists(groups[i]) ? domain_of(mirror.domain(groups[i])) : "";
        names[groups[i]] = std::string(account) + "@" + domain;
    }
    co_return names;
}

void Explainer::add_held(const ObjectGuid& guid, Explanation& result) const {
    const StoredFacts& facts = memory_.facts();
    std::copy_if(facts.holds.begin(), facts.holds.end(), std::back_inserter(result.holds),
                 [&guid](const Hold& hold) { return concerns(hold, guid); });
    std::copy_if(facts.errors.begin(), facts.errors.end(), std::back_inserter(result.errors),
                 [&guid](const EntityError& error) { return error.external_id == guid; });
}

/// What the store holds where scope and mapping would give something else.
void Explainer::compare(const MirrorRow& entry, const AttributesView& attributes, const StoredRows& rows,
                        const std::vector<UnknownAttribute>& unknown, bool is_place_in_doubt,
                        Explanation& result) const {
    const auto& reverted = memory_.facts().reverted;
    const bool is_user = entry.kind == EntryKind::user;
    Sight sight;
    sight.in_scope = result.in_scope;
    sight.is_deleted = entry.deleted;
    sight.is_disabled = is_user && (entry.disabled || is_expired(entry, now_()));
    sight.is_unsure = entry.missing || is_place_in_doubt;
    sight.is_reverted = std::ranges::any_of(reverted, [&entry](const Reverted& one) {
        return one.object.first == entry.guid && one.object.second.is_nil();
    });
    const Mapping& mapping = memory_.settings().mapping;
    std::string note;
    for (const auto& user : rows.users) {
        const auto desired = memory_.mapper().user(entry, attributes, user.row.status);
        compare_with_store(result, user.row, desired.row, sight, targets_that_name(mapping.user, unknown));
        note = difference_of(user.row, sight, result);
    }
    for (const auto& group : rows.groups) {
        const auto desired = memory_.mapper().group(entry, attributes);
        compare_with_store(result, group.row, desired.row, sight, targets_that_name(mapping.group, unknown));
        note = difference_of(group.row, sight, result);
    }
    if (rows.users.empty() && rows.groups.empty()) {
        const std::string why = why_not_stored(sight, result);
        note = "Not in the store" + (why.empty() ? "" : ": " + why) + ".";
    }
    if (!note.empty()) result.status_note += (result.status_note.empty() ? "" : " ") + note;
}

Task<Result<Explanation>> Explainer::explain_node(Node node, std::string name,
                                                  std::vector<UnknownAttribute> unknown) {
    const MirrorRow entry = memory_.mirror().row(node);
    const bool is_user = entry.kind == EntryKind::user;
    const std::string domain = domain_of(entry.domain);
    auto rows = co_await rows_of(node);
    if (!rows) co_return rows.error();
    auto texts = co_await store_.mirror_texts(std::vector<Node>(1, node));
    if (!texts) co_return texts.error();
    const AttributesView attributes(texts->front().attributes);
    const SyncSettings& settings = memory_.settings();
    const WhyInScope why = why_in_scope(memory_.mirror(), memory_.view(), settings.scope,
                                        memory_.scope().now(), node, attributes, domain);
    std::vector<Node> groups;
    for (const auto& way : why.ways) groups.insert(groups.end(), way.path.begin(), way.path.end());
    sort_once(groups);
    auto names = co_await account_names(std::move(groups));
    if (!names) co_return names.error();

    Explanation result;
    result.object_type = is_user ? "USER" : "GROUP";
    result.external_id = to_text(entry.guid);
    result.dn = texts->front().dn;
    result.in_scope = why.in_scope;
    result.excluded_by = why.excluded_by;
    result.because = because_of(why, *names);
    result.attributes =
        explained_attributes(is_user ? settings.mapping.user : settings.mapping.group, attributes, domain);
    for (const auto& user : rows->users) result.name = user.row.user_name;
    for (const auto& group : rows->groups) result.name = group.row.display_name;
    if (result.name.empty()) result.name = result.attributes.front().value;
    if (result.name.empty()) result.name = name;
    add_held(entry.guid, result);
    const bool in_doubt =
        is_user && !result.in_scope && memory_.view().is_place_in_doubt(memory_.mirror(), entry.node);
    result.status_note =
        note_of(entry, is_user, in_doubt, rows->users, rows->groups, memory_.settings().lifecycle, now_());
    compare(entry, attributes, *rows, unknown, in_doubt, result);
    co_return result;
}

}  // namespace dirsync::sync
