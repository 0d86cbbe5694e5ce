#include <algorithm>
#include <optional>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "ldap/domain_filters.hpp"
#include "ldap/domain_reader.hpp"
#include "ldap/root_dse.hpp"
#include "ldap/session/controls.hpp"
#include "ldap/wire/extended_dn.hpp"
#include "ldap/wire/meta_data.hpp"
#include "ldap/wire/values.hpp"

namespace dirsync::ldap {
namespace {

// MS-ADTS 6.1.1.4: the well-known GUID of CN=Deleted Objects.
constexpr const char* deleted_objects_guid = "18e2ea80684f11d2b9aa00c04f79f805";

/// The answer of a container whose children the account may not list.
bool is_closed_container(ErrorCode code) noexcept {
    return code == ErrorCode::not_found || code == ErrorCode::insufficient_rights;
}

}  // namespace

Task<Result<void>> DomainReader::read_changed(std::uint64_t usn, RestoredEntries& entries) {
    parts_.progress.phase = "reading changed containers of " + parts_.facts.dns_name;
    SearchRequest request;
    request.base = parts_.facts.base_dn;
    request.filter = std::string("(&") + container_filter + changed_filter(usn) + ")";
    request.attributes = {"objectGUID"};
    request.page_size = 1;
    request.first_page_only = true;
    request.controls.push_back(domain_scope());
    CollectedEntries changed;
    auto asking = ask(std::move(request), changed);
    auto result = co_await std::move(asking);
    if (!result) co_return result;
    if (!changed.entries().empty()) {
        auto reading_containers = read_containers();
        result = co_await std::move(reading_containers);
        if (!result) co_return result;
    }
    const Since since{usn, entries};
    auto reading_people = read_people(&since);
    co_return co_await std::move(reading_people);
}

Task<Result<void>> DomainReader::read_deleted(std::uint64_t usn, std::vector<ObjectGuid>& guids) {
    parts_.progress.phase = "reading deleted objects of " + parts_.facts.dns_name;
    SearchRequest request;
    request.base = deleted_objects();
    request.scope = SearchScope::one_level;
    request.filter = "(&" + changed_filter(usn) + followed_filter() + ")";
    request.attributes = {"objectGUID", "isDeleted"};
    request.page_size = parts_.page_size;
    request.controls.push_back(show_deleted());
    request.controls.push_back(show_recycled());
    CollectedEntries answer;
    auto asking = ask(std::move(request), answer);
    auto result = co_await std::move(asking);
    if (!result && is_closed_container(result.error().code())) co_return Result<void>();
    if (!result) co_return result;
    for (const auto& entry : answer.entries()) {
        const auto guid = guid_from_wire(entry.first("objectGUID"));
        if (guid && entry.first("isDeleted") == "TRUE") guids.push_back(*guid);
    }
    co_return Result<void>();
}

Task<Result<std::uint64_t>> DomainReader::newest_usn(std::uint64_t floor) {
    auto asking = highest_usn("(&" + changed_filter(floor + 1) + followed_filter() + ")");
    const auto newest = co_await std::move(asking);
    if (!newest) co_return newest;
    co_return std::max(floor, *newest);
}

Task<Result<std::uint64_t>> DomainReader::newest_replicated_usn(std::vector<NewestTold::Told> newest) {
    std::vector<ObjectGuid> objects;
    std::uint64_t highest = newest.size() == NewestTold::most_kept ? newest.front().usn : 0;
    for (const auto& told : newest) {
        if (!told.is_group) objects.push_back(told.guid);
    }
    CollectedEntries found;
    if (!objects.empty()) {
        SearchRequest request;
        request.base = parts_.facts.base_dn;
        request.filter = guid_filter(objects);
        request.attributes = {"objectGUID", std::string(wire::meta_data_attribute)};
        request.page_size = parts_.page_size;
        request.controls.push_back(domain_scope());
        auto asking = ask(std::move(request), found);
        auto result = co_await std::move(asking);
        if (!result) co_return std::move(result).error();
    }
    std::unordered_map<ObjectGuid, std::uint64_t> replicated;
    for (const auto& entry : found.entries()) {
        const auto guid = guid_from_wire(entry.first("objectGUID"));
        const auto usn = wire::usn_of_newest_change(entry.first(wire::meta_data_attribute));
        if (guid && usn) replicated[*guid] = *usn;
    }
    for (const auto& told : newest) {
        const auto known = replicated.find(told.guid);
        highest = std::max(highest, known == replicated.end() ? told.usn : known->second);
    }
    co_return highest;
}

Task<Result<std::uint64_t>> DomainReader::newest_deleted_usn(std::uint64_t floor) {
    auto asking = highest_usn("(&(isDeleted=TRUE)" + changed_filter(floor + 1) + followed_filter() + ")");
    const auto newest = co_await std::move(asking);
    if (!newest) co_return newest;
    co_return std::max(floor, *newest);
}

Task<Result<std::uint64_t>> DomainReader::newest_usn_of(std::vector<ObjectGuid> guids) {
    std::uint64_t newest = 0;
    for (std::size_t start = 0; start < guids.size(); start += guids_a_search) {
        const auto count = std::min(guids_a_search, guids.size() - start);
        auto asking = highest_usn(guid_filter(std::span(guids).subspan(start, count)));
        const auto of_some = co_await std::move(asking);
        if (!of_some) co_return of_some;
        newest = std::max(newest, *of_some);
    }
    co_return newest;
}

/// The highest uSNChanged of what the filter finds, tombstones included; 0: it finds nothing.
Task<Result<std::uint64_t>> DomainReader::highest_usn(std::string filter) {
    parts_.progress.phase = "asking how new the changes of " + parts_.facts.dns_name + " are";
    SearchRequest request;
    request.base = parts_.facts.base_dn;
    request.filter = std::move(filter);
    request.attributes = {"uSNChanged"};
    request.page_size = parts_.page_size;
    request.controls.push_back(domain_scope());
    request.controls.push_back(show_deleted());
    request.controls.push_back(show_recycled());
    CollectedEntries found;
    auto asking = ask(std::move(request), found);
    auto result = co_await std::move(asking);
    if (!result) co_return std::move(result).error();
    std::uint64_t highest = 0;
    for (const auto& entry : found.entries()) {
        const auto usn = wire::parse_integer(entry.first("uSNChanged"));
        if (usn && *usn > 0) highest = std::max(highest, static_cast<std::uint64_t>(*usn));
    }
    co_return highest;
}

Task<Result<void>> DomainReader::find_groups_of(const std::vector<ObjectGuid>& guids,
                                                std::vector<ObjectGuid>& groups) {
    CollectedEntries objects;
    CollectedEntries lists;
    for (std::size_t start = 0; start < guids.size(); start += guids_a_search) {
        const auto some = std::span(guids).subspan(start, std::min(guids_a_search, guids.size() - start));
        // One of the two may be hidden from the account, and neither costs much: this is rare.
        for (auto* answer : {&objects, &lists}) {
            SearchRequest request;
            request.base = parts_.facts.base_dn;
            request.filter = answer == &objects ? guid_filter(some) : groups_of_filter(some);
            request.attributes = {answer == &objects ? "memberOf" : "objectGUID"};
            request.page_size = parts_.page_size;
            request.controls.push_back(domain_scope());
            request.controls.push_back(extended_dn());
            auto asking = ask(std::move(request), *answer);
            auto result = co_await std::move(asking);
            if (!result) co_return result;
        }
    }
    std::unordered_set<ObjectGuid> known;
    const auto add = [&](const std::optional<ObjectGuid>& group) {
        if (group && known.insert(*group).second) groups.push_back(*group);
    };
    for (const auto& entry : objects.entries()) {
        for (const auto& value : entry.all("memberOf")) {
            if (const auto group = wire::parse_extended_dn(value)) add(group->guid);
        }
    }
    for (const auto& entry : lists.entries()) add(guid_from_wire(entry.first("objectGUID")));
    co_return Result<void>();
}

Task<Result<bool>> DomainReader::sees_deleted_objects() {
    parts_.progress.phase = "looking at the deleted objects of " + parts_.facts.dns_name;
    SearchRequest request;
    request.base = deleted_objects();
    request.scope = SearchScope::one_level;
    request.attributes = {"isDeleted"};
    request.page_size = 1;
    request.first_page_only = true;
    request.controls.push_back(show_deleted());
    CollectedEntries deleted;
    auto asking = ask(std::move(request), deleted);
    auto result = co_await std::move(asking);
    if (result && !deleted.entries().empty()) co_return true;
    if (!result && !is_closed_container(result.error().code())) co_return std::move(result).error();
    if (!result) co_return false;
    // Nothing to be seen: was nothing ever deleted? Who may not list the container may not read it either.
    std::vector<std::string> attributes{"objectGUID"};
    SearchRequest itself = base_search(deleted_objects(), std::move(attributes));
    itself.controls.push_back(show_deleted());
    CollectedEntries container;
    auto looking = ask(std::move(itself), container);
    result = co_await std::move(looking);
    if (!result && is_closed_container(result.error().code())) co_return false;
    if (!result) co_return std::move(result).error();
    co_return container.entries().size() == 1 && !container.entries().front().first("objectGUID").empty();
}

std::string DomainReader::deleted_objects() const {
    return std::string("<WKGUID=") + deleted_objects_guid + "," + parts_.facts.base_dn + ">";
}

}  // namespace dirsync::ldap
