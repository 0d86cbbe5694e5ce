#include "ldap/session/result_error.hpp"

#include <set>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace dirsync::ldap {
namespace {

using ::testing::HasSubstr;

// semantics 5.1
TEST(ResultError, WhatCutsAReadShortIsNeverAnAnswer) {
    for (const int code : {3, 4, 9, 10, 11}) {
        EXPECT_EQ(result_error(code, "").code(), ErrorCode::read_incomplete) << code;
    }
}

TEST(ResultError, EveryOtherCodeIsAnErrorToo) {
    for (int code = 1; code < 123; ++code) {
        const auto error = result_error(code, "text");
        EXPECT_FALSE(error.message().empty()) << code;
        EXPECT_NE(error.error_class(), ErrorClass::internal) << code;
        EXPECT_NE(error.error_class(), ErrorClass::data) << code;
    }
}

TEST(ResultError, BusyServersAreTransient) {
    EXPECT_EQ(result_error(51, "").code(), ErrorCode::server_busy);
    EXPECT_EQ(result_error(52, "").code(), ErrorCode::server_busy);
}

TEST(ResultError, RefusalsAreDenied) {
    EXPECT_EQ(result_error(49, "").code(), ErrorCode::invalid_credentials);
    EXPECT_EQ(result_error(50, "").code(), ErrorCode::insufficient_rights);
    EXPECT_EQ(result_error(8, "").code(), ErrorCode::insufficient_rights);
}

TEST(ResultError, UnauthenticatedRequestsAreToldFromOtherOperationsErrors) {
    EXPECT_EQ(
        result_error(
            1,
            "000004DC: LdapErr: DSID-0C090A5C, comment: In order to perform this operation a successful bind "
            "must be completed on the connection., data 0, v4563")
            .code(),
        ErrorCode::insufficient_rights);
    EXPECT_EQ(result_error(1, "00002020: Operation unavailable without authentication").code(),
              ErrorCode::insufficient_rights);
    EXPECT_EQ(result_error(1, "another").code(), ErrorCode::protocol);
}

TEST(ResultError, PeerTextIsEscapedAndCapped) {
    const auto error = result_error(53, "line\nbreak" + std::string(1000, 'x'));
    EXPECT_THAT(error.message(), HasSubstr("line\\x0abreak"));
    EXPECT_LT(error.message().size(), 500U);
}

TEST(ResultError, BindErrorsNameTheAccountAndTheReason) {
    const auto error = bind_error(
        49, "80090308: LdapErr: DSID-0C0903A9, comment: AcceptSecurityContext error, data 533, v1db1",
        "'svc'");
    EXPECT_EQ(error.code(), ErrorCode::invalid_credentials);
    EXPECT_THAT(error.message(), HasSubstr("'svc'"));
    EXPECT_THAT(error.message(), HasSubstr("disabled"));
}

TEST(ResultError, EveryKnownReasonOfARefusedBindIsToldApart) {
    std::set<std::string> texts;
    for (const std::string data :
         {"525", "52e", "530", "531", "532", "533", "701", "773", "775", "80090346", "0"}) {
        const auto error = bind_error(49, "AcceptSecurityContext error, data " + data + ", v1db1", "x");
        EXPECT_EQ(error.code(), ErrorCode::invalid_credentials);
        texts.insert(error.message().substr(0, error.message().find(" (result")));
    }
    EXPECT_EQ(texts.size(), 11U);
}

TEST(ResultError, KerberosReasonsThatSaslTellsAsTextAreNoRefusedCredentials) {
    const std::string sasl =
        "SASL(-1): generic failure: GSSAPI Error: Unspecified GSS failure.  Minor code may provide more "
        "information ";
    EXPECT_EQ(bind_error(-2, sasl + "(Server ldap/x@R not found in Kerberos database)", "x").code(),
              ErrorCode::protocol);
    EXPECT_EQ(bind_error(-2, sasl + "(Clock skew too great)", "x").code(), ErrorCode::protocol);
    EXPECT_EQ(bind_error(-2, sasl + "(Cannot contact any KDC for realm 'R')", "x").code(),
              ErrorCode::unreachable);
    EXPECT_EQ(bind_error(-6, "", "x").code(), ErrorCode::config_invalid);
}

TEST(ResultError, LostConnectionsAndGarbageAreTransient) {
    EXPECT_EQ(library_error(-1, "").code(), ErrorCode::connection_lost);
    EXPECT_EQ(library_error(-4, "").code(), ErrorCode::protocol);
    EXPECT_EQ(library_error(-5, "").code(), ErrorCode::timeout);
}

}  // namespace
}  // namespace dirsync::ldap
