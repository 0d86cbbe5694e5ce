#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "config/config.hpp"
#include "core/error.hpp"
#include "ldap/session/controls.hpp"
#include "ldap/session/server_uri.hpp"
#include "ldap/session/unique_fd.hpp"

struct ldap;
struct ldapmsg;
struct ldapcontrol;

namespace dirsync::ldap {

/// Ends the message about an answer that no domain controller sends.
inline constexpr const char* unlike_a_dc =
    "nothing that it sent is used; check that it is a domain controller and that nothing on the way alters "
    "what it sends";

/// Takes entries as they are decoded. The views live as long as the call.
class RawEntrySink {
public:
    virtual ~RawEntrySink() = default;
    virtual void begin(std::string_view dn) = 0;
    /// `name` may carry options (`member;range=0-1499`). An attribute may have no values.
    virtual void attribute(std::string_view name, std::span<const std::string_view> values) = 0;
    virtual void end() = 0;
};

enum class SearchScope { base, one_level, subtree };

struct SearchRequest {
    std::string base;
    SearchScope scope = SearchScope::subtree;
    std::string filter = "(objectClass=*)";
    std::vector<std::string> attributes;
    std::uint32_t page_size = 0;                  ///< 0: the whole result in one answer
    bool first_page_only = false;                 ///< leave it at one page
    std::optional<std::uint32_t> dir_sync_flags;  ///< set: a DirSync search, which has no pages
    std::vector<Control> controls;                ///< besides paging and DirSync
};

/// Asks for one entry.
inline SearchRequest base_search(std::string base, std::vector<std::string> attributes) {
    SearchRequest request;
    request.base = std::move(base);
    request.scope = SearchScope::base;
    request.attributes = std::move(attributes);
    return request;
}

/// One page of a search under way, or one round of a DirSync search.
struct PendingSearch {
    int id = 0;
    bool paged = false;
    bool dir_sync = false;
    bool more = false;      ///< once finished: another page or round is to come
    bool answered = false;  ///< the final result came, whatever it was: the connection is sound
    std::string cookie;     ///< of the next page or round, once finished; empty after the last page
    std::uint64_t entries = 0;
};

/// Settings of the process that libldap needs: no ldap.conf, .ldaprc or LDAP* variables, no SIGPIPE.
/// Before threads start; repeated calls do nothing.
void prepare_process_for_ldap();

/// libldap on one connected socket, without any waiting of its own: `secure` and `bind` block and belong on
/// a worker thread, the rest belongs on the loop. One thread at a time. Shutting the socket down
/// (through a duplicate of the descriptor) ends a blocked call at once.
class Connection {
public:
    /// Takes a connected, blocking socket. `internal` when libldap refuses it.
    static Result<Connection> over(UniqueFd socket, ServerUri server);
    Connection(Connection&& other) noexcept;
    Connection& operator=(Connection&&) = delete;
    ~Connection();

    /// TLS as configured, LDAPS or StartTLS, at least version 1.2; nothing when neither is asked for. Offers
    /// the client certificate where `bind` names one. tls_failed, config_invalid (files that cannot be
    /// loaded).
    Result<void> secure(const config::TlsConfig& tls, const config::BindConfig& bind);
    /// The server's certificate (DER) after `secure`.
    std::optional<std::string> server_certificate() const;
    /// Authenticates. Secrets are read from their files now. A password is never sent without TLS, nor an
    /// empty one ever.
    Result<void> bind(const config::BindConfig& bind);
    /// The last `bind` was refused by the server or the KDC; it did not fail on this host or on the way.
    bool was_refused() const noexcept { return refused_; }
    /// What a blocking call is doing now, for messages about a deadline. Any thread.
    const char* phase() const noexcept { return phase_.load(std::memory_order_relaxed); }

    /// Bytes that came from the server so far, under TLS and SASL.
    std::uint64_t received() const noexcept { return *received_; }

    /// From here on calls never wait for the peer.
    void make_non_blocking() noexcept;
    /// Sends one request. `cookie`: of the page or round before.
    Result<PendingSearch> send(const SearchRequest& request, std::string_view cookie);

    enum class Drained {
        more,      ///< `limit` messages were taken, there may be others already
        empty,     ///< nothing left in any buffer: wait until the socket is readable
        finished,  ///< the final result came, and it was success
    };
    /// Takes at most `limit` messages that have arrived. Search references are passed over. connection_lost,
    /// protocol, or the error that the final result means: then the entries that it got are no evidence.
    Result<Drained> drain(PendingSearch& search, RawEntrySink& sink, std::size_t limit);

private:
    Connection(::ldap* handle, ServerUri server, std::unique_ptr<std::uint64_t> received)
        : handle_(handle), server_(std::move(server)), received_(std::move(received)) {}

    Result<void> bind_simple(const config::BindConfig& bind);
    Result<void> bind_gssapi(const config::BindConfig& bind);
    Result<void> bind_external();
    Error refused(Error error) noexcept;
    Result<void> start_tls(bool shows_certificate);
    Result<void> check_tls_version() const;
    bool holds_unread_bytes() const noexcept;
    Result<void> decode(::ldapmsg* message, RawEntrySink& sink);
    Result<void> finish(::ldapmsg* message, PendingSearch& search);
    Result<void> take_answer(const ::ldapcontrol* page, PendingSearch& search) const;
    std::string diagnostic() const;
    Error lost() const;

    ::ldap* handle_ = nullptr;
    ServerUri server_;
    std::unique_ptr<std::uint64_t> received_;  // libldap's handle points to it
    std::atomic<const char*> phase_{"connecting"};
    bool refused_ = false;
    std::vector<std::string_view> values_;  // memory reused from attribute to attribute
};

}  // namespace dirsync::ldap
