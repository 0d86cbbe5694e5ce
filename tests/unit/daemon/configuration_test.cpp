#include "daemon/configuration.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace dirsync::daemon {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

config::Config of_domain(const std::string& server) {
    config::Config config;
    config.source = sync::SourceKind::active_directory;
    config.domains.resize(1);
    config.domains[0].name = "corp.example.com";
    config.domains[0].servers = {server};
    return config;
}

TEST(Configuration, AnotherServerOrConsentNeedsAnotherEngineAndOtherSettingsDoNot) {
    Configuration configuration(of_domain("ldaps://dc1"), Time{});
    auto other = of_domain("ldaps://dc1");
    other.schedule.poll = Duration(5);
    EXPECT_FALSE(configuration.take(other, Time{Duration(7)}));
    EXPECT_EQ(configuration.schedule().poll, Duration(5));
    EXPECT_EQ(configuration.loaded_at(), Time{Duration(7)});
    other.consent = config::ConsentConfig{};
    EXPECT_TRUE(configuration.take(other, Time{}));
    EXPECT_FALSE(configuration.take(other, Time{}));
    EXPECT_TRUE(configuration.take(of_domain("ldaps://dc2"), Time{}));
    EXPECT_TRUE(configuration.has_domains_of(of_domain("ldaps://dc2")));
    EXPECT_FALSE(configuration.has_domains_of(of_domain("ldaps://dc1")));
}

TEST(Configuration, OnlyASourceThatIsReadIsPolled) {
    EXPECT_TRUE(Configuration(of_domain("ldaps://dc1"), Time{}).schedule().periodic);
    EXPECT_FALSE(Configuration(config::Config(), Time{}).schedule().periodic);
}

TEST(Configuration, ComparesWithTheStartForWhatNeedsOne) {
    Configuration configuration(config::Config(), Time{});
    config::Config other;
    other.http_listen = "127.0.0.1:1";
    other.control_group = "staff";
    configuration.take(other, Time{});
    EXPECT_THAT(configuration.needs_restart(), ElementsAre("control.group", "http.listen"));
    configuration.take(config::Config(), Time{});
    EXPECT_THAT(configuration.needs_restart(), IsEmpty());
}

TEST(Configuration, AFileThatWasRefusedIsNotInForceUntilAnotherOneIs) {
    Configuration configuration(config::Config(), Time{});
    EXPECT_TRUE(configuration.is_file_in_force());
    configuration.file_refused();
    EXPECT_FALSE(configuration.is_file_in_force());
    configuration.take(config::Config(), Time{});
    EXPECT_TRUE(configuration.is_file_in_force());
}

TEST(Configuration, SaysThatCertificatesAreNotChecked) {
    auto config = of_domain("ldaps://dc1");
    config.domains[0].tls.verify = false;
    const Configuration configuration(config, Time{});
    EXPECT_THAT(configuration.weaknesses(),
                ElementsAre("corp.example.com: certificates are not checked (tls.verify: false)"));
    ASSERT_EQ(configuration.log_lines().size(), 1U);
    EXPECT_EQ(configuration.log_lines()[0].event, LogEvent::config_weak);
}

}  // namespace
}  // namespace dirsync::daemon
