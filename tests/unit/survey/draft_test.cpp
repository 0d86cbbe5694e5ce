#include "survey/draft.hpp"

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace dirsync::survey {
namespace {

using ::testing::HasSubstr;

config::Config in_force() {
    config::Config config;
    config.source = sync::SourceKind::active_directory;
    for (const auto* name : {"corp.example.com", "emea.example.com"}) {
        config::DomainConfig domain;
        domain.name = name;
        domain.servers = {std::string("ldaps://dc1.") + name};
        domain.bind.method = config::BindMethod::simple;
        domain.bind.dn = std::string("svc@") + name;
        domain.bind.password_file = "/etc/dirsyncd/password";
        config.domains.push_back(std::move(domain));
    }
    return config;
}

// 11.2: nobody gets more by asking the daemon.
TEST(Draft, WhatIsInForceMayBeLookedAt) {
    const auto running = in_force();
    EXPECT_FALSE(foreign_draft(running, running));
    auto draft = running;
    draft.domains.erase(draft.domains.begin());
    draft.domains.front().change_detection = config::ChangeDetection::usn;
    draft.sync.scope.flatten = false;
    draft.http_listen = "127.0.0.1:9411";
    EXPECT_FALSE(foreign_draft(running, draft)) << "no secret goes elsewhere for any of it";
    draft.source = sync::SourceKind::directory;
    draft.domains.clear();
    EXPECT_FALSE(foreign_draft(running, draft));
}

// 11.2: whatever decides where a secret goes, or which file is read, has to be in force.
TEST(Draft, WhatSendsASecretElsewhereOrOpensAnotherFileIsForeign) {
    using Change = std::function<void(config::Config&)>;
    const auto domain = [](std::function<void(config::DomainConfig&)> change) -> Change {
        return [change = std::move(change)](config::Config& config) { change(config.domains.back()); };
    };
    const std::vector<Change> changes{
        domain([](auto& one) { one.name = "other.example.com"; }),
        domain([](auto& one) { one.servers = {"ldaps://evil.example.com"}; }),
        domain([](auto& one) { one.servers.push_back("ldaps://evil.example.com"); }),
        domain([](auto& one) { one.servers.clear(); }),
        domain([](auto& one) { one.tls.verify = false; }),
        domain([](auto& one) { one.tls.ca_file = "/tmp/evil.pem"; }),
        domain([](auto& one) { one.tls.start_tls = true; }),
        domain([](auto& one) { one.bind.dn = "somebody"; }),
        domain([](auto& one) { one.bind.password_file = "/etc/shadow"; }),
        domain([](auto& one) { one.bind.password_credential = "ldap-password"; }),
        domain([](auto& one) { one.bind.method = config::BindMethod::external; }),
        domain([](auto& one) { one.bind.keytab_file = "/etc/krb5.keytab"; }),
        domain([](auto& one) { one.bind.principal = "host/x"; }),
        domain([](auto& one) { one.bind.certificate_file = "/tmp/c"; }),
        domain([](auto& one) { one.bind.key_file = "/etc/ssl/private/k"; }),
        [](config::Config& config) { config.domains[0].bind = config.domains[1].bind; },
        [](config::Config& config) { config.store.sqlite_path = "/etc/shadow"; },
    };
    for (std::size_t i = 0; i < changes.size(); ++i) {
        auto draft = in_force();
        changes[i](draft);
        const auto why = foreign_draft(in_force(), draft);
        ASSERT_TRUE(why) << i;
        EXPECT_EQ(why->code(), ErrorCode::refused) << i;
        EXPECT_THAT(why->message(), HasSubstr("with the rights of the user who runs them")) << i;
    }
    EXPECT_TRUE(foreign_draft(config::Config{}, in_force()));
}

}  // namespace
}  // namespace dirsync::survey
