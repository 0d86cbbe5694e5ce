#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <boost/asio/any_io_executor.hpp>

#include "config/config.hpp"
#include "core/error.hpp"
#include "core/task.hpp"
#include "ldap/root_dse.hpp"
#include "ldap/session/blocking_step.hpp"
#include "ldap/session/dc_locator.hpp"
#include "ldap/session/session.hpp"
#include "model/entry.hpp"
#include "model/seams/directory_source.hpp"

namespace dirsync::ldap {

/// The connection to one configured domain: which of its DCs is used, and what became of the others. All
/// members on the loop thread.
class DomainLink {
public:
    DomainLink(boost::asio::any_io_executor executor, config::DomainConfig config, sync::DomainIndex index,
               Deadlines deadlines, RandomBelow random, std::shared_ptr<BindBudget> binds);

    /// What the store knows of the domains, for the `connect` calls to come.
    void know(std::span<const sync::DomainFacts> known);

    /// A session, and what the domain said of itself when it was opened. A session that is not known to be
    /// broken is kept without asking the server; otherwise the servers are tried in order of preference. When
    /// none will do, the error tells what each one said: of class denied at the first refusal (no other
    /// server is bothered with refused credentials, semantics 5.8), of class config when every server gives
    /// such a reason, server_behind when one of them lacks what was read before (semantics 5.16), else
    /// transient. `phase` is kept current.
    Task<Result<sync::DomainFacts>> connect(std::string& phase);
    /// The same, but a session that is kept is asked: its time and its highest USN are as of now. One that
    /// does not answer is replaced.
    Task<Result<sync::DomainFacts>> connect_and_ask(std::string& phase);

    /// Null before `connect` has succeeded and after `give_up`.
    const std::shared_ptr<Session>& session() const noexcept { return session_; }
    const sync::DomainFacts& facts() const noexcept { return facts_; }
    /// Another DC was read before, and whether this one has all of that cannot be told: a sentence for the
    /// admin; else empty.
    const std::string& doubt() const noexcept { return doubt_; }
    /// Databases that were found at a lower USN than they are known for, since `know`.
    const std::vector<ObjectGuid>& put_back() const noexcept { return put_back_; }
    const std::string& name() const noexcept { return config_.name; }

    /// Asks the server again how far it is: `facts().at.highest_usn` is current then, and older than any
    /// entry that is read later.
    Task<Result<void>> refresh();
    /// The same, but nothing is asked when `connect_and_ask` just did and nothing was read since.
    Task<Result<void>> refresh_unless_fresh();
    /// The server's root DSE lists the DirSync control.
    bool offers_dir_sync() const noexcept { return offers_dir_sync_; }
    /// Where the schema is; empty: the server does not say.
    const std::string& schema_dn() const noexcept { return schema_dn_; }

    /// The server failed in the middle of a read: its session is dropped, and it remembers why. When the
    /// fault is the server's, the others are asked before it for an hour: they may serve the read
    /// (semantics 5.19, 6.4).
    void give_up(const Error& why);
    /// The session ended while nothing was read: it is dropped, and its server remembers why. Only one that
    /// was too slow is asked after the others from then on.
    void drop(const Error& why);
    /// Ends the session, or an attempt that is running.
    void disconnect() noexcept;

    /// `detection` is left for the caller.
    std::vector<sync::DirectorySource::ServerState> servers() const;

private:
    struct Candidate {
        ServerUri uri;
        std::string state = "not tried";
        std::chrono::steady_clock::time_point behind_until{};  // asked after the others until then
    };

    Task<Result<void>> find_candidates();
    Task<Result<sync::DomainFacts>> try_server(std::size_t candidate);
    Task<Result<sync::DomainFacts>> facts_from(std::shared_ptr<Session> session);
    Result<void> judge(const ServedDomain& served);
    void carry_seen();
    void ask_later();
    struct Failure {
        std::string server;
        Error error;
    };
    std::vector<std::size_t> order() const;
    Error no_server(const std::vector<Failure>& failures) const;

    boost::asio::any_io_executor executor_;
    config::DomainConfig config_;
    sync::DomainIndex index_;
    Deadlines deadlines_;
    RandomBelow random_;
    std::shared_ptr<BindBudget> binds_;
    std::vector<Candidate> candidates_;
    std::size_t in_use_ = 0;
    bool opened_ = false;  // it got as far as being asked something
    std::shared_ptr<Session> session_;
    std::shared_ptr<BlockingStep> dns_step_;
    std::optional<sync::DomainFacts> known_;
    sync::DomainFacts facts_;
    std::vector<ObjectGuid> put_back_;
    std::string doubt_;
    bool offers_dir_sync_ = false;
    std::string schema_dn_;
    bool is_fresh_ = false;  // the server was asked, and nothing was read since
    std::uint64_t disconnects_ = 0;
};

}  // namespace dirsync::ldap
