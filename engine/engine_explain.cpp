#include <algorithm>
#include <iterator>
#include <span>

#include "core/sorted.hpp"
#include "core/text.hpp"
#include "engine/engine_impl.hpp"

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

/// What stands out about the object, in sentences.
std::string note_of(const MirrorRow& entry, bool is_user, bool is_place_in_doubt,
                    const std::vector<StoredUser>& users, const std::vector<StoredGroup>& groups,
                    const LifecycleSettings& lifecycle, Time now) {
    std::string note;
    const auto add = [&note](const std::string& sentence) { note += (note.empty() ? "" : " ") + sentence; };
    const auto add_out = [&add](ScopeState scope, std::optional<Time> since) {
        if (scope == ScopeState::out && since) add("Out of scope since " + to_text(*since) + ".");
    };
    if (users.empty() && groups.empty()) add("Not in the store.");
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

}  // namespace

Task<Result<Node>> Engine::Impl::node_called(std::string name) {
    const std::string_view guid_text = name.starts_with("guid:") ? std::string_view(name).substr(5) : name;
    if (const auto guid = parse<ObjectGuid>(guid_text)) {
        if (const Node node = mirror_->find(*guid); node != no_node) co_return node;
    }
    const NameKey key = name_key(name);
    if (const Node node = stored_->owner_of_user_name(key); node != no_node) co_return node;
    if (const Node node = stored_->owner_of_group_name(key); node != no_node) co_return node;

    const ScopeSettings scope = wanted(name, domain_names());
    NameResolver resolver(scope, domains_, names_);
    for (Node at = 0; at < mirror_->next_node(); at += scan_chunk) {
        std::vector<Node> nodes;
        for (Node node = at; node < std::min(at + scan_chunk, mirror_->next_node()); ++node) {
            if (!mirror_->exists(node)) continue;
            const EntryKind kind = mirror_->kind(node);
            if (kind == EntryKind::user || kind == EntryKind::group) nodes.push_back(node);
        }
        auto texts = co_await parts_.store.mirror_texts(nodes);
        if (!texts) co_return texts.error();
        for (std::size_t i = 0; i < nodes.size(); ++i) {
            if (!mirror_->exists(nodes[i])) continue;
            resolver.consider(mirror_->guid(nodes[i]), mirror_->kind(nodes[i]), mirror_->domain(nodes[i]),
                              (*texts)[i].dn, AttributesView((*texts)[i].attributes));
        }
    }
    for (const auto& guid : resolver.found()) {
        if (const Node node = guid.is_nil() ? no_node : mirror_->find(guid); node != no_node) co_return node;
    }
    co_return Error(ErrorCode::not_found, "nothing is called " + quoted_peer_text(name) +
                                              ": neither in the store nor in what was read of the directory");
}

Task<Result<Explanation>> Engine::Impl::explain(std::string name) {
    auto node = co_await node_called(name);
    if (!node) co_return node.error();
    co_return co_await explain_node(*node, name);
}

Task<Result<Explanation>> Engine::Impl::explain_node(Node node, std::string name) {
    const MirrorRow entry = mirror_->row(node);
    const bool is_user = entry.kind == EntryKind::user;
    const auto domains = domain_names();
    const auto domain_of = [&domains](DomainIndex at) {
        return at < domains.size() ? domains[at] : std::string();
    };

    struct StoredRows {
        std::vector<StoredUser> users;
        std::vector<StoredGroup> groups;
    };
    auto read_rows = [&](IdentityStore& store) -> Result<StoredRows> {
        auto users = store.users(std::span(&node, 1));
        if (!users) return users.error();
        auto groups = store.groups(std::span(&node, 1));
        if (!groups) return groups.error();
        return StoredRows{std::move(*users), std::move(*groups)};
    };
    auto rows = co_await parts_.store.transact(std::move(read_rows));
    if (!rows) co_return rows.error();
    auto texts = co_await parts_.store.mirror_texts(std::vector<Node>(1, node));
    if (!texts) co_return texts.error();
    const AttributesView attributes(texts->front().attributes);
    const WhyInScope why =
        why_in_scope(*mirror_, view_, settings_.scope, resolved_, node, attributes, domain_of(entry.domain));

    std::vector<Node> path_nodes;
    for (const auto& way : why.ways) path_nodes.insert(path_nodes.end(), way.path.begin(), way.path.end());
    sort_once(path_nodes);
    boost::unordered_flat_map<Node, std::string> path_names;
    auto path_texts = co_await parts_.store.mirror_texts(path_nodes);
    if (!path_texts) co_return path_texts.error();
    const auto account_name = names_.find("sAMAccountName");
    for (std::size_t i = 0; i < path_nodes.size(); ++i) {
        const std::string_view account = AttributesView((*path_texts)[i].attributes).first(*account_name);
        const std::string domain =
            mirror_->exists(path_nodes[i]) ? domain_of(mirror_->domain(path_nodes[i])) : "";
        path_names[path_nodes[i]] = std::string(account) + "@" + domain;
    }

    Explanation result;
    result.object_type = is_user ? "USER" : "GROUP";
    result.external_id = to_text(entry.guid);
    result.dn = texts->front().dn;
    result.in_scope = why.in_scope;
    result.excluded_by = why.excluded_by;
    for (const auto& way : why.ways) {
        Explanation::Because because;
        because.rule = way.rule;
        for (const Node group : way.path) because.path.push_back(path_names[group]);
        if (way.by_primary_group && !because.path.empty()) because.path.back() += " (primary group)";
        result.because.push_back(std::move(because));
    }
    result.attributes = explained_attributes(is_user ? settings_.mapping.user : settings_.mapping.group,
                                             attributes, domain_of(entry.domain));
    for (const auto& user : rows->users) result.name = user.row.user_name;
    for (const auto& group : rows->groups) result.name = group.row.display_name;
    if (result.name.empty()) result.name = result.attributes.front().value;
    if (result.name.empty()) result.name = name;
    std::copy_if(facts_.holds.begin(), facts_.holds.end(), std::back_inserter(result.holds),
                 [&entry](const Hold& hold) { return concerns(hold, entry.guid); });
    for (const auto& error : facts_.errors) {
        if (error.external_id == entry.guid) result.errors.push_back(error);
    }
    const bool in_doubt = is_user && !result.in_scope && view_.is_place_in_doubt(*mirror_, entry.node);
    result.status_note =
        note_of(entry, is_user, in_doubt, rows->users, rows->groups, settings_.lifecycle, parts_.now());
    co_return result;
}

}  // namespace dirsync::sync
