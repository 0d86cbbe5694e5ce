#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "collecting_sink.hpp"
#include "lab.hpp"
#include "ldap/directory.hpp"

namespace dirsync::lab {

/// A directory on the lab's DC, and what it delivers.
class DirectoryTest : public LabTest {
protected:
    static inline const std::vector<std::string> names{
        "sAMAccountName", "userPrincipalName", "mail", "displayName", "givenName", "sn", "description"};

    void make(std::vector<config::DomainConfig> domains, ldap::DirectoryOptions options = {}) {
        directory_ = std::make_unique<ldap::Directory>(executor(), std::move(domains), std::move(options));
    }
    void make(std::vector<std::string> servers, config::BindConfig bind,
              ldap::DirectoryOptions options = {}) {
        make({lab().domain_config(std::move(servers), std::move(bind))}, std::move(options));
    }
    std::string ldaps() const { return "ldaps://" + lab().ip(); }
    std::string ldap() const { return "ldap://" + lab().ip(); }

    std::vector<sync::DomainFacts> connect() {
        auto facts = run(directory_->connect({}));
        if (!facts) ADD_FAILURE() << facts.error().message();
        return facts ? *facts : std::vector<sync::DomainFacts>();
    }
    std::string refused_connect(ErrorCode code) {
        auto facts = run(directory_->connect({}));
        if (facts) {
            ADD_FAILURE() << "it connected";
            return "";
        }
        EXPECT_EQ(name_of(facts.error().code()), name_of(code)) << facts.error().message();
        return facts.error().message();
    }
    Result<sync::ReadSummary> read() { return run(directory_->read_all(names, sink_)); }
    void read_whole() {
        connect();
        const auto summary = read();
        ASSERT_TRUE(summary) << summary.error().message();
        EXPECT_TRUE(summary->complete);
    }

    std::unique_ptr<ldap::Directory> directory_;
    CollectingSink sink_;
};

}  // namespace dirsync::lab
