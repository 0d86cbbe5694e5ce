#include "bench/synthetic_directory.hpp"

#include <utility>

namespace dirsync::bench {
namespace {

ObjectGuid guid_of(std::uint64_t number, std::uint8_t kind) {
    ObjectGuid guid;
    const std::uint64_t mixed = number * 0x9e3779b97f4a7c15ULL;
    for (std::size_t i = 0; i < 8; ++i) guid.bytes[i] = static_cast<std::uint8_t>(mixed >> (8 * i));
    for (std::size_t i = 0; i < 4; ++i) guid.bytes[8 + i] = static_cast<std::uint8_t>(number >> (8 * i));
    guid.bytes[15] = kind;
    return guid;
}

Sid domain_sid() {
    Sid sid;
    sid.authority = 5;
    sid.count = 4;
    sid.sub = {21, 7, 8, 9};
    return sid;
}

void add(sync::AttributesBuilder& builder, const sync::AttributeNames& names, std::string_view name,
         std::string_view value) {
    if (const auto index = names.find(name)) builder.add(*index, value);
}

}  // namespace

ObjectGuid SyntheticDirectory::user_guid(std::uint32_t number) { return guid_of(number, 1); }
ObjectGuid SyntheticDirectory::group_guid(std::uint32_t number) { return guid_of(number, 2); }

sync::DomainFacts SyntheticDirectory::domain() {
    sync::DomainFacts facts;
    facts.dns_name = "corp.example.com";
    facts.netbios_name = "CORP";
    facts.base_dn = "DC=corp,DC=example,DC=com";
    facts.guid = guid_of(0, 3);
    facts.sid = domain_sid();
    facts.server = "ldap://synthetic";
    facts.detection = "full";
    return facts;
}

sync::Entry SyntheticDirectory::user(std::uint32_t number, sync::AttributeNames& names) const {
    sync::Entry entry;
    const std::string account = "user" + std::to_string(1'000'000 + number);
    entry.guid = user_guid(number);
    entry.kind = sync::EntryKind::user;
    entry.sid = domain_sid().with_rid(10'000 + number);
    entry.dn = "CN=Person " + account + ",OU=People,DC=corp,DC=example,DC=com";
    entry.disabled = number % 20 == 0;
    entry.expires = sync::never_expires;
    sync::AttributesBuilder builder;
    add(builder, names, "sAMAccountName", account);
    add(builder, names, "userPrincipalName", account + "@corp.example.com");
    add(builder, names, "cn", "Person " + account);
    add(builder, names, "mail", account + "@example.com");
    add(builder, names, "displayName", "Anna-Maria " + account);
    add(builder, names, "givenName", "Anna-Maria");
    add(builder, names, "sn", account);
    entry.attributes = builder.pack();
    return entry;
}

sync::Entry SyntheticDirectory::group(std::uint32_t number, sync::AttributeNames& names) const {
    sync::Entry entry;
    const std::string account = "group" + std::to_string(100'000 + number);
    entry.guid = group_guid(number);
    entry.kind = sync::EntryKind::group;
    entry.sid = domain_sid().with_rid(5'000'000 + number);
    entry.dn = "CN=" + account + ",OU=Groups,DC=corp,DC=example,DC=com";
    sync::AttributesBuilder builder;
    add(builder, names, "sAMAccountName", account);
    add(builder, names, "cn", account);
    add(builder, names, "description", "members of " + account);
    entry.attributes = builder.pack();
    // Every user is in `memberships_per_user` groups, spread evenly over all of them.
    const std::uint64_t per_group = std::uint64_t{size_.users} * size_.memberships_per_user / size_.groups;
    entry.members.reserve(per_group + 1);
    for (std::uint64_t i = 0; i < per_group; ++i) {
        entry.members.push_back(
            {user_guid(static_cast<std::uint32_t>((number * per_group + i) % size_.users)), {}});
    }
    if (number % 8 == 7) entry.members.push_back({group_guid(number - 1), {}});
    return entry;
}

Task<Result<std::vector<sync::DomainFacts>>> SyntheticDirectory::connect(std::vector<sync::DomainFacts>) {
    sync::DomainFacts facts = domain();
    facts.current_time = std::chrono::floor<Duration>(std::chrono::system_clock::now());
    co_return std::vector<sync::DomainFacts>(1, std::move(facts));
}

Task<Result<sync::ReadSummary>> SyntheticDirectory::read_all(std::vector<std::string> names,
                                                             sync::EntrySink& sink) {
    sync::AttributeNames attribute_names;
    for (const auto& name : names) attribute_names.add(name);
    for (std::uint32_t i = 0; i < size_.users; ++i) sink.take(user(i, attribute_names));
    for (std::uint32_t i = 0; i < size_.groups; ++i) sink.take(group(i, attribute_names));
    sync::ReadSummary summary;
    co_return summary;
}

Task<Result<sync::ReadSummary>> SyntheticDirectory::read_changes(std::vector<sync::DomainFacts>,
                                                                 std::vector<std::string>,
                                                                 sync::EntrySink& sink) {
    if (told_) sink.take(std::move(*std::exchange(told_, std::nullopt)));
    sync::ReadSummary summary;
    co_return summary;
}

Task<Result<std::vector<sync::Fate>>> SyntheticDirectory::look_up(std::vector<ObjectGuid> guids,
                                                                  std::vector<std::string>,
                                                                  sync::EntrySink&) {
    co_return std::vector<sync::Fate>(guids.size(), sync::Fate::invisible);
}

}  // namespace dirsync::bench
