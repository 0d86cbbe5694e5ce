#include "ldap/wire/replication_vector.hpp"

#include <string>

#include <gmock/gmock.h>

namespace dirsync::ldap::wire {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::string number(std::uint64_t value, int size) {
    std::string bytes;
    for (int i = 0; i < size; ++i) bytes += static_cast<char>(value >> (8 * i) & 0xff);
    return bytes;
}

std::string vector_of(std::uint32_t version, std::uint32_t count, const std::string& cursors) {
    return number(version, 4) + number(0, 4) + number(count, 4) + number(0, 4) + cursors;
}

std::string cursor(char id, std::uint64_t usn, bool with_time) {
    return std::string(16, id) + number(usn, 8) + (with_time ? number(0x01dac0ffee, 8) : "");
}

sync::ReplicationCursor decoded(char id, std::uint64_t usn) {
    return {guid_from_wire(std::string(16, id)).value(), usn};
}

// MS-DRSR 5.203 and 5.204; semantics 5.16
TEST(ReplicationVector, BothVersionsAreRead) {
    EXPECT_THAT(
        decode_replication_vector(vector_of(2, 2, cursor('a', 0x123456789a, true) + cursor('b', 7, true))),
        ::testing::Optional(ElementsAre(decoded('a', 0x123456789a), decoded('b', 7))));
    EXPECT_THAT(decode_replication_vector(vector_of(1, 1, cursor('a', 9, false))),
                ::testing::Optional(ElementsAre(decoded('a', 9))));
    EXPECT_THAT(decode_replication_vector(vector_of(2, 0, "")), ::testing::Optional(IsEmpty()));
}

TEST(ReplicationVector, WhatCannotBeReadIsNoVector) {
    const auto whole = vector_of(2, 2, cursor('a', 1, true) + cursor('b', 2, true));
    ASSERT_TRUE(decode_replication_vector(whole));
    for (std::size_t size = 0; size < whole.size(); ++size)
        EXPECT_FALSE(decode_replication_vector(whole.substr(0, size))) << size;
    EXPECT_FALSE(decode_replication_vector(whole + "x"));
    EXPECT_FALSE(decode_replication_vector(vector_of(3, 1, cursor('a', 1, true))));
    EXPECT_FALSE(decode_replication_vector(vector_of(2, 0xffffffff, cursor('a', 1, true))));
}

}  // namespace
}  // namespace dirsync::ldap::wire
