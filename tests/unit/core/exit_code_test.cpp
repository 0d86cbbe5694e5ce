#include "core/exit_code.hpp"

#include <gtest/gtest.h>

namespace dirsync {
namespace {

// contract, exit codes
TEST(ExitCode, IsThatOfTheErrorsClass) {
    const auto of = [](ErrorCode code) { return exit_code_of(Error(code, "why")); };
    EXPECT_EQ(of(ErrorCode::unreachable), 75);
    EXPECT_EQ(of(ErrorCode::store_unavailable), 75);
    EXPECT_EQ(of(ErrorCode::cursor_moved), 75);
    EXPECT_EQ(of(ErrorCode::invalid_credentials), 77);
    EXPECT_EQ(of(ErrorCode::insufficient_rights), 77);
    EXPECT_EQ(of(ErrorCode::config_invalid), 78);
    EXPECT_EQ(of(ErrorCode::held), 3);
    EXPECT_EQ(of(ErrorCode::not_found), 64);
    EXPECT_EQ(of(ErrorCode::refused), 64);
    EXPECT_EQ(of(ErrorCode::internal), 70);
}

}  // namespace
}  // namespace dirsync
