#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include <boost/asio/any_io_executor.hpp>

#include "config/config.hpp"
#include "core/task.hpp"
#include "ldap/change_watch.hpp"
#include "ldap/domain_changes.hpp"
#include "ldap/domain_link.hpp"
#include "ldap/domain_reader.hpp"
#include "ldap/schema_names.hpp"
#include "ldap/session/dc_locator.hpp"
#include "ldap/session/session.hpp"
#include "model/seams/directory_source.hpp"

namespace dirsync::ldap {

struct DirectoryOptions {
    Deadlines deadlines;
    std::uint32_t page_size = 1000;       ///< AD's MaxPageSize cuts larger ones
    RandomBelow random;                   ///< for SRV records; empty: a generator of its own
    std::shared_ptr<BindBudget> binds{};  ///< shared by everything that binds in this process; null: no limit
};

/// The configured Active Directory domains as a source. Never writes to them (semantics 5.9). Connections are
/// kept between reads; one that died is replaced at the next `connect`, beginning with the preferred server.
class Directory final : public sync::DirectorySource {
public:
    /// Prepares the process for libldap: construct it before threads start. Every domain's servers are valid
    /// URIs, or none is given.
    Directory(boost::asio::any_io_executor executor, std::vector<config::DomainConfig> domains,
              DirectoryOptions options = {});
    ~Directory() override;

    Task<Result<std::vector<sync::DomainFacts>>> connect(std::vector<sync::DomainFacts> known) override;
    std::vector<ObjectGuid> put_back() const override;
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
    void disconnect() noexcept override;
    const sync::Progress& progress() const noexcept override { return progress_; }
    std::vector<ServerState> servers() const override;

private:
    void begin(std::string phase);

    /// One configured domain.
    struct Domain {
        DomainLink link;
        DomainChanges changes;
        SchemaCheck schema = {};
    };
    DomainReader::Parts parts(const Domain& domain, const std::vector<std::string>& names,
                              sync::EntrySink& sink);
    Task<Result<sync::DomainFacts>> follow(Domain& domain, sync::DomainFacts from,
                                           const std::vector<std::string>& names, sync::EntrySink& sink);
    Task<Result<void>> note_hidden_deletions(Domain& domain, const std::vector<std::string>& names,
                                             sync::EntrySink& sink, std::vector<std::string>& notes);

    Task<Result<void>> compare_with_schemas(std::vector<std::string> names, sync::ReadSummary& summary);

    std::vector<std::unique_ptr<Domain>> domains_;
    std::unique_ptr<ChangeWatch> watch_;
    std::uint32_t page_size_;
    sync::Progress progress_;
    std::uint64_t disconnects_ = 0;
};

}  // namespace dirsync::ldap
