#include "ldap/name_search.hpp"

#include <algorithm>
#include <utility>

#include "config/rules.hpp"
#include "core/text.hpp"
#include "ldap/domain_filters.hpp"
#include "ldap/root_dse.hpp"
#include "ldap/session/controls.hpp"
#include "ldap/wire/values.hpp"

namespace dirsync::ldap {
namespace {

constexpr const char* unit_filter = "(objectClass=organizationalUnit)";
constexpr std::uint32_t most_alike = 500;

const char* filter_of(NameKind kind) noexcept {
    switch (kind) {
        case NameKind::user:
            return user_filter;
        case NameKind::group:
            return group_filter;
        case NameKind::organizational_unit:
            break;
    }
    return unit_filter;
}

std::string both(std::string_view a, std::string_view b) {
    return "(&" + std::string(a) + std::string(b) + ")";
}

/// `*` stays what it is, all else is taken literally.
std::string pattern(std::string_view text) {
    std::string out;
    for (std::size_t at = 0; at <= text.size();) {
        const auto end = std::min(text.find('*', at), text.size());
        out += filter_value(text.substr(at, end - at));
        if (end < text.size() && !out.ends_with('*')) out += '*';
        at = end + 1;
    }
    return out;
}

std::string search_filter(std::string_view text, NameKind kind) {
    const bool is_pattern = text.find('*') != std::string_view::npos;
    const std::string value = is_pattern ? pattern(text) : filter_value(text) + "*";
    const auto on = [&value](std::initializer_list<const char*> attributes) {
        std::string filter;
        for (const char* name : attributes) filter += "(" + std::string(name) + "=" + value + ")";
        return filter;
    };
    // Ambiguous name resolution (MS-ADTS 3.1.1.3.1.3.2) uses the indexes that are made for it.
    const std::string by_name =
        is_pattern ? on({"sAMAccountName", "displayName", "cn"}) : "(anr=" + filter_value(text) + ")";
    switch (kind) {
        case NameKind::user:
            return both(user_filter, "(|" + by_name + on({"userPrincipalName", "mail"}) + ")");
        case NameKind::group:
            return both(group_filter, "(|" + by_name + ")");
        case NameKind::organizational_unit:
            break;
    }
    return both(unit_filter, on({"ou"}));
}

bool is_class(const CollectedEntries::Entry& entry, std::string_view wanted) {
    const auto classes = entry.all("objectClass");
    return std::find(classes.begin(), classes.end(), wanted) != classes.end();
}

/// The name by which a scope would call it; a DN where its own name cannot be written so.
std::string scope_name_of(const FoundName& found, std::string_view principal, const std::string& domain) {
    if (found.kind == NameKind::organizational_unit) return found.dn;
    if (!principal.empty() && sync::parse_scope_name(principal)) return std::string(principal);
    const std::string qualified = found.account + "@" + domain;
    const auto parsed = sync::parse_scope_name(qualified);
    return !found.account.empty() && parsed && parsed->name == found.account ? qualified : found.dn;
}

FoundName found_name(const CollectedEntries::Entry& entry, const sync::DomainFacts& facts) {
    FoundName found;
    found.dn = entry.dn;
    found.kind = is_class(entry, "group")                ? NameKind::group
                 : is_class(entry, "organizationalUnit") ? NameKind::organizational_unit
                                                         : NameKind::user;
    found.account = entry.first(found.kind == NameKind::organizational_unit ? "ou" : "sAMAccountName");
    found.title = entry.first(found.kind == NameKind::user ? "displayName" : "description");
    if (found.kind == NameKind::user) {
        const auto control = wire::parse_user_account_control(entry.first("userAccountControl"));
        found.disabled = control && (*control & wire::account_disable) != 0;
    }
    const auto principal =
        found.kind == NameKind::user ? entry.first("userPrincipalName") : std::string_view();
    found.scope_name = scope_name_of(found, principal, facts.dns_name);
    return found;
}

Task<Result<FoundNames>> read_names(std::shared_ptr<Session> session, sync::DomainFacts facts,
                                    SearchRequest request, std::uint32_t limit) {
    request.attributes = {"objectClass", "sAMAccountName", "userPrincipalName",
                          "displayName", "description",    "userAccountControl",
                          "ou"};
    request.page_size = limit + 1;
    request.first_page_only = true;
    request.controls = {domain_scope()};
    CollectedEntries read;
    auto reading = session->search(std::move(request), read);
    auto result = co_await std::move(reading);
    FoundNames found;
    // A DN or GUID that does not exist is not an error: it names nothing.
    if (!result && result.error().code() == ErrorCode::not_found) co_return found;
    if (!result) co_return std::move(result).error();
    for (const auto& entry : read.entries()) found.names.push_back(found_name(entry, facts));
    found.more = found.names.size() > limit;
    if (found.more) found.names.resize(limit);
    co_return found;
}

int rank(NameKind kind) noexcept {
    return kind == NameKind::group ? 0 : kind == NameKind::organizational_unit ? 1 : 2;
}

}  // namespace

std::string filter_value(std::string_view text) {
    constexpr char digits[] = "0123456789abcdef";
    std::string out;
    for (const char c : text) {
        if (c == '*' || c == '(' || c == ')' || c == '\\' || c == '\0') {
            out += '\\';
            out += digits[static_cast<unsigned char>(c) >> 4];
            out += digits[static_cast<unsigned char>(c) & 15];
        } else {
            out += c;
        }
    }
    return out;
}

Task<Result<FoundNames>> search_names(std::shared_ptr<Session> session, sync::DomainFacts facts,
                                      std::string text, std::optional<NameKind> kind, std::uint32_t limit) {
    FoundNames all;
    for (const auto one : {NameKind::group, NameKind::organizational_unit, NameKind::user}) {
        if (kind && *kind != one) continue;
        SearchRequest request;
        request.base = facts.base_dn;
        request.filter = search_filter(text, one);
        auto reading = read_names(session, facts, std::move(request), limit);
        auto found = co_await std::move(reading);
        if (!found) co_return std::move(found).error();
        all.more |= found->more;
        std::move(found->names.begin(), found->names.end(), std::back_inserter(all.names));
    }
    const std::string wanted = text::folded(text);
    std::stable_sort(all.names.begin(), all.names.end(), [&wanted](const FoundName& a, const FoundName& b) {
        const auto key = [&wanted](const FoundName& found) {
            const std::string name = text::folded(found.account);
            return std::tuple(name != wanted, rank(found.kind), name);
        };
        return key(a) < key(b);
    });
    if (all.names.size() > limit) {
        all.names.resize(limit);
        all.more = true;
    }
    co_return all;
}

Task<Result<FoundNames>> named(std::shared_ptr<Session> session, sync::DomainFacts facts,
                               sync::ScopeName name, NameKind kind) {
    SearchRequest request;
    request.base = facts.base_dn;
    request.filter = filter_of(kind);
    const bool by_address =
        name.form == sync::ScopeName::Form::dn || name.form == sync::ScopeName::Form::guid;
    if (by_address) {
        request.base =
            name.form == sync::ScopeName::Form::dn ? name.text : "<GUID=" + to_text(name.guid) + ">";
        request.scope = SearchScope::base;
        co_return co_await read_names(std::move(session), std::move(facts), std::move(request), 2);
    }
    const bool here = name.form == sync::ScopeName::Form::netbios
                          ? text::folded(name.domain) == text::folded(facts.netbios_name)
                          : text::lower(name.domain) == facts.dns_name;
    const std::string account = "(sAMAccountName=" + filter_value(name.name) + ")";
    if (kind == NameKind::user && name.form == sync::ScopeName::Form::qualified) {
        request.filter =
            both(user_filter, "(userPrincipalName=" + filter_value(name.name + "@" + name.domain) + ")");
        auto copy = request;
        auto reading = read_names(session, facts, std::move(copy), 2);
        auto found = co_await std::move(reading);
        if (!found || !found->names.empty()) co_return found;
    }
    if (!here) co_return FoundNames();
    request.filter = both(filter_of(kind), account);
    co_return co_await read_names(std::move(session), std::move(facts), std::move(request), 2);
}

Task<std::string> close_name(std::shared_ptr<Session> session, sync::DomainFacts facts, sync::ScopeName name,
                             NameKind kind) {
    if (name.name.empty()) co_return std::string();
    std::vector<std::string> accounts;
    // Typing errors are rare in the first letter, and next to impossible in both the first and the last.
    const auto first = filter_value(name.name.substr(0, 1));
    const auto last = filter_value(name.name.substr(name.name.size() - 1));
    for (const auto& alike : {first + "*", "*" + last}) {
        SearchRequest request;
        request.base = facts.base_dn;
        request.filter = both(filter_of(kind), "(sAMAccountName=" + alike + ")");
        auto reading = read_names(session, facts, std::move(request), most_alike);
        const auto found = co_await std::move(reading);
        if (!found) co_return std::string();
        for (const auto& one : found->names) accounts.push_back(one.account);
        const std::vector<std::string_view> views(accounts.begin(), accounts.end());
        const auto match = config::close_match(name.name, views);
        if (!match) continue;
        co_return name.form == sync::ScopeName::Form::netbios ? facts.netbios_name + "\\" + *match
                                                              : *match + "@" + facts.dns_name;
    }
    co_return std::string();
}

}  // namespace dirsync::ldap
