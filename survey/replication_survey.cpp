#include "survey/replication_survey.hpp"

#include <string_view>
#include <utility>

#include "ldap/rights_reader.hpp"
#include "ldap/wire/replication_vector.hpp"

namespace dirsync::survey {
namespace {

using ldap::wire::replication_vector_attribute;

/// schemaIDGUID of the attribute (MS-ADA3).
constexpr std::string_view vector_id = "bf967a16-0de6-11d0-a285-00aa003049e2";
constexpr std::uint32_t page_size = 10;

std::string vector_of(const sync::DomainFacts& facts) {
    return std::string(replication_vector_attribute) + " of " + facts.base_dn;
}

}  // namespace

Task<void> check_replication(const DomainSurvey& survey, AccountFacts account, std::vector<Check>& checks) {
    const auto& facts = survey.facts();
    const std::string& name = survey.domain().name;
    if (survey.shows_vector()) {
        checks.push_back(passed("replication", name, vector_of(facts) + " can be read"));
        co_return;
    }
    const std::vector<sync::LostAttribute> asked{{facts.guid, std::string(replication_vector_attribute)}};
    std::vector<sync::ReadRight> rights(asked.size(), sync::ReadRight::unknown);
    ldap::RightsReader reader(survey.session(), facts, account.schema_dn, page_size);
    const auto told = co_await reader.look_up(asked, rights);
    if (!told) {
        checks.push_back(
            failed("replication", name, told.error(), "the message says what the server answered"));
        co_return;
    }
    if (rights.front() == sync::ReadRight::granted) {
        checks.push_back(passed("replication", name,
                                "the account may read " + vector_of(facts) +
                                    "; there is none, as where no other domain controller ever was"));
        co_return;
    }
    if (rights.front() == sync::ReadRight::unknown && !survey.has_partner()) {
        checks.push_back(skipped("replication", name,
                                 "no " + vector_of(facts) +
                                     " is shown, and no other domain controller was found; permissions do "
                                     "not say more"));
        co_return;
    }
    checks.push_back(
        warned("replication", name,
               vector_of(facts) + " cannot be read: after a failover it is unknown whether a domain "
                                  "controller lags behind, and it is believed anyway",
               "give the account Read Property of " + vector_of(facts) +
                   ", as an administrator of the domain:\n" + how_to_show_vector(account, facts)));
}

std::string how_to_show_vector(const AccountFacts& account, const sync::DomainFacts& facts) {
    if (account.is_samba) {
        return "samba-tool dsacl set --action=allow --objectdn='" + facts.base_dn + "' --sddl='(OA;;RP;" +
               std::string(vector_id) + ";;" + own_sid(account) + ")'";
    }
    return "dsacls \"" + facts.base_dn + "\" /G \"" + account_name(account, facts) + ":RP;" +
           std::string(replication_vector_attribute) + "\"";
}

}  // namespace dirsync::survey
