#include <algorithm>

#include "ldap/name_search.hpp"
#include "survey/surveyor.hpp"
#include "sync/name_resolver.hpp"

namespace dirsync::survey {
namespace {

constexpr std::size_t most_names = 1000;

ldap::NameKind kind_of(sync::ScopeList list) noexcept {
    switch (list) {
        case sync::ScopeList::groups:
        case sync::ScopeList::exclude_groups:
            return ldap::NameKind::group;
        case sync::ScopeList::users:
        case sync::ScopeList::exclude_users:
            return ldap::NameKind::user;
        case sync::ScopeList::organizational_units:
            break;
    }
    return ldap::NameKind::organizational_unit;
}

const char* word_of(ldap::NameKind kind) noexcept {
    switch (kind) {
        case ldap::NameKind::group:
            return "group";
        case ldap::NameKind::user:
            return "user";
        case ldap::NameKind::organizational_unit:
            break;
    }
    return "organizational unit";
}

std::string how_to_correct(const std::string& guess, ldap::NameKind kind) {
    if (!guess.empty()) return "correct sync_scope: is '" + guess + "' meant?";
    return "correct sync_scope: it is misspelt, deleted, in another domain, or not visible to the account.  "
           "Names of " +
           std::string(kind == ldap::NameKind::user ? "users are userPrincipalName or name@domain"
                                                    : "groups are sAMAccountName@domain, not display names");
}

}  // namespace

Task<void> check_scope(const config::Config& config,
                       const std::vector<std::unique_ptr<DomainSurvey>>& surveys,
                       std::vector<Check>& checks) {
    auto names = sync::listed_names(config.sync.scope);
    const std::size_t all = names.size();
    if (all == 0 && config.sync.scope.user_filters.empty()) {
        checks.push_back(warned("scope", "", "nobody is in the scope: nothing is synced",
                                "name groups or users in sync_scope: dirsyncctl scope add --group NAME"));
        co_return;
    }
    const bool whole = std::all_of(surveys.begin(), surveys.end(),
                                   [](const auto& survey) { return survey->session() != nullptr; });
    if (!whole) {
        checks.push_back(skipped("scope", "", "names are looked for when every domain can be reached"));
        co_return;
    }
    if (names.size() > most_names) names.resize(most_names);
    std::size_t good = 0;
    for (const auto& listed : names) {
        const auto kind = kind_of(listed.list);
        std::size_t found = 0;
        std::string guess;
        for (const auto& survey : surveys) {
            auto looking = ldap::named(survey->session(), survey->facts(), *listed.name, kind);
            const auto here = co_await std::move(looking);
            if (!here) {
                checks.push_back(failed("scope", listed.name->text, here.error(),
                                        "the message says what the server answered"));
                co_return;
            }
            found += here->names.size();
        }
        if (found != 0) {
            ++good;
            continue;
        }
        for (const auto& survey : surveys) {
            auto guessing = ldap::close_name(survey->session(), survey->facts(), *listed.name, kind);
            guess = co_await std::move(guessing);
            if (!guess.empty()) break;
        }
        checks.push_back(warned("scope", listed.name->text,
                                std::string("no ") + word_of(kind) + " of that name is in the directory",
                                how_to_correct(guess, kind)));
    }
    if (good == 0) co_return;
    checks.push_back(
        passed("scope", "",
               std::to_string(good) + (good == 1 ? " name" : " names") + " of the scope found" +
                   (all > names.size() ? "; of " + std::to_string(all) + " only the first ones were looked at"
                                       : "")));
}

}  // namespace dirsync::survey
