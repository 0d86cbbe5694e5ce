#include "core/error.hpp"

#include <set>
#include <string>

#include <gtest/gtest.h>

namespace dirsync {
namespace {

// semantics 5.8: refused credentials are a class of their own, under the contract's name.
TEST(ErrorCode, HasOneClassAndOneName) {
    EXPECT_EQ(class_of(ErrorCode::invalid_credentials), ErrorClass::denied);
    EXPECT_EQ(name_of(ErrorCode::invalid_credentials), "InvalidDirectoryCredentials");
    EXPECT_EQ(class_of(ErrorCode::cursor_moved), ErrorClass::conflict);
    EXPECT_EQ(class_of(ErrorCode::malformed_entry), ErrorClass::data);

    std::set<std::string_view> names;
    for (int code = 0; code <= static_cast<int>(ErrorCode::internal); ++code) {
        EXPECT_TRUE(names.insert(name_of(static_cast<ErrorCode>(code))).second) << code;
    }
}

// semantics 5.1: a read that was cut short is tried again, never taken for an answer.
TEST(ErrorCode, AnIncompleteReadIsTransient) {
    EXPECT_EQ(class_of(ErrorCode::read_incomplete), ErrorClass::transient);
}

TEST(Error, WithinPutsWhatWasDoneInFront) {
    const auto error =
        Error(ErrorCode::timeout, "no answer in 30s").within("binding to dc1").within("cycle 7");
    EXPECT_EQ(error.message(), "cycle 7: binding to dc1: no answer in 30s");
    EXPECT_EQ(error.code(), ErrorCode::timeout);
}

TEST(QuotedPeerText, IsOneShortLine) {
    EXPECT_EQ(quoted_peer_text("data 52e\nforged"), "'data 52e\\x0aforged'");
    EXPECT_EQ(quoted_peer_text("abcdef", 3), "'abc'...");
    EXPECT_EQ(quoted_peer_text("abc", 3), "'abc'");
}

TEST(QuotedPeerText, NeverCutsACharacterInTwo) {
    EXPECT_EQ(quoted_peer_text("a\u00e4\u00e4", 4), "'a\u00e4'...");
    EXPECT_EQ(quoted_peer_text("\xff\xff\xff", 2), "'\\xff\\xff'...");
}

}  // namespace
}  // namespace dirsync
