#include "ldap/link_reader.hpp"

#include <algorithm>
#include <span>
#include <utility>

#include "ldap/domain_filters.hpp"
#include "ldap/rights_reader.hpp"
#include "ldap/root_dse.hpp"
#include "ldap/session/controls.hpp"
#include "ldap/wire/extended_dn.hpp"
#include "ldap/wire/range.hpp"
#include "ldap/wire/security_descriptor.hpp"

namespace dirsync::ldap {
namespace {

// MS-ADA2, MS-ADA1: schemaIDGUID of member and memberOf; both are in the property set Membership (MS-ADTS
// 3.1.1.2.3.3).
constexpr const char* member_guid = "bf9679c0-0de6-11d0-a285-00aa003049e2";
constexpr const char* member_of_guid = "bf967991-0de6-11d0-a285-00aa003049e2";
constexpr const char* membership_set = "bc0ac240-79a9-11d0-9020-00c04fc2d4cf";

}  // namespace

sync::LinkFate fate_of(const LinkEvidence& evidence) noexcept {
    if (evidence.is_named) return sync::LinkFate::present;
    const bool member_tells = evidence.is_one_domain && (evidence.shows_groups || evidence.may_read_back);
    if (member_tells) return sync::LinkFate::absent;
    return evidence.may_read_list ? sync::LinkFate::not_listed : sync::LinkFate::unknown;
}

Task<Result<void>> LinkReader::read(std::vector<ObjectGuid> guids, bool member_of, Objects& objects) {
    for (std::size_t start = 0; start < guids.size(); start += guids_a_search) {
        const auto count = std::min(guids_a_search, guids.size() - start);
        auto request = permissions_search(facts_, std::span(guids).subspan(start, count), page_size_);
        if (member_of) request.attributes.emplace_back("memberOf");
        request.controls.push_back(extended_dn());
        CollectedEntries answer;
        auto asking = session_->search(std::move(request), answer);
        auto result = co_await std::move(asking);
        if (!result)
            co_return std::move(result).error().within("asking members for their groups from " +
                                                       facts_.server);
        for (const auto& entry : answer.entries()) {
            const auto guid = guid_from_wire(entry.first("objectGUID"));
            if (!guid) continue;
            Object& object = objects[*guid];
            object.descriptor = entry.first("nTSecurityDescriptor");
            for (const auto& [name, values] : entry.attributes) {
                const auto description = wire::parse_attribute_description(name);
                if (!description || description->base != "memberof") continue;
                object.is_whole = object.is_whole && !description->range;
                for (const auto& value : values) {
                    const auto group = wire::parse_extended_dn(value);
                    if (group && group->guid) object.groups.insert(*group->guid);
                }
            }
        }
    }
    co_return Result<void>();
}

bool LinkReader::may_read(const Object& object, bool member_of) const {
    const auto access = wire::access_entries(object.descriptor);
    const wire::ProtectedAttribute attribute{*parse<ObjectGuid>(member_of ? member_of_guid : member_guid),
                                             *parse<ObjectGuid>(membership_set)};
    return access && !token_.empty() && wire::may_read(*access, token_, attribute);
}

LinkEvidence LinkReader::evidence(const sync::Link& link, const Objects& members,
                                  const Objects& groups) const {
    LinkEvidence evidence;
    const auto member = members.find(link.member);
    const auto group = groups.find(link.group);
    if (member != members.end()) {
        const Object& object = member->second;
        evidence.is_named = object.groups.contains(link.group);
        evidence.shows_groups = !object.groups.empty() && object.is_whole;
        evidence.may_read_back = object.groups.empty() && object.is_whole && may_read(object, true);
    }
    evidence.is_one_domain = member != members.end() && group != groups.end();
    evidence.may_read_list = group != groups.end() && may_read(group->second, false);
    return evidence;
}

Task<Result<void>> LinkReader::look_up(const std::vector<sync::Link>& links,
                                       std::vector<sync::LinkFate>& fates, std::vector<bool>& seen) {
    std::vector<ObjectGuid> listed;
    std::vector<ObjectGuid> lists;
    for (const auto& link : links) {
        listed.push_back(link.member);
        lists.push_back(link.group);
    }
    auto asking = token_of(session_);
    auto token = co_await std::move(asking);
    if (!token) co_return std::move(token).error();
    token_ = std::move(*token);
    Objects members;
    auto reading_members = read(each_once(std::move(listed)), true, members);
    auto result = co_await std::move(reading_members);
    if (!result) co_return result;
    Objects groups;
    auto reading_groups = read(each_once(std::move(lists)), false, groups);
    result = co_await std::move(reading_groups);
    if (!result) co_return result;
    for (std::size_t i = 0; i < links.size(); ++i) {
        const auto fate = fate_of(evidence(links[i], members, groups));
        // A domain that knows nothing of a link takes back no other one's proof; who names the group is in
        // it.
        if (fate < fates[i]) fates[i] = fate;
        if (members.contains(links[i].member)) seen[i] = true;
    }
    co_return Result<void>();
}

}  // namespace dirsync::ldap
