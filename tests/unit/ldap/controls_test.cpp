#include "ldap/session/controls.hpp"

#include <gtest/gtest.h>

namespace dirsync::ldap {
namespace {

using namespace std::string_literals;

TEST(Controls, PagedResultsIsSizeAndCookie) {  // RFC 2696 2
    EXPECT_EQ(paged_results(1000, "").value, "\x30\x06\x02\x02\x03\xe8\x04\x00"s);
    EXPECT_EQ(paged_results(1, "ab\0"s).value, "\x30\x08\x02\x01\x01\x04\x03"s + "ab\0"s);
    EXPECT_EQ(paged_results(1, "").oid, "1.2.840.113556.1.4.319");
}

TEST(Controls, ExtendedDnAsksForTheTextForm) {  // MS-ADTS 3.1.1.3.4.1.5: flag 1
    EXPECT_EQ(extended_dn(), (Control{"1.2.840.113556.1.4.529", "\x30\x03\x02\x01\x01"s, true}));
}

TEST(Controls, ControlsWithoutValue) {
    EXPECT_EQ(show_deleted(), (Control{"1.2.840.113556.1.4.417", "", true}));
    EXPECT_EQ(show_recycled(), (Control{"1.2.840.113556.1.4.2064", "", false}));
    EXPECT_EQ(domain_scope(), (Control{"1.2.840.113556.1.4.1339", "", true}));
}

TEST(Controls, CookieComesBackByteForByte) {
    for (const auto& cookie : {""s, "x"s, "\0\xff\x30"s, std::string(300, '\x80')}) {
        EXPECT_EQ(page_cookie(paged_results(0, cookie).value), cookie);
    }
}

// MS-ADTS 3.1.1.3.4.1.3
TEST(Controls, DirSyncIsFlagsBytesAndCookie) {
    EXPECT_EQ(dir_sync(0x80000001, "ab").value,
              "\x30\x0f\x02\x04\x80\x00\x00\x01\x02\x03\x40\x00\x00\x04\x02"s + "ab");
    EXPECT_EQ(dir_sync(0, "").value, "\x30\x0a\x02\x01\x00\x02\x03\x40\x00\x00\x04\x00"s);
    EXPECT_TRUE(dir_sync(0, "").critical);
    EXPECT_EQ(change_notification(), (Control{"1.2.840.113556.1.4.528", "", true}));
}

TEST(Controls, DirSyncAnswerTellsWhetherMoreIsToCome) {
    const auto last = dir_sync_answer("\x30\x09\x02\x01\x00\x02\x01\x00\x04\x01x"s);
    ASSERT_TRUE(last);
    EXPECT_FALSE(last->more);
    EXPECT_EQ(last->cookie, "x");
    for (const auto* more : {"\x01", "\xff"}) {
        EXPECT_TRUE(dir_sync_answer("\x30\x09\x02\x01"s + more + "\x02\x01\x00\x04\x01x"s).value().more);
    }
    EXPECT_TRUE(dir_sync_answer("\x30\x0a\x02\x02\x01\x00\x02\x01\x00\x04\x01x"s).value().more);
}

TEST(Controls, DirSyncAnswerWithoutACookieIsNone) {
    const auto whole = "\x30\x09\x02\x01\x00\x02\x01\x00\x04\x01x"s;
    for (std::size_t size = 0; size < whole.size(); ++size)
        EXPECT_FALSE(dir_sync_answer(whole.substr(0, size))) << size;
    EXPECT_FALSE(dir_sync_answer("\x30\x08\x02\x01\x00\x02\x01\x00\x04\x00"s));
    EXPECT_FALSE(dir_sync_answer(whole + "x"));
    EXPECT_FALSE(dir_sync_answer("garbage"));
}

TEST(Controls, CutOrForeignValuesAreNoCookie) {
    const auto whole = paged_results(5, "cookie").value;
    for (std::size_t size = 0; size < whole.size(); ++size)
        EXPECT_FALSE(page_cookie(whole.substr(0, size))) << size;
    EXPECT_FALSE(page_cookie("\x30\x03\x02\x01\x05"s));
    EXPECT_FALSE(page_cookie("garbage"));
}

}  // namespace
}  // namespace dirsync::ldap
