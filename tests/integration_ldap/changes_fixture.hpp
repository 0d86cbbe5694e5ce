#pragma once

#include <string>
#include <vector>

#include "directory_fixture.hpp"
#include "picture.hpp"

namespace dirsync::lab {

/// Follows changes that it makes itself in the lab, below an organizational unit of its own.
class ChangesTest : public DirectoryTest {
protected:
    void SetUp() override;
    void TearDown() override;

    /// Runs ad-mutate with these words.
    void mutate(const std::vector<std::string>& words);
    std::string user(const std::string& letter) const { return tag_ + letter; }
    void create_user(const std::string& letter, const std::vector<std::string>& attributes = {});
    void create_group(const std::string& letter, const std::vector<std::string>& members = {});

    config::DomainConfig domain(config::BindConfig bind, config::ChangeDetection detection) const;
    config::BindConfig plain() const;
    /// Reads everything and keeps the cursor.
    void start(config::BindConfig bind, config::ChangeDetection detection);
    void read_everything();
    /// One read of changes; the cursor moves when it succeeds.
    Result<sync::ReadSummary> follow();
    /// The picture by changes is the one that a full read gives.
    void expect_whole_picture();
    ObjectGuid guid_of(const std::string& dn_start);

    std::string tag_, unit_;
    std::vector<sync::DomainFacts> cursor_;
    Picture picture_;
    CollectingSink changes_;  // of the last follow()
    std::vector<std::string> notes_;
};

}  // namespace dirsync::lab
