#include "sync/name_resolver.hpp"

#include <algorithm>

#include "core/dn.hpp"
#include "core/text.hpp"

namespace dirsync::sync {
namespace {

bool list_takes(ScopeList list, EntryKind kind) noexcept {
    switch (list) {
        case ScopeList::users:
        case ScopeList::exclude_users:
            return kind == EntryKind::user;
        case ScopeList::groups:
        case ScopeList::exclude_groups:
            return kind == EntryKind::group;
        case ScopeList::organizational_units:
            return kind == EntryKind::container;
    }
    return false;
}

}  // namespace

std::string_view text_of(ScopeList list) noexcept {
    switch (list) {
        case ScopeList::groups:
            return "groups";
        case ScopeList::users:
            return "users";
        case ScopeList::organizational_units:
            return "organizational_units";
        case ScopeList::exclude_users:
            return "exclude.users";
        case ScopeList::exclude_groups:
            return "exclude.groups";
    }
    return "";
}

bool brings_in(ScopeList list) noexcept {
    return list != ScopeList::exclude_users && list != ScopeList::exclude_groups;
}

std::string ListedName::key() const { return std::string(text_of(list)) + ": " + name->text; }

std::vector<ListedName> listed_names(const ScopeSettings& scope) {
    std::vector<ListedName> listed;
    const auto append = [&listed](ScopeList list, const std::vector<ScopeName>& names) {
        for (const auto& name : names) listed.push_back({list, &name});
    };
    append(ScopeList::groups, scope.groups);
    append(ScopeList::users, scope.users);
    append(ScopeList::organizational_units, scope.organizational_units);
    append(ScopeList::exclude_users, scope.exclude_users);
    append(ScopeList::exclude_groups, scope.exclude_groups);
    return listed;
}

NameResolver::NameResolver(const ScopeSettings& scope, const std::vector<DomainFacts>& domains,
                           AttributeNames& names)
    : listed_(listed_names(scope)),
      candidates_(listed_.size()),
      principal_name_(names.add("userPrincipalName")),
      account_name_(names.add("sAMAccountName")) {
    for (const auto& facts : domains) {
        if (facts.domain >= dns_names_.size()) {
            dns_names_.resize(facts.domain + std::size_t{1});
            netbios_names_.resize(facts.domain + std::size_t{1});
        }
        dns_names_[facts.domain] = text::folded(facts.dns_name);
        netbios_names_[facts.domain] = text::folded(facts.netbios_name);
    }
    for (std::size_t i = 0; i < listed_.size(); ++i) {
        const ScopeName& name = *listed_[i].name;
        switch (name.form) {
            case ScopeName::Form::qualified: {
                const std::string key = text::folded(name.name + "@" + name.domain);
                by_principal_[key].push_back(i);
                by_account_[key].push_back(i);
                break;
            }
            case ScopeName::Form::netbios:
                by_account_[text::folded(name.domain + "\\" + name.name)].push_back(i);
                break;
            case ScopeName::Form::dn:
                by_dn_[name.dn->key()].push_back(i);
                break;
            case ScopeName::Form::guid:
                candidates_[i] = {name.guid, 0, {}};
                break;
        }
    }
}

void NameResolver::offer(const Wanted& wanted, const std::string& key, int rank, const ObjectGuid& guid,
                         EntryKind kind) {
    const auto found = wanted.find(key);
    if (found == wanted.end()) return;
    for (const std::size_t i : found->second) {
        if (!list_takes(listed_[i].list, kind)) continue;
        Candidate& best = candidates_[i];
        if (rank > best.rank || (rank == best.rank && guid == best.guid)) continue;
        if (rank < best.rank) {
            best = {guid, rank, {}};
            continue;
        }
        // The smallest one comes in, and every one of them stays out.
        if (!brings_in(listed_[i].list)) best.namesakes.insert(std::max(guid, best.guid));
        best.guid = std::min(guid, best.guid);
        best.namesakes.erase(best.guid);
    }
}

void NameResolver::consider(const ObjectGuid& guid, EntryKind kind, DomainIndex domain, std::string_view dn,
                            const AttributesView& attributes) {
    if (!by_dn_.empty()) {
        if (const auto parsed = Dn::parse(dn)) offer(by_dn_, parsed->key(), 0, guid, kind);
    }
    if (by_account_.empty() || kind == EntryKind::container) return;
    if (kind == EntryKind::user && !by_principal_.empty()) {
        key_.clear();
        text::append_folded(key_, attributes.first(principal_name_));
        offer(by_principal_, key_, 0, guid, kind);
    }
    const std::string_view account = attributes.first(account_name_);
    if (account.empty() || domain >= dns_names_.size()) return;
    key_.clear();
    text::append_folded(key_, account);
    const std::size_t length = key_.size();
    key_ += '@';
    key_ += dns_names_[domain];
    offer(by_account_, key_, 1, guid, kind);
    key_.resize(length);
    key_.insert(0, netbios_names_[domain] + "\\");
    offer(by_account_, key_, 1, guid, kind);
}

FoundNames NameResolver::found() const {
    FoundNames found;
    found.objects.reserve(candidates_.size());
    for (std::size_t i = 0; i < candidates_.size(); ++i) {
        found.objects.push_back(candidates_[i].guid);
        for (const auto& guid : candidates_[i].namesakes) found.namesakes.emplace_back(i, guid);
    }
    return found;
}

}  // namespace dirsync::sync
