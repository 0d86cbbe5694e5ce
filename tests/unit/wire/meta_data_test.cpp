#include "ldap/wire/meta_data.hpp"

#include <string>

#include <gtest/gtest.h>

namespace dirsync::ldap::wire {
namespace {

std::string number(std::uint64_t value, int size) {
    std::string bytes;
    for (int i = 0; i < size; ++i) bytes += static_cast<char>(value >> (8 * i) & 0xff);
    return bytes;
}

std::string stamp(std::uint32_t type, std::uint64_t originating_usn, std::uint64_t local_usn) {
    return number(type, 4) + number(2, 4) + number(0x0316767a, 8) + std::string(16, 'd') +
           number(originating_usn, 8) + number(local_usn, 8);
}

std::string vector_of(std::uint32_t version, std::uint32_t count, const std::string& stamps) {
    return number(version, 4) + number(0, 4) + number(count, 4) + number(0, 4) + stamps;
}

// MS-ADTS 3.1.1.1.9: the originating USN is another domain controller's number.
TEST(MetaData, TellsTheUsnOfThisDomainController) {
    const auto blob =
        vector_of(1, 2, stamp(0, 11, 12) + stamp(type_of_is_deleted, 0xffffffff00, 0x123456789a));
    EXPECT_EQ(usn_of_change(blob, type_of_is_deleted), 0x123456789aU);
    EXPECT_EQ(usn_of_change(blob, 0), 12U);
    EXPECT_EQ(usn_of_change(blob, 3), std::nullopt);
    EXPECT_EQ(usn_of_newest_change(blob), 0x123456789aU);
}

TEST(MetaData, WhatCannotBeReadTellsNothing) {
    const auto stamps = stamp(type_of_is_deleted, 1, 2);
    ASSERT_TRUE(usn_of_change(vector_of(1, 1, stamps), type_of_is_deleted));
    const std::string whole = vector_of(1, 1, stamps);
    for (std::size_t size = 0; size < whole.size(); ++size)
        EXPECT_FALSE(usn_of_change(whole.substr(0, size), type_of_is_deleted) ||
                     usn_of_newest_change(whole.substr(0, size)))
            << size;
    EXPECT_FALSE(usn_of_newest_change(vector_of(1, 0, "")));
    EXPECT_FALSE(usn_of_change(whole + "x", type_of_is_deleted));
    EXPECT_FALSE(usn_of_change(vector_of(2, 1, stamps), type_of_is_deleted));
    EXPECT_FALSE(usn_of_change(vector_of(1, 2, stamps), type_of_is_deleted));
    EXPECT_FALSE(usn_of_change(vector_of(1, 0xffffffff, stamps), type_of_is_deleted));
}

}  // namespace
}  // namespace dirsync::ldap::wire
