#include "survey/filter_survey.hpp"

#include <set>
#include <utility>

#include "core/text.hpp"
#include "ldap/rights_reader.hpp"
#include "survey/attribute_survey.hpp"

namespace dirsync::survey {

using namespace ldap;
namespace {

constexpr std::uint32_t users_looked_at = 200;
constexpr std::size_t asked_at_most = 20;  // of each attribute

std::vector<std::string> attributes_of(const std::vector<sync::ScopeFilter>& filters,
                                       const std::string& domain) {
    std::vector<std::string> names;
    std::set<std::string> known;
    for (const auto& one : filters) {
        if (one.domain != text::lower(domain)) continue;
        for (const auto& name : one.filter.attributes()) {
            if (known.insert(text::lower(name)).second) names.push_back(name);
        }
    }
    return names;
}

/// Users of the sample that do not show the attribute.
std::vector<sync::LostAttribute> not_shown(const Sample& sample, const std::string& name, std::size_t place) {
    std::vector<sync::LostAttribute> lacking;
    const auto index = static_cast<sync::AttributeNames::Index>(place);
    for (const auto& one : sample.entries) {
        if (lacking.size() == asked_at_most) break;
        if (!sync::AttributesView(one.attributes.bytes()).has(index)) lacking.push_back({one.guid, name});
    }
    return lacking;
}

}  // namespace

Task<void> check_filters(std::shared_ptr<Session> session, sync::DomainFacts facts, std::string schema_dn,
                         const std::vector<sync::ScopeFilter>& filters, std::vector<Check>& checks) {
    const auto names = attributes_of(filters, facts.dns_name);
    if (names.empty()) co_return;
    auto reading = read_sample(session, facts, names, real_user_filter(), users_looked_at);
    const auto sample = co_await std::move(reading);
    if (!sample) {
        checks.push_back(
            failed("filters", facts.dns_name, sample.error(), "the message says what the server answered"));
        co_return;
    }
    std::vector<sync::LostAttribute> asked;
    for (std::size_t i = 0; i < names.size(); ++i) {
        const auto lacking = not_shown(*sample, names[i], i);
        asked.insert(asked.end(), lacking.begin(), lacking.end());
    }
    std::vector<sync::ReadRight> rights(asked.size(), sync::ReadRight::unknown);
    RightsReader reader(session, facts, std::move(schema_dn), users_looked_at);
    const auto told = co_await reader.look_up(asked, rights);
    if (!told) {
        checks.push_back(
            failed("filters", facts.dns_name, told.error(), "the message says what the server answered"));
        co_return;
    }
    std::vector<std::string> denied;
    std::vector<std::string> unproved;
    for (const auto& name : names) {
        std::size_t of_denied = 0;
        std::size_t of_unknown = 0;
        for (std::size_t i = 0; i < asked.size(); ++i) {
            if (asked[i].attribute != name) continue;
            of_denied += rights[i] == sync::ReadRight::denied ? 1 : 0;
            of_unknown += rights[i] == sync::ReadRight::unknown ? 1 : 0;
        }
        if (of_denied > 0) denied.push_back(name + " of " + std::to_string(of_denied) + " users");
        if (of_unknown > 0) unproved.push_back(name + " of " + std::to_string(of_unknown) + " users");
    }
    const std::string count = " (" + std::to_string(sample->entries.size()) + " users were looked at)";
    if (!denied.empty()) {
        checks.push_back(failed(
            "filters", facts.dns_name,
            Error(ErrorCode::insufficient_rights,
                  "a filter of the scope asks for what the account may not read: " + joined(denied) + count),
            "let the account read it: what it may not read looks empty, and a filter with "
            "(!(...)) lets such users in"));
    } else if (!unproved.empty()) {
        checks.push_back(
            warned("filters", facts.dns_name,
                   "a filter of the scope asks for what some users do not show, and their permissions "
                   "cannot be read: " +
                       joined(unproved) + count,
                   "make sure that the account may read it, or let it read the users' permissions "
                   "(Read Permissions)"));
    } else {
        checks.push_back(passed("filters", facts.dns_name,
                                "what the filters of the scope ask for can be read: " + joined(names)));
    }
}

}  // namespace dirsync::survey
