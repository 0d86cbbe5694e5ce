#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "core/task.hpp"
#include "model/seams/directory_source.hpp"

namespace dirsync::bench {

/// A domain of any size that is made up entry by entry while it is read: the same for the same numbers.
/// Group sizes fall off, one in eight groups is nested in another.
class SyntheticDirectory : public sync::DirectorySource {
public:
    struct Size {
        std::uint32_t users = 10'000;
        std::uint32_t groups = 500;
        std::uint32_t memberships_per_user = 5;
    };
    explicit SyntheticDirectory(Size size) : size_(size) {}

    static ObjectGuid user_guid(std::uint32_t number);
    static ObjectGuid group_guid(std::uint32_t number);
    sync::Entry user(std::uint32_t number, sync::AttributeNames& names) const;
    sync::Entry group(std::uint32_t number, sync::AttributeNames& names) const;
    static sync::DomainFacts domain();
    const Size& size() const noexcept { return size_; }
    void will_tell(sync::MemberChanges changes) { told_ = std::move(changes); }

    Task<Result<std::vector<sync::DomainFacts>>> connect(std::vector<sync::DomainFacts> known) override;
    Task<Result<sync::ReadSummary>> read_all(std::vector<std::string> names, sync::EntrySink& sink) override;
    /// Delivers what was given to `will_tell`, once.
    Task<Result<sync::ReadSummary>> read_changes(std::vector<sync::DomainFacts> from,
                                                 std::vector<std::string> names,
                                                 sync::EntrySink& sink) override;
    Task<Result<void>> wait_for_change() override {
        co_return Error(ErrorCode::unreachable, "no notifications are scripted");
    }
    Task<Result<std::vector<sync::Fate>>> look_up(std::vector<ObjectGuid> guids,
                                                  std::vector<std::string> names,
                                                  sync::EntrySink& sink) override;
    Task<Result<std::vector<sync::LinkFate>>> look_up_links(std::vector<sync::Link> links) override {
        co_return std::vector<sync::LinkFate>(links.size(), sync::LinkFate::absent);
    }
    std::vector<ObjectGuid> put_back() const override { return {}; }
    void disconnect() noexcept override {}
    const sync::Progress& progress() const noexcept override { return progress_; }
    std::vector<ServerState> servers() const override { return {}; }

private:
    Size size_;
    std::optional<sync::MemberChanges> told_;
    sync::Progress progress_;
};

}  // namespace dirsync::bench
