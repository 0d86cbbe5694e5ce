#include "ldap/session/server_uri.hpp"

#include <gtest/gtest.h>

namespace dirsync::ldap {
namespace {

TEST(ServerUri, SchemeGivesThePort) {
    EXPECT_EQ(parse_server_uri("ldap://dc1.corp.example.com"),
              (ServerUri{false, "dc1.corp.example.com", 389}));
    EXPECT_EQ(parse_server_uri("LDAPS://dc1/"), (ServerUri{true, "dc1", 636}));
    EXPECT_EQ(parse_server_uri("ldaps://10.0.0.1:3269"), (ServerUri{true, "10.0.0.1", 3269}));
}

TEST(ServerUri, AddressesOfVersionSixStandInBrackets) {
    const ServerUri server{true, "fd00::2", 636};
    EXPECT_EQ(parse_server_uri("ldaps://[fd00::2]"), server);
    EXPECT_EQ(to_text(server), "ldaps://[fd00::2]");
    EXPECT_EQ(parse_server_uri("ldap://[fd00::2]:1389"), (ServerUri{false, "fd00::2", 1389}));
}

TEST(ServerUri, TextComesBack) {
    for (const std::string text :
         {"ldap://a", "ldaps://a", "ldap://a:636", "ldaps://a:389", "ldap://[::1]:5"}) {
        const auto parsed = parse_server_uri(text);
        ASSERT_TRUE(parsed) << text;
        EXPECT_EQ(to_text(*parsed), text);
    }
}

TEST(ServerUri, AnythingElseIsNone) {
    for (const std::string text :
         {"", "dc1", "http://dc1", "ldap://", "ldap:///", "ldap://dc1:0", "ldap://dc1:65536", "ldap://dc1:x",
          "ldap://dc1:", "ldap://dc1/dc=corp", "ldap://dc1?x", "ldap://user@dc1", "ldap://[fd00::2",
          "ldap://[dc1]", "ldap://[fd00::2]x", "ldap://dc 1", "ldap://dc1\n", "ldap://fd00::2"}) {
        EXPECT_FALSE(parse_server_uri(text)) << text;
    }
}

}  // namespace
}  // namespace dirsync::ldap
