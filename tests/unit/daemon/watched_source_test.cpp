#include "daemon/watched_source.hpp"

#include <gtest/gtest.h>

#include "tests/support/await.hpp"

namespace dirsync::daemon {
namespace {

class TwoObjects : public sync::DirectorySource {
public:
    Task<Result<std::vector<sync::DomainFacts>>> connect(std::vector<sync::DomainFacts>) override {
        co_return std::vector<sync::DomainFacts>(1);
    }
    Task<Result<sync::ReadSummary>> read_all(std::vector<std::string>, sync::EntrySink& sink) override {
        sink.take(sync::Entry());
        sink.take(sync::QuarantinedEntry());
        co_return sync::ReadSummary{};
    }
    Task<Result<sync::ReadSummary>> read_changes(std::vector<sync::DomainFacts>, std::vector<std::string>,
                                                 sync::EntrySink&) override {
        co_return Error(ErrorCode::cursor_refused, "only whole reads are scripted");
    }
    Task<Result<void>> wait_for_change() override {
        co_return Error(ErrorCode::unreachable, "no notifications are scripted");
    }
    Task<Result<std::vector<sync::Fate>>> look_up(std::vector<ObjectGuid>, std::vector<std::string>,
                                                  sync::EntrySink& sink) override {
        sink.take(sync::Entry());
        co_return std::vector<sync::Fate>{sync::Fate::alive};
    }
    Task<Result<std::vector<sync::LinkFate>>> look_up_links(std::vector<sync::Link> links) override {
        co_return std::vector<sync::LinkFate>(links.size(), sync::LinkFate::present);
    }
    std::vector<ObjectGuid> put_back() const override { return {}; }
    void disconnect() noexcept override {}
    const sync::Progress& progress() const noexcept override { return progress_; }
    std::vector<ServerState> servers() const override { return {}; }

private:
    sync::Progress progress_;
};

class CountingSink : public sync::EntrySink {
public:
    void take(sync::Entry&&) override { ++entries; }
    void take(sync::QuarantinedEntry&&) override { ++quarantined; }
    void take(sync::MemberChanges&&) override {}
    void take_deleted(const ObjectGuid&, sync::DomainIndex) override {}
    void take_unseen(const ObjectGuid&) override {}
    int entries = 0;
    int quarantined = 0;
};

std::optional<Error> none() { return std::nullopt; }

/// Has no password to log in with.
class Locked final : public TwoObjects {
public:
    Task<Result<std::vector<sync::DomainFacts>>> connect(std::vector<sync::DomainFacts>) override {
        co_return Error(ErrorCode::invalid_credentials, "dc1: secret file 'p' can be read by everybody");
    }
};

TEST(WatchedSource, TellsAPasswordFileThatCannotBeUsedFromARefusal) {  // semantics 5.8
    std::uint64_t objects = 0;
    const auto error_with = [&](WatchedSource::UnusableSecret unusable) {
        WatchedSource source(std::make_unique<Locked>(), objects, std::move(unusable));
        return testing::await(source.connect({})).error();
    };
    const auto told = error_with(
        [] { return Error(ErrorCode::config_invalid, "secret file 'p' can be read by everybody"); });
    EXPECT_EQ(told.code(), ErrorCode::insufficient_rights);
    EXPECT_EQ(told.message(), "dc1: secret file 'p' can be read by everybody");
    for (const auto& other : {WatchedSource::UnusableSecret(&none), WatchedSource::UnusableSecret([] {
                                  return Error(ErrorCode::config_invalid, "another file");
                              })}) {
        const auto refused = error_with(other);
        EXPECT_EQ(refused.code(), ErrorCode::invalid_credentials);
        EXPECT_EQ(refused.message(),
                  "InvalidDirectoryCredentials: dc1: secret file 'p' can be read by everybody");
    }
}

TEST(WatchedSource, CountsWhatPasses) {
    std::uint64_t objects = 0;
    WatchedSource source(std::make_unique<TwoObjects>(), objects, &none);
    CountingSink sink;
    EXPECT_TRUE(testing::await(source.connect({})));
    EXPECT_TRUE(testing::await(source.read_all({}, sink)));
    EXPECT_TRUE(testing::await(source.look_up({}, {}, sink)));
    EXPECT_EQ(objects, 3U);
    EXPECT_EQ(sink.entries, 2);
    EXPECT_EQ(sink.quarantined, 1);
}

TEST(WatchedSource, OnceEndedItIsNeverAskedAgain) {
    std::uint64_t objects = 0;
    WatchedSource source(std::make_unique<TwoObjects>(), objects, &none);
    source.end();
    CountingSink sink;
    EXPECT_EQ(testing::await(source.connect({})).error().code(), ErrorCode::connection_lost);
    EXPECT_EQ(testing::await(source.read_all({}, sink)).error().code(), ErrorCode::connection_lost);
    EXPECT_EQ(testing::await(source.look_up({}, {}, sink)).error().code(), ErrorCode::connection_lost);
    EXPECT_EQ(objects, 0U);
}

}  // namespace
}  // namespace dirsync::daemon
