#include "ldap/session/connection.hpp"

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <mutex>
#include <system_error>
#include <utility>

#include <fcntl.h>

#include <ldap.h>
#include <openldap.h>
#include <sasl/sasl.h>

#include "core/secret.hpp"
#include "ldap/session/certificate.hpp"
#include "ldap/session/kerberos.hpp"
#include "ldap/session/result_error.hpp"

namespace dirsync::ldap {
namespace {

constexpr ber_len_t read_ahead = 64 * 1024;
// Of one message. A Samba DC sends a group's members in one piece, 200 bytes each: room for 300,000. Windows
// sends at most 5000 a message (MaxValRange). A larger message would fill the memory.
constexpr ber_len_t longest_message = 64 * 1024 * 1024;
// Where Debian and its like keep the system's trust store; libldap has no built-in notion of one.
constexpr const char* system_trust_store = "/etc/ssl/certs/ca-certificates.crt";
// libldap shows the end of the connection alone: in the handshake, or, with TLS 1.3, which refuses a
// certificate after the handshake (RFC 8446 4.4.2.4), at the bind.
constexpr const char* distrust = "; a server that does not trust the certificate that it was shown does this";

// A layer of libldap's that counts what the socket gives. Its private data is the counter.
int begin_counting(Sockbuf_IO_Desc* layer, void* counter) {
    layer->sbiod_pvt = counter;
    return 0;
}
int pass_control_on(Sockbuf_IO_Desc* layer, int option, void* argument) {
    return LBER_SBIOD_CTRL_NEXT(layer, option, argument);
}
ber_slen_t read_and_count(Sockbuf_IO_Desc* layer, void* buffer, ber_len_t size) {
    const ber_slen_t got = LBER_SBIOD_READ_NEXT(layer, buffer, size);
    if (got > 0) *static_cast<std::uint64_t*>(layer->sbiod_pvt) += static_cast<std::uint64_t>(got);
    return got;
}
ber_slen_t pass_write_on(Sockbuf_IO_Desc* layer, void* buffer, ber_len_t size) {
    return LBER_SBIOD_WRITE_NEXT(layer, buffer, size);
}
Sockbuf_IO counting_layer{begin_counting, nullptr, pass_control_on, read_and_count, pass_write_on, nullptr};

/// SASL asks for names that GSSAPI does not need: the defaults will do.
int answer_with_defaults(LDAP*, unsigned, void*, void* prompts) {
    for (auto* prompt = static_cast<sasl_interact_t*>(prompts); prompt->id != SASL_CB_LIST_END; ++prompt) {
        prompt->result = prompt->defresult == nullptr ? "" : prompt->defresult;
        prompt->len =
            static_cast<unsigned>(std::string_view(static_cast<const char*>(prompt->result)).size());
    }
    return LDAP_SUCCESS;
}

/// libldap on GnuTLS ignores LDAP_OPT_X_TLS_PROTOCOL_MIN, and each cipher list given to it leaks 8 kB; so
/// what was agreed upon is looked at before anything is sent. "TLS1.2" with GnuTLS, "TLSv1.2" with OpenSSL.
bool is_current_tls(std::string_view version) noexcept {
    return version.ends_with("1.2") || version.ends_with("1.3");
}

/// What an admin can do when this host cannot open any file. nullptr: the file itself is at fault.
const char* advice_on_host(int why) noexcept {
    switch (why) {
        case EMFILE:
            return "raise LimitNOFILE= of the service";
        case ENFILE:
            return "raise fs.file-max of this host";
        case ENOMEM:
            return "free memory on this host";
        case EIO:
            return "check the disk";
        default:
            return nullptr;
    }
}

/// Files of TLS that cannot be used: a mistake in the configuration, unless this host could not even open
/// one.
Error unusable(const std::string& file, std::string sentence) {
    const UniqueFd opened(::open(file.c_str(), O_RDONLY | O_CLOEXEC));
    const int why = opened.get() < 0 ? errno : 0;
    if (const char* advice = advice_on_host(why)) {
        return Error(ErrorCode::unreachable,
                     file + " cannot be read now: " + std::generic_category().message(why) +
                         "; until then no connection is made; " + advice);
    }
    return Error(ErrorCode::config_invalid, std::move(sentence));
}

Result<Secret> password_of(const config::BindConfig& bind) {
    std::string path = bind.password_file;
    if (!bind.password_credential.empty()) {
        const char* directory = std::getenv("CREDENTIALS_DIRECTORY");
        if (directory == nullptr) {
            return Error(ErrorCode::invalid_credentials,
                         "password_credential '" + bind.password_credential +
                             "' needs a systemd service with LoadCredential=");
        }
        path = (std::filesystem::path(directory) / bind.password_credential).string();
    }
    auto secret = read_secret_file(path);
    if (!secret) return Error(ErrorCode::invalid_credentials, secret.error().message());
    if (secret->empty()) {
        // RFC 4513 5.1.2: a name with an empty password is an unauthenticated bind, which may succeed.
        return Error(ErrorCode::invalid_credentials, "the password in " + path + " is empty");
    }
    return secret;
}

}  // namespace

void prepare_process_for_ldap() {
    static std::once_flag once;
    std::call_once(once, [] {
        ::setenv("LDAPNOINIT", "1", 1);
        struct sigaction current {};
        ::sigaction(SIGPIPE, nullptr, &current);
        if (current.sa_handler == SIG_DFL) ::signal(SIGPIPE, SIG_IGN);
        int version = 0;
        ldap_get_option(nullptr, LDAP_OPT_PROTOCOL_VERSION,
                        &version);  // libldap sets itself up at the first call
    });
}

Result<Connection> Connection::over(UniqueFd socket, ServerUri server) {
    LDAP* handle = nullptr;
    const auto uri = to_text(server);
    const int code = ldap_init_fd(socket.get(), LDAP_PROTO_TCP, uri.c_str(), &handle);
    if (code != LDAP_SUCCESS)
        return Error(ErrorCode::internal, "libldap does not take " + uri + ": " + ldap_err2string(code));
    socket.release();

    const int version = LDAP_VERSION3;
    ldap_set_option(handle, LDAP_OPT_PROTOCOL_VERSION, &version);
    ldap_set_option(handle, LDAP_OPT_REFERRALS, LDAP_OPT_OFF);
    ldap_set_option(handle, LDAP_OPT_RESTART, LDAP_OPT_ON);
    auto received = std::make_unique<std::uint64_t>(0);
    // Beneath TLS and SASL: fewer reads of the socket.
    Sockbuf* buffer = nullptr;
    ldap_get_option(handle, LDAP_OPT_SOCKBUF, &buffer);
    ber_sockbuf_add_io(buffer, &counting_layer, LBER_SBIOD_LEVEL_PROVIDER, received.get());
    ber_sockbuf_add_io(buffer, &ber_sockbuf_io_readahead, LBER_SBIOD_LEVEL_PROVIDER, nullptr);
    auto size = read_ahead;
    ber_sockbuf_ctrl(buffer, LBER_SB_OPT_SET_READAHEAD, &size);
    auto longest = longest_message;
    ber_sockbuf_ctrl(buffer, LBER_SB_OPT_SET_MAX_INCOMING, &longest);
    return Connection(handle, std::move(server), std::move(received));
}

Connection::Connection(Connection&& other) noexcept
    : handle_(std::exchange(other.handle_, nullptr)),
      server_(std::move(other.server_)),
      received_(std::move(other.received_)),
      phase_(other.phase_.load(std::memory_order_relaxed)) {}

Connection::~Connection() {
    if (handle_ != nullptr) ldap_unbind_ext(handle_, nullptr, nullptr);
}

void Connection::make_non_blocking() noexcept {
    Sockbuf* buffer = nullptr;
    ldap_get_option(handle_, LDAP_OPT_SOCKBUF, &buffer);
    ber_sockbuf_ctrl(buffer, LBER_SB_OPT_SET_NONBLOCK, buffer);  // any non-null pointer means on
}

std::string Connection::diagnostic() const {
    char* text = nullptr;
    ldap_get_option(handle_, LDAP_OPT_DIAGNOSTIC_MESSAGE, &text);
    std::string copy = text == nullptr ? "" : text;
    ldap_memfree(text);
    return copy;
}

Error Connection::lost() const {
    // ber_get_next sets this; libldap takes it for the end of the connection.
    if (errno == ERANGE) {
        return Error(ErrorCode::protocol,
                     "the server sends a message that is not valid LDAP or is longer than " +
                         std::to_string(longest_message / (1024 * 1024)) + " MiB; " + unlike_a_dc);
    }
    int code = LDAP_SERVER_DOWN;
    ldap_get_option(handle_, LDAP_OPT_RESULT_CODE, &code);
    return library_error(code, diagnostic());
}

Result<void> Connection::secure(const config::TlsConfig& tls, const config::BindConfig& bind) {
    if (!server_.ldaps && !tls.start_tls) return {};
    phase_ = "TLS handshake";
    const std::string trust = tls.ca_file.empty() ? system_trust_store : tls.ca_file;
    if (tls.verify && !tls.ca_file.empty() && !holds_certificates(trust)) {
        return unusable(trust,
                        "the CA file " + trust + " cannot be read or holds no certificate in PEM form");
    }
    if (tls.verify &&
        ldap_set_option(handle_, LDAP_OPT_X_TLS_CACERTFILE, trust.c_str()) != LDAP_OPT_SUCCESS) {
        return Error(ErrorCode::internal, "libldap takes no CA file");
    }
    const int check = tls.verify ? LDAP_OPT_X_TLS_DEMAND : LDAP_OPT_X_TLS_NEVER;
    const int minimum = LDAP_OPT_X_TLS_PROTOCOL_TLS1_2;
    ldap_set_option(handle_, LDAP_OPT_X_TLS_REQUIRE_CERT, &check);
    ldap_set_option(handle_, LDAP_OPT_X_TLS_PROTOCOL_MIN, &minimum);
    if (!bind.certificate_file.empty()) {
        ldap_set_option(handle_, LDAP_OPT_X_TLS_CERTFILE, bind.certificate_file.c_str());
        ldap_set_option(handle_, LDAP_OPT_X_TLS_KEYFILE, bind.key_file.c_str());
    }
    const int client = 0;
    if (ldap_set_option(handle_, LDAP_OPT_X_TLS_NEWCTX, &client) != LDAP_OPT_SUCCESS) {
        std::string files = tls.verify ? "CA file " + trust : "";
        if (!bind.certificate_file.empty()) {
            files += (files.empty() ? "" : " or ") + std::string("certificate ") + bind.certificate_file +
                     " with key " + bind.key_file;
        }
        const auto& file = tls.verify ? trust : bind.certificate_file;
        return unusable(file, "TLS cannot be set up: " + files + " cannot be loaded");
    }
    return start_tls(!bind.certificate_file.empty());
}

Result<void> Connection::start_tls(bool shows_certificate) {
    const int code = server_.ldaps ? ldap_install_tls(handle_) : ldap_start_tls_s(handle_, nullptr, nullptr);
    if (code == LDAP_SUCCESS) return check_tls_version();
    const auto detail = diagnostic();
    if (code > 0) {
        return Error(ErrorCode::tls_failed, std::string("the server refuses StartTLS: ") +
                                                ldap_err2string(code) + " " + quoted_peer_text(detail));
    }
    auto message =
        "the TLS handshake failed: " + quoted_peer_text(detail.empty() ? ldap_err2string(code) : detail);
    if (shows_certificate) message += distrust;
    return Error(ErrorCode::tls_failed, std::move(message));
}

Result<void> Connection::check_tls_version() const {
    char* text = nullptr;
    ldap_get_option(handle_, LDAP_OPT_X_TLS_VERSION, &text);
    const std::string version = text == nullptr ? "" : text;
    ldap_memfree(text);
    if (is_current_tls(version)) return {};
    return Error(ErrorCode::tls_failed,
                 "the server offers " + quoted_peer_text(version) + " only, but TLS 1.2 or later is needed");
}

std::optional<std::string> Connection::server_certificate() const {
    berval der{};
    if (ldap_get_option(handle_, LDAP_OPT_X_TLS_PEERCERT, &der) != LDAP_OPT_SUCCESS || der.bv_val == nullptr)
        return std::nullopt;
    std::string copy(der.bv_val, der.bv_len);
    ber_memfree(der.bv_val);
    return copy;
}

Result<void> Connection::bind(const config::BindConfig& bind) {
    phase_ = "bind";
    switch (bind.method) {
        case config::BindMethod::gssapi:
            return bind_gssapi(bind);
        case config::BindMethod::simple:
            return bind_simple(bind);
        case config::BindMethod::external:
            return bind_external();
    }
    return Error(ErrorCode::internal, "unknown bind method");
}

/// True for an answer to credentials that were sent: the directory may count it against the account.
Error Connection::refused(Error error) noexcept {
    refused_ = error.code() == ErrorCode::invalid_credentials;
    return error;
}

Result<void> Connection::bind_simple(const config::BindConfig& bind) {
    if (ldap_tls_inplace(handle_) == 0) {
        return Error(
            ErrorCode::config_invalid,
            "a password is not sent without TLS: use ldaps:// or start_tls: true, or bind with gssapi");
    }
    auto password = password_of(bind);
    if (!password) return std::move(password).error();
    berval credentials{static_cast<ber_len_t>(password->reveal().size()),
                       const_cast<char*>(password->reveal().data())};
    const int code =
        ldap_sasl_bind_s(handle_, bind.dn.c_str(), LDAP_SASL_SIMPLE, &credentials, nullptr, nullptr, nullptr);
    if (code == LDAP_SUCCESS) return {};
    return refused(bind_error(code, diagnostic(), quoted_peer_text(bind.dn)));
}

Result<void> Connection::bind_gssapi(const config::BindConfig& bind) {
    phase_ = "Kerberos ticket";
    auto ticket = KerberosTicket::from_keytab(bind.principal, bind.keytab_file);
    if (!ticket) return std::move(ticket).error();
    if (auto granted = ticket->request(); !granted) return refused(std::move(granted).error());
    phase_ = "GSSAPI bind";
    ldap_set_option(handle_, LDAP_OPT_X_SASL_NOCANON, LDAP_OPT_ON);
    if (ldap_tls_inplace(handle_) != 0) {
        // MS-ADTS 5.1.2.2: no SASL layer inside TLS.
        const ber_len_t no_layer = 0;
        const int binding = LDAP_OPT_X_SASL_CBINDING_TLS_ENDPOINT;
        ldap_set_option(handle_, LDAP_OPT_X_SASL_SSF_MAX, &no_layer);
        ldap_set_option(handle_, LDAP_OPT_X_SASL_CBINDING, &binding);
    } else {
        const ber_len_t sealed = 56;
        ldap_set_option(handle_, LDAP_OPT_X_SASL_SSF_MIN, &sealed);
    }
    const KerberosTicket::Use use(*ticket);
    const int code = ldap_sasl_interactive_bind_s(handle_, nullptr, "GSSAPI", nullptr, nullptr,
                                                  LDAP_SASL_QUIET, answer_with_defaults, nullptr);
    if (code == LDAP_SUCCESS) return {};
    return refused(bind_error(code, diagnostic(), bind.principal));
}

Result<void> Connection::bind_external() {
    if (ldap_tls_inplace(handle_) == 0) {
        return Error(ErrorCode::config_invalid,
                     "a client certificate needs TLS: use ldaps:// or start_tls: true");
    }
    const int code = ldap_sasl_bind_s(handle_, "", "EXTERNAL", nullptr, nullptr, nullptr, nullptr);
    if (code == LDAP_SUCCESS) return {};
    auto error = refused(bind_error(code, diagnostic(), "the client certificate"));
    if (code != LDAP_SERVER_DOWN) return error;
    return Error(error.code(), error.message() + distrust);
}

}  // namespace dirsync::ldap
