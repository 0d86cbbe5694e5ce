#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <boost/asio/any_io_executor.hpp>

#include "config/config.hpp"
#include "core/task.hpp"
#include "model/seams/directory_source.hpp"
#include "survey/domain_survey.hpp"
#include "survey/survey_operations.hpp"

namespace dirsync::survey {

/// Answers SurveyOperations with connections of its own, which end with each answer.
class Surveyor : public SurveyOperations {
public:
    struct Parts {
        boost::asio::any_io_executor executor;
        /// The configuration that the daemon runs by. Drafts that would take its secrets elsewhere are
        /// refused then (foreign_draft). Null: who asks has the rights of this process.
        std::function<const config::Config*()> running;
        /// Why the credentials of that domain are not to be tried now (semantics 5.8); nullopt: they may be.
        std::function<std::optional<Error>(const config::Config&, const config::DomainConfig&)> refusal;
        /// Hears of each attempt with them: whether they were refused.
        std::function<void(const config::Config&, const config::DomainConfig&, bool refused)> tried;
        /// An empty store, or the one that a first run would find.
        std::function<Result<std::unique_ptr<sync::IdentityStore>>(const config::Config&)> store;
        /// What the binds of this process draw on.
        std::shared_ptr<ldap::BindBudget> binds;
        /// Why the store that this process has open at the path is lost (semantics 5.18); nullopt: it is
        /// not, or another one is meant. Null: this process has none.
        std::function<std::optional<Error>(const std::string& path)> store_lost{};
    };
    explicit Surveyor(Parts parts) : parts_(std::move(parts)) {}

    Task<Result<std::vector<std::string>>> locate(std::string domain, bool ldaps) override;
    Task<Result<std::vector<Check>>> check(std::optional<std::string> configuration) override;
    Task<Result<std::vector<MappedUser>>> sample(std::optional<std::string> configuration,
                                                 std::vector<std::string> names) override;
    Task<Result<ldap::FoundNames>> search(std::optional<std::string> configuration, std::string text,
                                          std::optional<ldap::NameKind> kind) override;
    Task<Result<sync::CycleReport>> first_plan(std::optional<std::string> configuration) override;

private:
    using Surveys = std::vector<std::unique_ptr<DomainSurvey>>;

    Result<config::Config> read(const std::optional<std::string>& configuration) const;
    Task<void> check_store(std::string path, std::vector<Check>& checks);
    Task<Result<Surveys>> connected(config::Config config);

    Parts parts_;
};

/// Whether every name of the scope means something in the domains that could be reached.
Task<void> check_scope(const config::Config& config,
                       const std::vector<std::unique_ptr<DomainSurvey>>& surveys, std::vector<Check>& checks);

}  // namespace dirsync::survey
