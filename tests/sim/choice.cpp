#include "tests/sim/choice.hpp"

#include <algorithm>
#include <cstdlib>

#include "tests/sim/expect.hpp"

namespace dirsync::sim {
namespace {

sync::TargetMapping target(const char* name, std::initializer_list<const char*> templates) {
    sync::TargetMapping mapping;
    mapping.target = name;
    for (const char* text : templates) mapping.chain.push_back(must(sync::Template::parse(text), text));
    return mapping;
}

sync::Mapping other_mapping() {
    sync::Mapping mapping = sync::Mapping::defaults();
    for (auto& mapped : mapping.user) {
        if (mapped.target == "userName") mapped = target("userName", {"${sAMAccountName}@${domain}"});
        if (mapped.target == "displayName") mapped = target("displayName", {"${sn}, ${givenName}", "${cn}"});
        if (mapped.target == "email") mapped.chain.clear();
    }
    mapping.user.push_back(target("department", {"${department}"}));
    return mapping;
}

}  // namespace

std::string lower(std::string text) {
    std::transform(text.begin(), text.end(), text.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return text;
}

std::string source_label_of(const Choice& choice, const Forest& forest) {
    if (choice.source == sync::SourceKind::directory) return "directory";
    if (choice.source == sync::SourceKind::external_idp) return "external_idp:" + choice.issuer;
    std::string label = "active_directory:";
    for (std::size_t i = 0; i < choice.domains.size(); ++i)
        label += (i == 0 ? "" : ",") + forest.domains()[choice.domains[i]].name;
    return label;
}

bool names_source(const Choice& choice, const sync::SourceRecord& source) {
    if (choice.source != source.kind) return false;
    return choice.source != sync::SourceKind::external_idp ||
           source.identity == "external_idp:" + choice.issuer;
}

sync::SyncSettings settings_of(const Choice& choice, const Forest& forest) {
    sync::SyncSettings settings;
    for (const std::size_t domain : choice.domains) settings.domains.push_back(forest.domains()[domain].name);
    auto& scope = settings.scope;
    for (const auto& listed : choice.listed) {
        auto name = must(sync::parse_scope_name(listed.text), listed.text);
        switch (listed.list) {
            case sync::ScopeList::groups:
                scope.groups.push_back(std::move(name));
                break;
            case sync::ScopeList::users:
                scope.users.push_back(std::move(name));
                break;
            case sync::ScopeList::organizational_units:
                scope.organizational_units.push_back(std::move(name));
                break;
            case sync::ScopeList::exclude_users:
                scope.exclude_users.push_back(std::move(name));
                break;
            case sync::ScopeList::exclude_groups:
                scope.exclude_groups.push_back(std::move(name));
                break;
        }
    }
    if (!choice.department.empty()) {
        const std::string filter = "(department=" + choice.department + ")";
        scope.user_filters.push_back({forest.domains()[0].name, must(sync::Filter::parse(filter), filter)});
    }
    scope.flatten = choice.flatten;
    scope.primary_group = choice.primary_group;
    if (choice.mapping == 1) settings.mapping = other_mapping();
    settings.lifecycle.disable_after = choice.disable_after;
    settings.lifecycle.delete_after = choice.delete_after;
    settings.lifecycle.paused_disable_after = choice.paused_disable_after;
    auto& safety = settings.safety;
    for (auto* limit : {&safety.remove_users, &safety.disable_users, &safety.remove_groups,
                        &safety.remove_memberships, &safety.rename_users, &safety.remove_members_per_group,
                        &safety.enable_users, &safety.clear_attribute})
        *limit = {choice.most, choice.percent};
    safety.window = choice.window;
    safety.unproven_deletion = choice.unproven_deletion;
    return settings;
}

std::string written(const Forest& forest, const Object& object, std::uint32_t form) {
    const Domain& domain = forest.domains()[object.domain];
    const bool has_account = object.kind != sync::EntryKind::container;
    switch (form % 4) {
        case 0:
            if (has_account) return object.name + "@" + domain.name;
            break;
        case 1:
            if (has_account) return domain.netbios + "\\" + object.name;
            break;
        case 2:
            return forest.dn_of(object, domain.truth);
        default:
            break;
    }
    return "guid:" + to_text(object.guid);
}

bool means(const Forest& forest, const std::string& text, const Object& object, const Replica& replica) {
    const Domain& domain = forest.domains()[object.domain];
    const std::string wanted = lower(text);
    if (wanted == "guid:" + to_text(object.guid)) return true;
    if (wanted == lower(forest.dn_of(object, replica))) return true;
    if (object.kind == sync::EntryKind::container) return false;
    if (wanted == lower(object.name + "@" + domain.name)) return true;
    if (wanted == lower(domain.netbios + "\\" + object.name)) return true;
    const auto principal = object.attributes.find("userPrincipalName");
    return object.kind == sync::EntryKind::user && principal != object.attributes.end() &&
           wanted == lower(principal->second);
}

}  // namespace dirsync::sim
