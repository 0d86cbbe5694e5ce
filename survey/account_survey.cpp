#include "survey/account_survey.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include "ldap/root_dse.hpp"
#include "ldap/session/controls.hpp"
#include "ldap/wire/values.hpp"
#include "model/clock.hpp"

namespace dirsync::survey {

using namespace ldap;
namespace {

constexpr auto kerberos_tolerance = std::chrono::minutes(5);
constexpr auto noteworthy = std::chrono::minutes(1);
constexpr auto soon = std::chrono::days(14);

struct Group {
    std::uint32_t rid;
    const char* name;
};
// MS-ADTS 6.1.1.4.12: groups with rights over accounts, servers or the directory itself.
constexpr std::array builtin_groups{Group{544, "Administrators"},   Group{548, "Account Operators"},
                                    Group{549, "Server Operators"}, Group{550, "Print Operators"},
                                    Group{551, "Backup Operators"}, Group{552, "Replicator"}};
constexpr std::array domain_groups{Group{512, "Domain Admins"},
                                   Group{516, "Domain Controllers"},
                                   Group{518, "Schema Admins"},
                                   Group{519, "Enterprise Admins"},
                                   Group{520, "Group Policy Creator Owners"},
                                   Group{526, "Key Admins"},
                                   Group{527, "Enterprise Key Admins"}};

struct KnownControl {
    std::string_view oid;
    const char* name;
    bool is_needed;
    const char* without;
};
constexpr std::array known_controls{
    KnownControl{paged_results_oid, "paged results", true, "nothing can be read"},
    KnownControl{extended_dn_oid, "extended DN", true, "memberships cannot be read"},
    KnownControl{"1.2.840.113556.1.4.417", "show deleted objects", true, "deletions cannot be proved"},
    KnownControl{dir_sync_oid, "DirSync", false, "changes are found by uSNChanged"},
    KnownControl{notification_oid, "change notification", false, "changes are found by polling alone"}};

std::optional<Time> file_time(std::string_view text) {
    const auto number = wire::parse_integer(text);
    return number ? time_from_filetime(*number) : std::nullopt;
}

std::string ahead_or_behind(Duration difference) {
    const auto length = difference < Duration(0) ? -difference : difference;
    return dirsync::to_text(length) + (difference < Duration(0) ? " behind" : " ahead of");
}

/// When the account or its password ends, if its entry says.
Check expiry_check(const std::string& domain, const CollectedEntries::Entry& account) {
    const auto now = std::chrono::floor<Duration>(std::chrono::system_clock::now());
    const std::string who = "the account " + quoted_peer_text(account.first("sAMAccountName"), 100);
    if (const auto end = file_time(account.first("accountExpires")); end && *end - now < soon) {
        return warned("account", domain, who + " expires soon: " + dirsync::to_text(*end),
                      "have the account extended before that day: nothing is synced without it");
    }
    const auto end = file_time(account.first("msDS-UserPasswordExpiryTimeComputed"));
    if (end && *end - now < soon) {
        return warned("account", domain,
                      "the password of " + who + " expires soon: " + dirsync::to_text(*end),
                      "set a new one and write it into the password file or a new keytab, or let it never "
                      "expire, as is usual for service accounts");
    }
    return passed(
        "account", domain,
        who + " is enabled" +
            (end ? ", its password is good until " + dirsync::to_text(*end) : "; nothing of it expires"));
}

}  // namespace

std::string account_name(const AccountFacts& account, const sync::DomainFacts& facts) {
    return facts.netbios_name + "\\" + (account.name.empty() ? "ACCOUNT" : account.name);
}

std::string own_sid(const AccountFacts& account) {
    return account.token.empty() ? "SID-OF-THE-ACCOUNT" : dirsync::to_text(account.token.front());
}

Task<Result<AccountFacts>> read_account(std::shared_ptr<Session> session, sync::DomainFacts facts,
                                        std::vector<Check>& checks) {
    CollectedEntries root;
    auto request = base_search(
        "", {"currentTime", "vendorName", "tokenGroups", "supportedControl", "schemaNamingContext"});
    auto reading = session->search(std::move(request), root);
    auto read = co_await std::move(reading);
    if (!read) co_return std::move(read).error().within("reading the root DSE");
    AccountFacts account;
    if (root.entries().size() != 1) co_return Error(ErrorCode::protocol, "the server shows no root DSE");
    const auto& entry = root.entries().front();
    account.is_samba = entry.first("vendorName").find("Samba") != std::string_view::npos;
    account.server_time = wire::parse_generalized_time(entry.first("currentTime"));
    account.schema_dn = entry.first("schemaNamingContext");
    const auto controls = entry.all("supportedControl");
    account.controls.assign(controls.begin(), controls.end());
    account.token = token_in(entry);
    if (account.token.empty()) {
        checks.push_back(skipped("account", facts.dns_name, "the server does not say which account it sees"));
        co_return account;
    }
    CollectedEntries own;
    request = base_search("<SID=" + dirsync::to_text(account.token.front()) + ">",
                          {"sAMAccountName", "accountExpires", "msDS-UserPasswordExpiryTimeComputed"});
    auto looking = session->search(std::move(request), own);
    read = co_await std::move(looking);
    if (read && own.entries().size() == 1) {
        account.dn = own.entries().front().dn;
        account.name = own.entries().front().first("sAMAccountName");
        checks.push_back(expiry_check(facts.dns_name, own.entries().front()));
    } else {
        checks.push_back(skipped("account", facts.dns_name, "the account cannot read its own entry"));
    }
    co_return account;
}

Check clock_check(const std::string& domain, std::optional<Time> server, Time now, bool kerberos) {
    if (!server) return skipped("clock", domain, "the server does not tell its time");
    const Duration difference = now - *server;
    const auto length = difference < Duration(0) ? -difference : difference;
    if (length <= noteworthy) return passed("clock", domain, "this host and the server agree about the time");
    const std::string seen =
        "this host's clock is " + ahead_or_behind(difference) + " the domain controller's";
    if (length > sync::clock_tolerance) {
        return failed(
            "clock", domain,
            Error(ErrorCode::protocol, seen + ": until they agree no account expires and no clock of "
                                              "anybody starts or runs out"),
            "correct the clock that is wrong: timedatectl and chronyc sources on this host, w32tm "
            "/query /status on the domain controller");
    }
    const std::string advice = "synchronize this host with the domain's time: timedatectl, chronyc sources";
    if (length > kerberos_tolerance && kerberos)
        return failed("clock", domain, Error(ErrorCode::protocol, seen + ": Kerberos allows 5m"), advice);
    return warned("clock", domain, seen + "; Kerberos allows 5m", advice);
}

Check controls_check(const std::string& domain, const std::vector<std::string>& offered) {
    std::string missing;
    bool is_needed = false;
    for (const auto& control : known_controls) {
        if (std::find(offered.begin(), offered.end(), control.oid) != offered.end()) continue;
        missing += (missing.empty() ? "" : "; ") + std::string(control.name) + " (" + control.without + ")";
        is_needed |= control.is_needed;
    }
    if (missing.empty())
        return passed("controls", domain, "paged results, DirSync and notifications are there");
    if (is_needed) {
        return failed("controls", domain, Error(ErrorCode::config_invalid, "the server lacks " + missing),
                      "ask a domain controller of Active Directory, not a global catalog or another server");
    }
    return passed("controls", domain, "the server lacks " + missing);
}

std::vector<std::string> privileged_groups(const std::vector<Sid>& token, const Sid& domain) {
    const Sid builtin = *parse_sid("S-1-5-32");
    std::vector<std::string> names;
    for (const auto& sid : token) {
        for (const auto& group : builtin_groups) {
            if (sid == builtin.with_rid(group.rid)) names.emplace_back(group.name);
        }
        // Enterprise and Schema Admins are groups of the forest's root domain: any domain's count.
        for (const auto& group : domain_groups) {
            const bool of_forest = group.rid == 518 || group.rid == 519 || group.rid == 527;
            const bool in_domain = sid.domain() == domain;
            const bool in_any = sid.count == 5 && sid.sub[0] == 21;
            if (sid.rid() == group.rid && (in_domain || (of_forest && in_any)))
                names.emplace_back(group.name);
        }
    }
    return names;
}

}  // namespace dirsync::survey
