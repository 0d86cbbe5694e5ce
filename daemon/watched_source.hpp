#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/task.hpp"
#include "model/seams/directory_source.hpp"

namespace dirsync::daemon {

/// A directory that counts its entries on their way, that can be ended for good, and whose messages name
/// credentials that the directory refused by their code (semantics 5.8). A password file that cannot be used
/// gets another code, as the directory never saw it. All else is as the inner one does it.
class WatchedSource final : public sync::DirectorySource {
public:
    /// Why a password file cannot be used; nullopt: each can.
    using UnusableSecret = std::function<std::optional<Error>()>;

    /// `objects` outlives the source.
    WatchedSource(std::unique_ptr<sync::DirectorySource> inner, std::uint64_t& objects,
                  UnusableSecret unusable)
        : inner_(std::move(inner)), objects_(objects), unusable_(std::move(unusable)) {}

    /// Cuts off what is under way. Every later call fails with connection_lost; after `disconnect` alone a
    /// cycle that has just begun would connect again.
    void end() noexcept;

    Task<Result<std::vector<sync::DomainFacts>>> connect(std::vector<sync::DomainFacts> known) override;
    Task<Result<sync::ReadSummary>> read_all(std::vector<std::string> names, sync::EntrySink& sink) override;
    Task<Result<sync::ReadSummary>> read_changes(std::vector<sync::DomainFacts> from,
                                                 std::vector<std::string> names,
                                                 sync::EntrySink& sink) override;
    Task<Result<void>> wait_for_change() override;
    Task<Result<std::vector<sync::Fate>>> look_up(std::vector<ObjectGuid> guids,
                                                  std::vector<std::string> names,
                                                  sync::EntrySink& sink) override;
    Task<Result<std::vector<sync::LinkFate>>> look_up_links(std::vector<sync::Link> links) override;
    Task<Result<std::vector<sync::ReadRight>>> look_up_rights(
        std::vector<sync::LostAttribute> attributes) override;
    void disconnect() noexcept override { inner_->disconnect(); }
    const sync::Progress& progress() const noexcept override { return inner_->progress(); }
    std::vector<ObjectGuid> put_back() const override { return inner_->put_back(); }
    std::vector<ServerState> servers() const override { return inner_->servers(); }

private:
    template <class T>
    Result<T> told_apart(Result<T> result) const;

    std::unique_ptr<sync::DirectorySource> inner_;
    std::uint64_t& objects_;
    UnusableSecret unusable_;
    bool ended_ = false;
};

}  // namespace dirsync::daemon
