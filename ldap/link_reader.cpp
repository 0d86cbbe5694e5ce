#include "ldap/link_reader.hpp"

#include <algorithm>
#include <span>
#include <utility>

#include "ldap/controls.hpp"
#include "ldap/domain_filters.hpp"
#include "ldap/root_dse.hpp"
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

std::vector<ObjectGuid> each_once(std::vector<ObjectGuid> guids) {
    std::sort(guids.begin(), guids.end());
    guids.erase(std::unique(guids.begin(), guids.end()), guids.end());
    return guids;
}

}  // namespace

sync::LinkFate fate_of(const LinkEvidence& evidence) noexcept {
    if (evidence.is_named) return sync::LinkFate::present;
    const bool member_tells = evidence.is_one_domain && (evidence.shows_groups || evidence.may_read_back);
    return member_tells || evidence.may_read_list ? sync::LinkFate::absent : sync::LinkFate::unknown;
}

Task<Result<void>> LinkReader::read(std::vector<ObjectGuid> guids, bool member_of, Objects& objects) {
    for (std::size_t start = 0; start < guids.size(); start += guids_a_search) {
        const auto count = std::min(guids_a_search, guids.size() - start);
        SearchRequest request;
        request.base = facts_.base_dn;
        request.filter = guid_filter(std::span(guids).subspan(start, count));
        request.attributes = {"objectGUID", "nTSecurityDescriptor"};
        if (member_of) request.attributes.emplace_back("memberOf");
        request.page_size = page_size_;
        request.controls = {domain_scope(), extended_dn(), readable_descriptor()};
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

/// Whom the server takes the account for. A server that does not say makes no permission a proof.
Task<Result<void>> LinkReader::read_token() {
    CollectedEntries root;
    std::vector<std::string> attributes{"tokenGroups"};
    auto request = base_search("", std::move(attributes));
    auto asking = session_->search(std::move(request), root);
    auto result = co_await std::move(asking);
    if (!result) co_return std::move(result).error().within("reading the root DSE of " + facts_.server);
    for (const auto& entry : root.entries()) {
        for (const auto& value : entry.all("tokenGroups")) {
            if (const auto sid = sid_from_wire(value)) token_.push_back(*sid);
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
                                       std::vector<sync::LinkFate>& fates) {
    std::vector<ObjectGuid> listed;
    std::vector<ObjectGuid> lists;
    for (const auto& link : links) {
        listed.push_back(link.member);
        lists.push_back(link.group);
    }
    auto reading_token = read_token();
    auto result = co_await std::move(reading_token);
    if (!result) co_return result;
    Objects members;
    auto reading_members = read(each_once(std::move(listed)), true, members);
    result = co_await std::move(reading_members);
    if (!result) co_return result;
    Objects groups;
    auto reading_groups = read(each_once(std::move(lists)), false, groups);
    result = co_await std::move(reading_groups);
    if (!result) co_return result;
    for (std::size_t i = 0; i < links.size(); ++i) {
        const auto fate = fate_of(evidence(links[i], members, groups));
        // A domain that knows nothing of a link takes back no other one's proof; who names the group is in
        // it.
        if (fates[i] != sync::LinkFate::present && fate != sync::LinkFate::unknown) fates[i] = fate;
    }
    co_return Result<void>();
}

}  // namespace dirsync::ldap
