#include <chrono>
#include <ctime>

#include "daemon/app.hpp"
#include "ldap/directory.hpp"

namespace dirsync::daemon {
namespace {

/// Stands where no directory is configured.
class NoDirectory final : public sync::DirectorySource {
public:
    sync::Task<Result<std::vector<sync::DomainFacts>>> connect(std::vector<sync::DomainFacts>) override {
        co_return refusal();
    }
    sync::Task<Result<sync::ReadSummary>> read_all(std::vector<std::string>, sync::EntrySink&) override {
        co_return refusal();
    }
    sync::Task<Result<sync::ReadSummary>> read_changes(std::vector<sync::DomainFacts>,
                                                       std::vector<std::string>, sync::EntrySink&) override {
        co_return refusal();
    }
    sync::Task<Result<void>> wait_for_change() override { co_return refusal(); }
    sync::Task<Result<std::vector<sync::Fate>>> look_up(std::vector<ObjectGuid>, std::vector<std::string>,
                                                        sync::EntrySink&) override {
        co_return refusal();
    }
    sync::Task<Result<std::vector<sync::LinkFate>>> look_up_links(std::vector<sync::Link>) override {
        co_return refusal();
    }
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
                                                   std::shared_ptr<ldap::BindBudget> binds) {
    if (config.source != config::SourceType::active_directory) return std::make_unique<NoDirectory>();
    ldap::DirectoryOptions options;
    options.binds = std::move(binds);
    return std::make_unique<ldap::Directory>(std::move(executor), config.domains, std::move(options));
}

std::string_view name_of(config::SourceType type) noexcept {
    switch (type) {
        case config::SourceType::directory:
            return "directory";
        case config::SourceType::active_directory:
            return "active_directory";
        case config::SourceType::external_idp:
            break;
    }
    return "external_idp";
}

std::optional<sync::SourceConsent> consent_of(const config::Config& config) {
    if (!config.consent) return std::nullopt;
    return sync::SourceConsent{{config.consent->from, config.consent->to}, config.consent->accept};
}

Duration steady_time() {
    // Sleep counts, unlike for std::chrono::steady_clock.
    timespec now{};
    ::clock_gettime(CLOCK_BOOTTIME, &now);
    return Duration(now.tv_sec);
}

Time system_time() { return std::chrono::floor<Duration>(std::chrono::system_clock::now()); }

}  // namespace dirsync::daemon
