#include "ldap/source.hpp"

#include <utility>

#include "ldap/directory.hpp"

namespace dirsync::ldap {
namespace {

/// Stands where no directory is configured.
class NoDirectory final : public sync::DirectorySource {
public:
    Task<Result<std::vector<sync::DomainFacts>>> connect(std::vector<sync::DomainFacts>) override {
        co_return refusal();
    }
    Task<Result<sync::ReadSummary>> read_all(std::vector<std::string>, sync::EntrySink&) override {
        co_return refusal();
    }
    Task<Result<sync::ReadSummary>> read_changes(std::vector<sync::DomainFacts>, std::vector<std::string>,
                                                 sync::EntrySink&) override {
        co_return refusal();
    }
    Task<Result<void>> wait_for_change() override { co_return refusal(); }
    Task<Result<std::vector<sync::Fate>>> look_up(std::vector<ObjectGuid>, std::vector<std::string>,
                                                  sync::EntrySink&) override {
        co_return refusal();
    }
    Task<Result<std::vector<sync::LinkFate>>> look_up_links(std::vector<sync::Link>) override {
        co_return refusal();
    }
    std::vector<ObjectGuid> put_back() const override { return {}; }
    void disconnect() noexcept override {}
    const sync::Progress& progress() const noexcept override { return progress_; }
    std::vector<ServerState> servers() const override { return {}; }

private:
    static Error refusal() {
        return Error(ErrorCode::config_invalid, "the built-in directory is not read from anywhere");
    }
    sync::Progress progress_;
};

}  // namespace

std::unique_ptr<sync::DirectorySource> make_source(boost::asio::any_io_executor executor,
                                                   const config::Config& config,
                                                   std::shared_ptr<BindBudget> binds) {
    if (!traits_of(config.source).is_read) return std::make_unique<NoDirectory>();
    DirectoryOptions options;
    options.binds = std::move(binds);
    return std::make_unique<Directory>(std::move(executor), config.domains, std::move(options));
}

}  // namespace dirsync::ldap
