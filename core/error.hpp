#pragma once

#include <string>
#include <string_view>
#include <utility>

#include <boost/system/result.hpp>

namespace dirsync {

/// What went wrong. One table (error.cpp) gives each code its class; policy looks at the class only.
enum class ErrorCode {
    unreachable,          ///< no TCP connection, name not found
    timeout,              ///< one of our deadlines passed
    connection_lost,      ///< the peer closed, reset or was cut off
    tls_failed,           ///< handshake refused, certificate or host name not accepted
    server_busy,          ///< busy, unavailable, admin limit
    server_behind,        ///< a DC lacks changes that were read from another one (semantics 5.16)
    read_incomplete,      ///< size or time limit, referral as result, cut page: never evidence
    protocol,             ///< the peer broke LDAP or one of its controls
    invalid_credentials,  ///< bind refused: `InvalidDirectoryCredentials`
    insufficient_rights,  ///< bound, but may not do this
    cursor_refused,       ///< the DC does not take the cursor: read in full
    not_found,            ///< a named thing does not exist
    config_invalid,       ///< configuration that cannot work
    malformed_entry,      ///< one entry cannot be decoded
    cursor_moved,         ///< compare-and-set lost: someone committed in between
    store_unavailable,    ///< cannot open, read or write the store (disk full, I/O)
    store_in_use,         ///< another process owns the store
    store_too_new,        ///< written by a later version
    held,                 ///< the change waits for a person
    refused,              ///< what was asked for may not be done, or makes no sense: says why
    internal,             ///< a broken invariant: a bug
};

enum class ErrorClass { transient, denied, config, data, conflict, safety, internal };

ErrorClass class_of(ErrorCode code) noexcept;
std::string_view name_of(ErrorCode code) noexcept;

/// A failure with a sentence for a person: what, where, what to do. Never holds a secret.
/// `detail` is text from a peer or library, escaped and capped by `quoted_peer_text`.
class [[nodiscard]] Error {
public:
    Error() = default;  ///< what Boost's `result::error()` gives for a success; never shown
    Error(ErrorCode code, std::string message) : code_(code), message_(std::move(message)) {}

    ErrorCode code() const noexcept { return code_; }
    ErrorClass error_class() const noexcept { return class_of(code_); }
    const std::string& message() const noexcept { return message_; }

    /// Puts what was being done in front: `within("reading rootDSE of dc1")` -> "reading ...: message".
    Error within(std::string_view doing) && {
        message_.insert(0, std::string(doing) + ": ");
        return std::move(*this);
    }

private:
    ErrorCode code_ = ErrorCode::internal;
    std::string message_;
};

/// Text that came from outside, fit to be shown: control characters and invalid UTF-8 escaped as
/// \xNN, at most `limit` bytes, in single quotes.
std::string quoted_peer_text(std::string_view text, std::size_t limit = 300);

[[noreturn]] void throw_exception_from_error(const Error& error, const boost::source_location& where);

template <class T>
using Result = boost::system::result<T, Error>;

/// Always compiled in, never used on input: a broken invariant ends the process.
[[noreturn]] void assertion_failed(const char* expression, const char* file, int line);
#define DIRSYNC_ASSERT(expression) \
    ((expression) ? void() : ::dirsync::assertion_failed(#expression, __FILE__, __LINE__))

}  // namespace dirsync
