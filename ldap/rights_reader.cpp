#include "ldap/rights_reader.hpp"

#include <algorithm>
#include <charconv>
#include <set>
#include <span>
#include <utility>

#include "core/text.hpp"
#include "ldap/domain_filters.hpp"
#include "ldap/root_dse.hpp"
#include "ldap/schema_names.hpp"
#include "ldap/session/controls.hpp"

namespace dirsync::ldap {
namespace {

/// searchFlags, fCONFIDENTIAL (MS-ADTS 2.2.10).
constexpr std::uint32_t confidential = 0x80;

bool is_confidential(std::string_view search_flags) {
    std::uint32_t flags = 0;
    const auto [end, error] =
        std::from_chars(search_flags.data(), search_flags.data() + search_flags.size(), flags);
    return error == std::errc() && (flags & confidential) != 0;
}

}  // namespace

SearchRequest permissions_search(const sync::DomainFacts& facts, std::span<const ObjectGuid> guids,
                                 std::uint32_t page_size) {
    SearchRequest request;
    request.base = facts.base_dn;
    request.filter = guid_filter(guids);
    request.attributes = {"objectGUID", "nTSecurityDescriptor"};
    request.page_size = page_size;
    request.controls = {domain_scope(), readable_descriptor()};
    return request;
}

/// Which GUIDs the entries of a list of permissions name an attribute by.
Task<Result<void>> RightsReader::read_attributes(const std::vector<sync::LostAttribute>& attributes) {
    std::set<std::string> names;
    for (const auto& [object, name] : attributes) {
        if (is_attribute_name(name)) names.insert(text::lower(name));
    }
    if (names.empty() || schema_dn_.empty()) co_return Result<void>();
    SearchRequest request;
    request.base = schema_dn_;
    request.scope = SearchScope::one_level;
    request.filter = "(&(objectClass=attributeSchema)(|";
    for (const auto& name : names) request.filter += "(lDAPDisplayName=" + name + ")";
    request.filter += "))";
    request.attributes = {"lDAPDisplayName", "schemaIDGUID", "attributeSecurityGUID", "searchFlags"};
    request.page_size = page_size_;
    CollectedEntries schema;
    auto asking = session_->search(std::move(request), schema);
    auto result = co_await std::move(asking);
    if (!result) co_return std::move(result).error().within("reading the schema");
    for (const auto& entry : schema.entries()) {
        const auto guid = guid_from_wire(entry.first("schemaIDGUID"));
        if (!guid) continue;
        const auto set = guid_from_wire(entry.first("attributeSecurityGUID"));
        protected_[text::lower(entry.first("lDAPDisplayName"))] = {
            {*guid, set.value_or(ObjectGuid{})}, is_confidential(entry.first("searchFlags"))};
    }
    co_return Result<void>();
}

Task<Result<void>> RightsReader::read_descriptors(const std::vector<sync::LostAttribute>& attributes) {
    std::vector<ObjectGuid> named;
    for (const auto& [object, name] : attributes) named.push_back(object);
    const auto guids = each_once(std::move(named));
    for (std::size_t start = 0; start < guids.size(); start += guids_a_search) {
        const auto count = std::min(guids_a_search, guids.size() - start);
        auto request = permissions_search(facts_, std::span(guids).subspan(start, count), page_size_);
        CollectedEntries answer;
        auto asking = session_->search(std::move(request), answer);
        auto result = co_await std::move(asking);
        if (!result)
            co_return std::move(result).error().within("asking for permissions from " + facts_.server);
        for (const auto& entry : answer.entries()) {
            const auto guid = guid_from_wire(entry.first("objectGUID"));
            auto access = wire::access_entries(entry.first("nTSecurityDescriptor"));
            if (guid && access) access_[*guid] = std::move(*access);
        }
    }
    co_return Result<void>();
}

sync::ReadRight RightsReader::right_of(const sync::LostAttribute& attribute) const {
    const auto access = access_.find(attribute.object);
    const auto known = protected_.find(text::lower(attribute.attribute));
    if (access == access_.end() || known == protected_.end() || token_.empty())
        return sync::ReadRight::unknown;
    const auto& [protection, is_confidential] = known->second;
    const bool may_read =
        wire::may_read(access->second, token_, protection) &&
        (!is_confidential ||
         wire::is_granted(access->second, token_, wire::access_right::control_access, protection.attribute));
    return may_read ? sync::ReadRight::granted : sync::ReadRight::denied;
}

Task<Result<void>> RightsReader::look_up(const std::vector<sync::LostAttribute>& attributes,
                                         std::vector<sync::ReadRight>& rights) {
    auto asking = token_of(session_);
    auto token = co_await std::move(asking);
    if (!token) co_return std::move(token).error();
    token_ = std::move(*token);
    auto reading_attributes = read_attributes(attributes);
    auto result = co_await std::move(reading_attributes);
    if (!result) co_return result;
    auto reading_descriptors = read_descriptors(attributes);
    result = co_await std::move(reading_descriptors);
    if (!result) co_return result;
    for (std::size_t i = 0; i < attributes.size(); ++i) {
        const auto right = right_of(attributes[i]);
        if (right != sync::ReadRight::unknown) rights[i] = right;
    }
    co_return Result<void>();
}

}  // namespace dirsync::ldap
