#include "ldap/wire/security_descriptor.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace dirsync::ldap::wire {
namespace {

using namespace access_right;

constexpr std::string_view get_changes = "1131f6aa-9c07-11d1-f79f-00c04fc2dcd2";
constexpr std::string_view get_changes_all = "1131f6ad-9c07-11d1-f79f-00c04fc2dcd2";

std::string bytes(std::uint32_t value, int size) {
    std::string out;
    for (int i = 0; i < size; ++i) out += static_cast<char>((value >> (8 * i)) & 0xffU);
    return out;
}

Sid sid(std::string_view text) { return *parse_sid(text); }

std::string wire_sid(const Sid& one) {
    std::string out{static_cast<char>(one.revision), static_cast<char>(one.count)};
    for (int shift = 40; shift >= 0; shift -= 8) out += static_cast<char>((one.authority >> shift) & 0xffU);
    for (int i = 0; i < one.count; ++i) out += bytes(one.sub[static_cast<std::size_t>(i)], 4);
    return out;
}

std::string ace(int type, int flags, std::uint32_t mask, const Sid& who,
                std::optional<std::string_view> object = std::nullopt) {
    std::string body = bytes(mask, 4);
    if (type == 5 || type == 6 || type == 12) {
        body += bytes(object ? 1 : 0, 4);
        if (object) {
            const auto guid = guid_to_wire(*parse<ObjectGuid>(*object));
            body.append(reinterpret_cast<const char*>(guid.data()), guid.size());
        }
    }
    body += wire_sid(who);
    return bytes(static_cast<std::uint32_t>(type), 1) + bytes(static_cast<std::uint32_t>(flags), 1) +
           bytes(static_cast<std::uint32_t>(body.size()) + 4, 2) + body;
}

std::string descriptor(const std::vector<std::string>& aces) {
    std::string all;
    for (const auto& one : aces) all += one;
    return bytes(1, 2) + bytes(0x8004, 2) + bytes(0, 4) + bytes(0, 4) + bytes(0, 4) + bytes(20, 4) +
           bytes(4, 2) + bytes(static_cast<std::uint32_t>(all.size()) + 8, 2) +
           bytes(static_cast<std::uint32_t>(aces.size()), 2) + bytes(0, 2) + all;
}

const Sid me = sid("S-1-5-21-1-2-3-1103");
const Sid group = sid("S-1-5-21-1-2-3-513");
const std::vector<Sid> token{me, group};

bool granted(const std::vector<std::string>& aces, std::uint32_t mask,
             std::optional<std::string_view> object = std::nullopt) {
    const auto entries = access_entries(descriptor(aces));
    EXPECT_TRUE(entries.has_value());
    return is_granted(*entries, token, mask, object ? parse<ObjectGuid>(*object) : std::nullopt);
}

TEST(SecurityDescriptor, RightsAddUpOverTheTokensEntries) {
    EXPECT_TRUE(granted({ace(0, 0, list_contents, me), ace(0, 0, read_property, group)},
                        list_contents | read_property));
    EXPECT_FALSE(granted({ace(0, 0, list_contents, me)}, list_contents | read_property));
    EXPECT_FALSE(granted({ace(0, 0, list_contents, sid("S-1-5-21-1-2-3-999"))}, list_contents));
}

TEST(SecurityDescriptor, TheFirstEntryThatSpeaksOfARightDecides) {
    EXPECT_FALSE(granted({ace(1, 0, read_property, group), ace(0, 0, read_property, me)}, read_property));
    EXPECT_TRUE(granted({ace(0, 0, read_property, me), ace(1, 0, read_property, group)}, read_property));
}

TEST(SecurityDescriptor, EntriesThatAreOnlyInheritedSayNothingOfTheObject) {
    EXPECT_FALSE(granted({ace(0, 0x08, read_property, me)}, read_property));
    EXPECT_FALSE(granted({ace(0, 0x0a, read_property, me)}, read_property));
    EXPECT_TRUE(granted({ace(0, 0x12, read_property, me)}, read_property));
}

TEST(SecurityDescriptor, AnExtendedRightIsGivenByNameOrWithAllOfThem) {
    EXPECT_TRUE(granted({ace(5, 0, control_access, me, get_changes)}, control_access, get_changes));
    EXPECT_FALSE(granted({ace(5, 0, control_access, me, get_changes)}, control_access, get_changes_all));
    EXPECT_FALSE(granted({ace(5, 0, control_access, me, get_changes)}, control_access));
    EXPECT_TRUE(granted({ace(5, 0, control_access, me)}, control_access, get_changes_all));
    EXPECT_TRUE(granted({ace(0, 0, 0x10000000, me)}, control_access, get_changes_all));
}

bool readable(const std::vector<std::string>& aces) {
    const auto entries = access_entries(descriptor(aces));
    EXPECT_TRUE(entries.has_value());
    return may_read(*entries, token, {*parse<ObjectGuid>(get_changes), *parse<ObjectGuid>(get_changes_all)});
}

TEST(SecurityDescriptor, AnAttributeIsReadByItselfByItsPropertySetOrWithAllOfThem) {
    EXPECT_TRUE(readable({ace(0, 0, read_property, group)}));
    EXPECT_TRUE(readable({ace(5, 0, read_property, me, get_changes)}));
    EXPECT_TRUE(readable({ace(5, 0, read_property, me, get_changes_all)}));
    EXPECT_FALSE(readable({ace(5, 0, read_property, me, "bf967991-0de6-11d0-a285-00aa003049e2")}));
    EXPECT_FALSE(readable({ace(0, 0, list_contents, me)}));
    EXPECT_FALSE(readable({ace(0, 0x08, read_property, me)}));
    EXPECT_FALSE(readable({}));
}

TEST(SecurityDescriptor, WhatIsDeniedOfAnAttributeHidesIt) {  // 5.15
    const std::string all = ace(0, 0, read_property, group);
    EXPECT_FALSE(readable({ace(6, 0, read_property, me, get_changes), all}));
    EXPECT_FALSE(readable({ace(6, 0, read_property, me, get_changes_all), all}));
    EXPECT_FALSE(readable({ace(1, 0, read_property, group), all}));
    EXPECT_TRUE(readable({ace(6, 0, read_property, sid("S-1-5-21-1-2-3-999"), get_changes), all}));
    // An explicit permission stands before an inherited denial, and decides.
    EXPECT_TRUE(readable({all, ace(6, 0x10, read_property, me, get_changes)}));
}

TEST(SecurityDescriptor, AConditionAllowsNothingAndDeniesAll) {  // 5.15
    const std::string all = ace(0, 0, read_property, group);
    EXPECT_FALSE(readable({ace(9, 0, read_property, me)}));
    EXPECT_FALSE(readable({ace(10, 0, read_property, me), all}));
    EXPECT_FALSE(readable({ace(12, 0, read_property, me, get_changes), all}));
}

TEST(SecurityDescriptor, WithoutADaclEverybodyMayDoEverything) {
    const auto entries = access_entries(bytes(1, 2) + bytes(0x8000, 2) + std::string(16, '\0'));
    ASSERT_TRUE(entries);
    EXPECT_TRUE(is_granted(*entries, std::vector<Sid>{sid("S-1-1-0")}, control_access, std::nullopt));
}

TEST(SecurityDescriptor, BytesThatAreNoneAreRefused) {
    const std::string good = descriptor({ace(5, 0, control_access, me, get_changes)});
    ASSERT_TRUE(access_entries(good));
    for (std::size_t size = 0; size < good.size(); ++size)
        EXPECT_FALSE(access_entries(std::string_view(good).substr(0, size))) << size;
    std::string too_many = good;
    too_many[24] = 2;  // AceCount
    EXPECT_FALSE(access_entries(too_many));
    std::string not_relative = good;
    not_relative[3] = 0;
    EXPECT_FALSE(access_entries(not_relative));
}

}  // namespace
}  // namespace dirsync::ldap::wire
