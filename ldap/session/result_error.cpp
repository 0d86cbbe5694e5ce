#include "ldap/session/result_error.hpp"

#include <string>

#include <ldap.h>

namespace dirsync::ldap {
namespace {

struct Meaning {
    int code;
    ErrorCode error;
    const char* text;
};

// RFC 4511 A.2. Every incomplete answer is read_incomplete or worse; no code ever means "no
// entries".
constexpr Meaning meanings[] = {
    {LDAP_TIMELIMIT_EXCEEDED, ErrorCode::read_incomplete, "the server's time limit ended the read"},
    {LDAP_SIZELIMIT_EXCEEDED, ErrorCode::read_incomplete, "the server's size limit cut the read short"},
    {LDAP_ADMINLIMIT_EXCEEDED, ErrorCode::read_incomplete,
     "an administrative limit of the server cut the read short"},
    {LDAP_REFERRAL, ErrorCode::read_incomplete, "the server refers to another one instead of answering"},
    {LDAP_PARTIAL_RESULTS, ErrorCode::read_incomplete, "the server gave only a part of the result"},
    {LDAP_STRONG_AUTH_REQUIRED, ErrorCode::insufficient_rights,
     "the server requires signing or TLS: use ldaps:// for a simple bind, ldap:// without TLS for gssapi"},
    {LDAP_CONFIDENTIALITY_REQUIRED, ErrorCode::insufficient_rights, "the server requires TLS"},
    {LDAP_NO_SUCH_OBJECT, ErrorCode::not_found, "no such object, or it may not be seen"},
    {LDAP_INVALID_CREDENTIALS, ErrorCode::invalid_credentials, "name or secret refused"},
    {LDAP_INAPPROPRIATE_AUTH, ErrorCode::invalid_credentials, "this way of authentication is refused"},
    {LDAP_INSUFFICIENT_ACCESS, ErrorCode::insufficient_rights, "the account lacks the right"},
    {LDAP_BUSY, ErrorCode::server_busy, "the server is busy"},
    {LDAP_UNAVAILABLE, ErrorCode::server_busy, "the server is unavailable"},
};

struct BindReason {
    std::string_view code;
    const char* text;
};

// Win32 error numbers that AD puts into the text of a refused bind, in hex (MS-ERREF 2.2).
constexpr BindReason bind_reasons[] = {
    {"525", "the account does not exist"},
    {"52e", "the password is wrong or the account does not exist"},
    {"530", "the account may not log on at this time"},
    {"531", "the account may not log on from this host"},
    {"532", "the account's password has expired"},
    {"533", "the account is disabled"},
    {"701", "the account has expired"},
    {"773", "the account must change its password first"},
    {"775", "the account is locked out"},
    {"80090346",
     "channel binding was refused: something between here and the server ends TLS, or the server wants a "
     "binding"},
};

/// The reason in `..., data 52e, v1db1`; null when there is none we know.
const char* reason_in(std::string_view diagnostic) noexcept {
    constexpr std::string_view mark = ", data ";
    const auto at = diagnostic.find(mark);
    if (at == std::string_view::npos) return nullptr;
    auto code = diagnostic.substr(at + mark.size());
    code = code.substr(0, code.find_first_not_of("0123456789abcdefABCDEF"));
    for (const auto& reason : bind_reasons) {
        if (reason.code == code) return reason.text;
    }
    return nullptr;
}

struct GssapiReason {
    std::string_view text;
    ErrorCode error;
    const char* advice;
};

// libsasl hands GSSAPI's reasons on as text only.
constexpr GssapiReason gssapi_reasons[] = {
    {"not found in Kerberos database", ErrorCode::protocol,
     "the KDC knows no service ldap/HOST: name the server as the domain does, and set rdns = false and "
     "dns_canonicalize_hostname = false in krb5.conf"},
    {"Clock skew too great", ErrorCode::protocol,
     "this host's clock and the server's differ too much: check time synchronization"},
    {"Cannot contact any KDC", ErrorCode::unreachable, "no KDC of the realm can be reached"},
};

Error error_of(const Meaning& meaning, int code, std::string_view diagnostic) {
    std::string message = std::string(meaning.text) + " (result " + std::to_string(code);
    if (!diagnostic.empty()) message += ": " + quoted_peer_text(diagnostic);
    return Error(meaning.error, message + ")");
}

bool has(std::string_view text, std::string_view part) noexcept {
    return text.find(part) != std::string_view::npos;
}

}  // namespace

Error result_error(int code, std::string_view diagnostic) {
    // AD answers an unauthenticated request so, with code 1 and only the text to tell.
    if (code == LDAP_OPERATIONS_ERROR &&
        (has(diagnostic, "successful bind must be completed") || has(diagnostic, "without authentication"))) {
        return error_of(Meaning{code, ErrorCode::insufficient_rights,
                                "the server does not take the connection as authenticated"},
                        code, diagnostic);
    }
    for (const auto& meaning : meanings) {
        if (meaning.code == code) return error_of(meaning, code, diagnostic);
    }
    return error_of(Meaning{code, ErrorCode::protocol, code < 0 ? "libldap failed" : ldap_err2string(code)},
                    code, diagnostic);
}

Error library_error(int code, std::string_view diagnostic) {
    switch (code) {
        case LDAP_SERVER_DOWN:
        case LDAP_CONNECT_ERROR:
            return Error(ErrorCode::connection_lost, "the server closed the connection or was cut off");
        case LDAP_TIMEOUT:
            return Error(ErrorCode::timeout, "the server did not answer in time");
        case LDAP_DECODING_ERROR:
            return Error(ErrorCode::protocol, "the server sent a message that is not valid LDAP");
        case LDAP_FILTER_ERROR:
            return Error(ErrorCode::config_invalid, "the search filter is not a valid LDAP filter");
        default:
            break;
    }
    return Error(ErrorCode::protocol,
                 std::string("libldap: ") + ldap_err2string(code) +
                     (diagnostic.empty() ? "" : " (" + quoted_peer_text(diagnostic) + ")"));
}

Error bind_error(int code, std::string_view diagnostic, std::string_view who) {
    const auto doing = "bind as " + std::string(who);
    if (code == LDAP_INVALID_CREDENTIALS) {
        const char* reason = reason_in(diagnostic);
        const Meaning meaning{code, ErrorCode::invalid_credentials,
                              reason == nullptr ? "name or secret refused" : reason};
        return error_of(meaning, code, diagnostic).within(doing);
    }
    if (code > 0) return result_error(code, diagnostic).within(doing);
    if (code == LDAP_AUTH_UNKNOWN) {
        return Error(ErrorCode::config_invalid,
                     doing + ": this host lacks the SASL mechanism: install libsasl2-modules-gssapi-mit");
    }
    for (const auto& reason : gssapi_reasons) {
        if (has(diagnostic, reason.text))
            return error_of(Meaning{code, reason.error, reason.advice}, code, diagnostic).within(doing);
    }
    return library_error(code, diagnostic).within(doing);
}

Error ended_here() { return Error(ErrorCode::connection_lost, "the connection was ended on this side"); }

}  // namespace dirsync::ldap
