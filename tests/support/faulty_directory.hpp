#pragma once

#include <cstdint>

#include "model/seams/directory_source.hpp"
#include "tests/support/faulty_calls.hpp"

namespace dirsync::testing {

/// A directory whose calls fail, break off or hang when `FaultyCalls` says so. Both outlive it.
class FaultyDirectory : public sync::DirectorySource {
public:
    FaultyDirectory(sync::DirectorySource& inner, FaultyCalls& calls) : inner_(inner), calls_(calls) {}

    /// A cut read delivers this many entries.
    std::size_t cut_after = 3;
    /// How often a connect was answered, and the answer arrived.
    std::uint64_t connects = 0;

    Task<Result<std::vector<sync::DomainFacts>>> connect(std::vector<sync::DomainFacts> known) override;
    Task<Result<sync::ReadSummary>> read_all(std::vector<std::string> names, sync::EntrySink& sink) override;
    Task<Result<sync::ReadSummary>> read_changes(std::vector<sync::DomainFacts> from,
                                                 std::vector<std::string> names,
                                                 sync::EntrySink& sink) override;
    Task<Result<void>> wait_for_change() override { return inner_.wait_for_change(); }
    Task<Result<std::vector<sync::Fate>>> look_up(std::vector<ObjectGuid> guids,
                                                  std::vector<std::string> names,
                                                  sync::EntrySink& sink) override;
    Task<Result<std::vector<sync::LinkFate>>> look_up_links(std::vector<sync::Link> links) override;
    Task<Result<std::vector<sync::ReadRight>>> look_up_rights(
        std::vector<sync::LostAttribute> attributes) override;
    void disconnect() noexcept override { inner_.disconnect(); }
    const sync::Progress& progress() const noexcept override { return inner_.progress(); }
    std::vector<ObjectGuid> put_back() const override { return inner_.put_back(); }
    std::vector<ServerState> servers() const override { return inner_.servers(); }

private:
    std::optional<Fault> next() { return calls_.next(FaultyCalls::Seam::directory); }

    sync::DirectorySource& inner_;
    FaultyCalls& calls_;
};

}  // namespace dirsync::testing
