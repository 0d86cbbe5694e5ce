#include "survey/domain_survey.hpp"

#include <algorithm>
#include <random>
#include <utility>

#include "ldap/root_dse.hpp"
#include "ldap/session/certificate.hpp"
#include "ldap/session/connection.hpp"
#include "ldap/session/secret_checks.hpp"

namespace dirsync::survey {

using namespace ldap;
namespace {

constexpr auto certificate_ends_soon = std::chrono::days(30);

RandomBelow own_random() {
    const auto engine = std::make_shared<std::mt19937>(std::random_device{}());
    return [engine](std::uint32_t limit) {
        return std::uniform_int_distribution<std::uint32_t>(0, limit)(*engine);
    };
}

bool needs_ldaps(const config::DomainConfig& domain) {
    return domain.bind.method != config::BindMethod::gssapi && !domain.tls.start_tls;
}

std::string listed(const std::vector<ServerUri>& servers) {
    std::string text;
    for (const auto& server : servers) text += (text.empty() ? "" : ", ") + to_text(server);
    return text;
}

std::string method_text(const config::BindConfig& bind) {
    switch (bind.method) {
        case config::BindMethod::gssapi:
            return bind.principal + " with the keytab (Kerberos)";
        case config::BindMethod::simple:
            return bind.dn + " with the password";
        case config::BindMethod::external:
            break;
    }
    return "the client certificate";
}

std::string connection_advice(const ServerUri& server) {
    return "is the name right, does the server run, does a firewall let TCP port " +
           std::to_string(server.port) + " through?  Try: nc -vz " + server.host + " " +
           std::to_string(server.port);
}

std::string tls_advice(const ServerUri& server, const config::TlsConfig& tls) {
    const std::string trust =
        tls.ca_file.empty() ? "name the certificate of the authority that signed it in tls.ca_file (PEM)"
                            : "put the certificate of the authority that signed it into " + tls.ca_file;
    return trust + ", or name the server as its certificate does.  Look: openssl s_client -connect " +
           server.host + ":" + std::to_string(server.port) + (server.ldaps ? "" : " -starttls ldap") +
           " -showcerts";
}

std::string bind_advice(const Error& error, const config::BindConfig& bind) {
    if (error.code() == ErrorCode::insufficient_rights)
        return "use ldaps:// (or ldap:// with tls.start_tls) for a password, ldap:// without TLS for gssapi";
    if (error.code() != ErrorCode::invalid_credentials && error.code() != ErrorCode::config_invalid)
        return "the message says what the server or the KDC wants";
    if (bind.method == config::BindMethod::gssapi) {
        return "make the keytab anew (each new password of the account voids the old one):\n"
               "ktpass /princ " +
               bind.principal +
               " /mapuser ACCOUNT /pass * /crypto AES256-SHA1 /ptype KRB5_NT_PRINCIPAL /out FILE";
    }
    return "compare bind.dn and the password with the account in AD; the file holds the password and nothing "
           "else. No further attempt is made before the file or the configuration changes";
}

std::string milliseconds_text(std::chrono::steady_clock::duration time) {
    return std::to_string(std::chrono::duration_cast<std::chrono::milliseconds>(time).count()) + " ms";
}

Check tls_check(const ServerUri& server, const config::TlsConfig& tls, const Session& session) {
    const std::string subject = to_text(server);
    if (!tls.verify) {
        return warned("tls", subject, "encrypted, but no certificate is checked (tls.verify: false)",
                      "take verify: false out, and name the authority in tls.ca_file: whoever stands between "
                      "can read the password");
    }
    const auto der = session.server_certificate();
    const auto facts = der ? certificate_facts(*der) : std::nullopt;
    if (!facts) return passed("tls", subject, "encrypted; the server's certificate is accepted");
    const std::string seen = "certificate for " + facts->names + ", issued by " + facts->issuer;
    const auto now = std::chrono::floor<Duration>(std::chrono::system_clock::now());
    if (facts->expires - now < certificate_ends_soon) {
        return warned("tls", subject, seen + ", expires soon: " + dirsync::to_text(facts->expires),
                      "renew the certificate of the domain controller before that day");
    }
    return passed("tls", subject, seen + ", valid until " + dirsync::to_text(facts->expires));
}

/// When one server can be used, another that cannot is not a failure.
void make_bearable(const std::vector<ServerUri>& servers, std::vector<Check>& checks) {
    for (auto& check : checks) {
        const bool is_of_one = std::any_of(servers.begin(), servers.end(), [&check](const ServerUri& server) {
            return check.subject == to_text(server);
        });
        if (!is_of_one || check.outcome != CheckOutcome::failed || check.name == "bind") continue;
        check.outcome = CheckOutcome::warning;
        check.exit_code = 0;
        check.seen += "; another server will do";
    }
}

}  // namespace

Task<Result<std::vector<ServerUri>>> located_servers(boost::asio::any_io_executor executor,
                                                     std::string domain, bool ldaps) {
    const auto step = std::make_shared<BlockingStep>(executor);
    auto finding =
        find_domain_controllers(domain, std::chrono::steady_clock::now() + survey_deadlines.connect, step);
    auto found = co_await std::move(finding);
    if (!found) co_return std::move(found).error();
    auto servers = servers_of(in_order_of_preference(std::move(*found), own_random()), ldaps);
    if (servers.empty())
        co_return Error(ErrorCode::unreachable, "DNS says that " + domain + " offers no LDAP");
    co_return servers;
}

DomainSurvey::DomainSurvey(boost::asio::any_io_executor executor, config::DomainConfig domain,
                           std::shared_ptr<BindBudget> binds, Deadlines deadlines)
    : executor_(std::move(executor)),
      domain_(std::move(domain)),
      binds_(std::move(binds)),
      deadlines_(deadlines) {
    prepare_process_for_ldap();
}

DomainSurvey::~DomainSurvey() {
    if (session_) session_->abort();
}

Task<Result<std::vector<ServerUri>>> DomainSurvey::servers(std::vector<Check>* checks) {
    std::vector<ServerUri> servers;
    for (const auto& text : domain_.servers) {
        if (const auto uri = parse_server_uri(text)) servers.push_back(*uri);
    }
    if (!servers.empty()) co_return servers;
    auto locating = located_servers(executor_, domain_.name, needs_ldaps(domain_));
    auto found = co_await std::move(locating);
    if (checks == nullptr) co_return found;
    if (found) {
        checks->push_back(passed("dns", domain_.name, "domain controllers: " + listed(*found)));
    } else {
        checks->push_back(
            failed("dns", domain_.name, found.error(),
                   "let this host ask a DNS server that knows the domain (/etc/resolv.conf), or "
                   "list the domain controllers in servers.  Try: dig -t SRV "
                   "_ldap._tcp.dc._msdcs." +
                       domain_.name));
    }
    co_return found;
}

Task<void> DomainSurvey::check_servers(std::vector<Check>& checks) {
    auto secrets = secret_checks(domain_);
    const bool usable = exit_code_of(secrets) == 0;
    checks.insert(checks.end(), std::make_move_iterator(secrets.begin()),
                  std::make_move_iterator(secrets.end()));
    auto finding = servers(&checks);
    const auto found = co_await std::move(finding);
    if (!found) co_return;
    for (const auto& server : *found) {
        if (!usable || refused_) {
            checks.push_back(skipped("connection", to_text(server),
                                     refused_ ? "not asked after another server refused the credentials"
                                              : "not asked without the secret"));
            continue;
        }
        auto checking = check_server(server, checks);
        co_await std::move(checking);
    }
    if (session_) make_bearable(*found, checks);
}

Task<void> DomainSurvey::check_server(ServerUri server, std::vector<Check>& checks) {
    const std::string subject = to_text(server);
    SessionSettings settings{server, domain_.tls, domain_.bind, deadlines_, binds_};
    const auto session = Session::create(executor_, std::move(settings));
    const auto begin = std::chrono::steady_clock::now();
    const auto opened = co_await session->open();
    const auto took = std::chrono::steady_clock::now() - begin;
    const bool has_tls = server.ldaps || domain_.tls.start_tls;
    if (!opened && session->last_step() == "connecting") {
        checks.push_back(failed("connection", subject, opened.error(), connection_advice(server)));
        co_return;
    }
    checks.push_back(
        passed("connection", subject,
               opened ? "connected and logged in after " + milliseconds_text(took) : "connected"));
    if (!opened && session->last_step() == "TLS handshake") {
        checks.push_back(failed("tls", subject, opened.error(), tls_advice(server, domain_.tls)));
        co_return;
    }
    if (!opened) {
        if (has_tls)
            checks.push_back(passed("tls", subject, "encrypted; the server's certificate is accepted"));
        checks.push_back(failed("bind", subject, opened.error(), bind_advice(opened.error(), domain_.bind)));
        refused_ = opened.error().code() == ErrorCode::invalid_credentials;
        refused_by_server_ = session->was_refused();
        co_return;
    }
    if (has_tls) checks.push_back(tls_check(server, domain_.tls, *session));
    checks.push_back(passed("bind", subject,
                            "logged in as " + method_text(domain_.bind) +
                                (has_tls ? "" : "; the connection is sealed by Kerberos")));
    auto using_it = use(session);
    const auto used = co_await std::move(using_it);
    if (!used) {
        checks.push_back(failed("domain", subject, used.error(),
                                "servers lists domain controllers of " + domain_.name + ", nothing else"));
        co_return;
    }
    checks.push_back(passed("domain", subject, "a domain controller of " + domain_.name));
}

/// Keeps the first usable session; the other servers are only checked.
Task<Result<void>> DomainSurvey::use(std::shared_ptr<Session> session) {
    auto reading = read_domain_facts(session, domain_.name);
    auto served = co_await std::move(reading);
    if (!served) {
        session->abort();
        co_return std::move(served).error();
    }
    if (session_) {
        // Two names may lead to one domain controller.
        has_partner_ |= served->facts.at.invocation_id != facts_.at.invocation_id;
        co_return Result<void>();
    }
    shows_vector_ = served->cursors.has_value();
    facts_ = std::move(served->facts);
    facts_.server = to_text(session->server());
    session_ = std::move(session);
    co_return Result<void>();
}

Task<Result<void>> DomainSurvey::connect() {
    if (session_ && session_->usable()) co_return Result<void>();
    session_.reset();
    auto finding = servers(nullptr);
    const auto found = co_await std::move(finding);
    if (!found) co_return found.error();
    Error last(ErrorCode::config_invalid, "no server of " + domain_.name + " is configured");
    for (const auto& server : *found) {
        SessionSettings settings{server, domain_.tls, domain_.bind, deadlines_, binds_};
        const auto session = Session::create(executor_, std::move(settings));
        auto opened = co_await session->open();
        if (opened) {
            auto using_it = use(session);
            opened = co_await std::move(using_it);
        }
        if (opened) co_return opened;
        last = std::move(opened).error().within(to_text(server));
        refused_ = last.code() == ErrorCode::invalid_credentials;
        refused_by_server_ = session->was_refused();
        if (refused_) break;
    }
    co_return last;
}

}  // namespace dirsync::survey
