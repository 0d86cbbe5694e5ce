#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <boost/asio/any_io_executor.hpp>

#include "config/config.hpp"
#include "core/check.hpp"
#include "core/task.hpp"
#include "ldap/session/blocking_step.hpp"
#include "ldap/session/dc_locator.hpp"
#include "ldap/session/session.hpp"
#include "model/entry.hpp"

namespace dirsync::survey {

/// Shorter than those of a sync: somebody waits at a terminal.
inline constexpr ldap::Deadlines survey_deadlines{
    std::chrono::milliseconds(5'000), std::chrono::milliseconds(10'000), std::chrono::milliseconds(60'000)};

/// The servers that DNS names for `domain`, in order of preference; `ldaps` as `servers_of` has it. Errors as
/// find_domain_controllers.
Task<Result<std::vector<ldap::ServerUri>>> located_servers(boost::asio::any_io_executor executor,
                                                           std::string domain, bool ldaps);

/// Looks at one configured domain as the daemon would use it, and keeps the connection for further
/// questions. Reads only. All members on the loop thread.
class DomainSurvey {
public:
    /// `binds`: the budget of all sessions of the process; null: no limit.
    DomainSurvey(boost::asio::any_io_executor executor, config::DomainConfig domain,
                 std::shared_ptr<ldap::BindBudget> binds, ldap::Deadlines deadlines = survey_deadlines);
    ~DomainSurvey();

    /// The secrets' files, DNS, and every server: connection, TLS, bind, whether it is a domain controller of
    /// that domain. With a secret that cannot be read nothing is asked; after the first server that refuses
    /// the credentials no other one is (semantics 5.8). The first usable server is kept.
    Task<void> check_servers(std::vector<Check>& checks);
    /// Just enough to ask the directory something: the first usable server.
    Task<Result<void>> connect();

    /// Null until a usable server was found.
    const std::shared_ptr<ldap::Session>& session() const noexcept { return session_; }
    /// Of that server; without how changes are found.
    const sync::DomainFacts& facts() const noexcept { return facts_; }
    const config::DomainConfig& domain() const noexcept { return domain_; }
    /// That server shows the replication vector of the domain's root.
    bool shows_vector() const noexcept { return shows_vector_; }
    /// `check_servers` met another domain controller of the domain as well.
    bool has_partner() const noexcept { return has_partner_; }
    /// A server, or the KDC, has refused the credentials.
    bool is_refused() const noexcept { return refused_by_server_; }

private:
    Task<Result<std::vector<ldap::ServerUri>>> servers(std::vector<Check>* checks);
    Task<void> check_server(ldap::ServerUri server, std::vector<Check>& checks);
    Task<Result<void>> use(std::shared_ptr<ldap::Session> session);

    boost::asio::any_io_executor executor_;
    config::DomainConfig domain_;
    std::shared_ptr<ldap::BindBudget> binds_;
    ldap::Deadlines deadlines_;
    std::shared_ptr<ldap::Session> session_;
    sync::DomainFacts facts_;
    bool shows_vector_ = false;
    bool has_partner_ = false;
    bool refused_ = false;  ///< no other server is asked
    bool refused_by_server_ = false;
};

}  // namespace dirsync::survey
