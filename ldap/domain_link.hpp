#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include <boost/asio/any_io_executor.hpp>

#include "config/config.hpp"
#include "core/error.hpp"
#include "ldap/blocking_step.hpp"
#include "ldap/dc_locator.hpp"
#include "ldap/session.hpp"
#include "sync/directory_source.hpp"
#include "sync/entry.hpp"

namespace dirsync::ldap {

/// The connection to one configured domain: which of its DCs is used, and what became of the others. All
/// members on the loop thread.
class DomainLink {
public:
    DomainLink(boost::asio::any_io_executor executor, config::DomainConfig config, sync::DomainIndex index,
               Deadlines deadlines, RandomBelow random, std::shared_ptr<BindBudget> binds);

    /// A session, and what the domain said of itself when it was opened. A session that is not known to be
    /// broken is kept without asking the server; otherwise the servers are tried in order of preference. When
    /// none will do, the error tells what each one said: of class denied at the first refusal (no other
    /// server is bothered with refused credentials, semantics 5.8), of class config when every server gives
    /// such a reason, else transient. `phase` is kept current.
    Task<Result<sync::DomainFacts>> connect(std::string& phase);

    /// Null before `connect` has succeeded and after `give_up`.
    const std::shared_ptr<Session>& session() const noexcept { return session_; }
    const sync::DomainFacts& facts() const noexcept { return facts_; }
    const std::string& name() const noexcept { return config_.name; }

    /// Asks the server again how far it is: `facts().at.highest_usn` is current then, and older than any
    /// entry that is read later.
    Task<Result<void>> refresh();
    /// The server's root DSE lists the DirSync control.
    bool offers_dir_sync() const noexcept { return offers_dir_sync_; }

    /// The session failed in the middle of something: it is dropped, and its server remembers why.
    void give_up(const Error& why);
    /// Ends the session, or an attempt that is running.
    void disconnect() noexcept;

    /// `detection` is left for the caller.
    std::vector<sync::DirectorySource::ServerState> servers() const;

private:
    struct Candidate {
        ServerUri uri;
        std::string state = "not tried";
    };

    Task<Result<void>> find_candidates();
    Task<Result<sync::DomainFacts>> try_server(std::size_t candidate);
    Task<Result<sync::DomainFacts>> facts_from(std::shared_ptr<Session> session);
    Error no_server(const std::vector<Error>& errors) const;

    boost::asio::any_io_executor executor_;
    config::DomainConfig config_;
    sync::DomainIndex index_;
    Deadlines deadlines_;
    RandomBelow random_;
    std::shared_ptr<BindBudget> binds_;
    std::vector<Candidate> candidates_;
    std::size_t in_use_ = 0;
    std::shared_ptr<Session> session_;
    std::shared_ptr<BlockingStep> dns_step_;
    sync::DomainFacts facts_;
    bool offers_dir_sync_ = false;
    std::uint64_t disconnects_ = 0;
};

}  // namespace dirsync::ldap
