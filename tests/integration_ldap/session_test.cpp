#include <csignal>

#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <gmock/gmock.h>
#include <boost/asio/steady_timer.hpp>

#include "lab.hpp"
#include "ldap/root_dse.hpp"
#include "silent_server.hpp"

namespace dirsync::lab {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using namespace std::chrono_literals;

class SessionTest : public LabTest {
protected:
    /// The text of the error; the test fails when there is none or it has another code.
    std::string refused(ErrorCode code, const Result<void>& result) {
        if (result) {
            ADD_FAILURE() << "the session opened";
            return "";
        }
        EXPECT_EQ(name_of(code), name_of(result.error().code())) << result.error().message();
        return result.error().message();
    }
    /// The session reads the domain it should.
    void expect_reads_domain() {
        auto served = run(ldap::read_domain_facts(session_, lab().domain()));
        ASSERT_TRUE(served) << served.error().message();
        EXPECT_EQ(served->facts.base_dn, lab()["AD_BASE_DN"]);
        EXPECT_EQ(served->facts.netbios_name, lab()["AD_DOMAIN"]);
        EXPECT_FALSE(served->facts.guid.is_nil());
        EXPECT_FALSE(served->facts.at.invocation_id.is_nil());
        EXPECT_GT(served->facts.at.highest_usn, 0U);
        EXPECT_EQ(served->facts.sid.count, 4);
    }
};

TEST_F(SessionTest, GssapiWithKeytabSealsPlainLdap) {
    const auto result = open("ldap://" + lab().ip(), lab().gssapi());
    ASSERT_TRUE(result) << result.error().message();
    expect_reads_domain();
}

TEST_F(SessionTest, GssapiLooksNeitherAtTheCacheNorAtTheKeytabOfTheEnvironment) {
    ::setenv("KRB5CCNAME", "FILE:/nonexistent/cache", 1);
    ::setenv("KRB5_CLIENT_KTNAME", "FILE:/nonexistent/keytab", 1);
    const auto result = open("ldap://" + lab().ip(), lab().gssapi());
    ::unsetenv("KRB5CCNAME");
    ::unsetenv("KRB5_CLIENT_KTNAME");
    ASSERT_TRUE(result) << result.error().message();
    expect_reads_domain();
}

TEST_F(SessionTest, TwoGssapiSessionsOfDifferentAccountsDoNotShareTickets) {
    ASSERT_TRUE(open("ldap://" + lab().ip(), lab().gssapi()));
    const auto first = session_;
    auto other = lab().gssapi();
    other.principal = lab()["AD_PLAIN_PRINCIPAL"];
    other.keytab_file = lab()["AD_PLAIN_KEYTAB"];
    ASSERT_TRUE(open("ldap://" + lab().ip(), other));
    expect_reads_domain();
    session_ = first;
    expect_reads_domain();
}

TEST_F(SessionTest, SimpleBindOverLdaps) {
    const auto result = open("ldaps://" + lab().ip(), lab().simple());
    ASSERT_TRUE(result) << result.error().message();
    expect_reads_domain();
}

TEST_F(SessionTest, SimpleBindOverStartTls) {
    auto settings = lab().settings("ldap://" + lab().ip(), lab().simple());
    settings.tls.start_tls = true;
    const auto result = open(settings);
    ASSERT_TRUE(result) << result.error().message();
    expect_reads_domain();
}

TEST_F(SessionTest, UserPrincipalNameServesAsBindName) {
    auto bind = lab().simple();
    bind.dn = lab()["AD_PRINCIPAL"];
    const auto result = open("ldaps://" + lab().ip(), bind);
    ASSERT_TRUE(result) << result.error().message();
}

TEST_F(SessionTest, WithoutVerificationAnyCertificateWillDo) {
    auto settings = lab().settings("ldaps://" + lab().ip(), lab().simple());
    settings.tls.ca_file = lab()["AD_OTHER_CA_FILE"];
    settings.tls.verify = false;
    const auto result = open(settings);
    ASSERT_TRUE(result) << result.error().message();
}

TEST_F(SessionTest, AnotherCaIsRefusedAndNamed) {
    auto settings = lab().settings("ldaps://" + lab().ip(), lab().simple());
    settings.tls.ca_file = lab()["AD_OTHER_CA_FILE"];
    EXPECT_THAT(
        refused(ErrorCode::tls_failed, open(settings)),
        AllOf(HasSubstr("its issuer"), HasSubstr("unknown to the CA file " + lab()["AD_OTHER_CA_FILE"])));
    settings.server = ldap::parse_server_uri("ldap://" + lab().ip()).value();
    settings.tls.start_tls = true;
    EXPECT_THAT(refused(ErrorCode::tls_failed, open(settings)), HasSubstr("its issuer"));
}

TEST_F(SessionTest, SystemTrustStoreDoesNotKnowTheLab) {
    auto settings = lab().settings("ldaps://" + lab().ip(), lab().simple());
    settings.tls.ca_file.clear();
    EXPECT_THAT(refused(ErrorCode::tls_failed, open(settings)),
                HasSubstr("unknown to the system's trust store"));
}

TEST_F(SessionTest, AnotherHostNameIsRefusedAndBothAreNamed) {
    // The same address in a spelling that no certificate carries.
    auto settings = lab().settings("ldaps://[::ffff:" + lab().ip() + "]", lab().simple());
    EXPECT_THAT(
        refused(ErrorCode::tls_failed, open(settings)),
        AllOf(HasSubstr("not for '::ffff:" + lab().ip() + "'"), HasSubstr("'" + lab()["AD_HOST"] + "'")));
}

TEST_F(SessionTest, CaFileThatIsNoneIsAConfigurationError) {
    const PrivateFile file("no certificate\n");
    auto settings = lab().settings("ldaps://" + lab().ip(), lab().simple());
    settings.tls.ca_file = file.path();
    EXPECT_THAT(refused(ErrorCode::config_invalid, open(settings)), HasSubstr(file.path()));
}

TEST_F(SessionTest, OldTlsIsRefusedBeforeAnythingIsSent) {
    const SilentServer free_port(SilentServer::Protocol::udp);
    const auto server = "127.0.0.1" + free_port.address().substr(free_port.address().rfind(':'));
    const auto tls = lab().directory() + "/tls/";
    const pid_t openssl = ::fork();
    if (openssl == 0) {
        ::execlp("openssl", "openssl", "s_server", "-quiet", "-accept", server.c_str(), "-cert",
                 (tls + "server.pem").c_str(), "-key", (tls + "server.key").c_str(), "-tls1_1", "-cipher",
                 "DEFAULT@SECLEVEL=0", nullptr);
        ::_exit(127);
    }
    auto settings = lab().settings("ldaps://" + server, lab().simple());
    settings.tls.verify = false;
    auto result = open(settings);
    for (int i = 0; i < 50 && !result && result.error().code() == ErrorCode::unreachable; ++i) {
        ::usleep(50'000);
        result = open(settings);
    }
    ::kill(openssl, SIGKILL);
    ::waitpid(openssl, nullptr, 0);
    EXPECT_THAT(refused(ErrorCode::tls_failed, result), HasSubstr("TLS 1.2 or later is needed"));
}

// semantics 5.8
TEST_F(SessionTest, WrongPasswordIsInvalidCredentials) {
    const PrivateFile file("not the password");
    auto bind = lab().simple();
    bind.dn = lab()["AD_PLAIN_BIND_DN"];
    bind.password_file = file.path();
    EXPECT_THAT(refused(ErrorCode::invalid_credentials, open("ldaps://" + lab().ip(), bind)),
                HasSubstr(bind.dn));
}

TEST_F(SessionTest, EmptyPasswordIsNeverSent) {
    const PrivateFile file("\n");
    auto bind = lab().simple();
    bind.password_file = file.path();
    EXPECT_THAT(refused(ErrorCode::invalid_credentials, open("ldaps://" + lab().ip(), bind)),
                HasSubstr("empty"));
}

TEST_F(SessionTest, PasswordIsNeverSentWithoutTls) {
    EXPECT_THAT(refused(ErrorCode::config_invalid, open("ldap://" + lab().ip(), lab().simple())),
                HasSubstr("without TLS"));
}

TEST_F(SessionTest, PasswordComesFromASystemdCredential) {
    auto bind = lab().simple();
    const auto slash = bind.password_file.rfind('/');
    ::setenv("CREDENTIALS_DIRECTORY", bind.password_file.substr(0, slash).c_str(), 1);
    bind.password_credential = bind.password_file.substr(slash + 1);
    bind.password_file.clear();
    const auto result = open("ldaps://" + lab().ip(), bind);
    ::unsetenv("CREDENTIALS_DIRECTORY");
    EXPECT_TRUE(result) << result.error().message();
}

TEST_F(SessionTest, KeytabOfAnotherAccountHoldsNoKey) {
    auto bind = lab().gssapi();
    bind.keytab_file = lab()["AD_PLAIN_KEYTAB"];
    EXPECT_THAT(refused(ErrorCode::invalid_credentials, open("ldap://" + lab().ip(), bind)),
                HasSubstr("holds no key of this principal"));
}

TEST_F(SessionTest, MissingKeytabIsSaid) {
    auto bind = lab().gssapi();
    bind.keytab_file = "/nonexistent/keytab";
    EXPECT_THAT(refused(ErrorCode::invalid_credentials, open("ldap://" + lab().ip(), bind)),
                HasSubstr("/nonexistent/keytab"));
}

TEST_F(SessionTest, UnreachableKdcEndsAtTheDeadline) {
    const SilentServer kdc(SilentServer::Protocol::udp);
    const PrivateFile krb5(
        "[libdefaults]\n default_realm = CORP.EXAMPLE.COM\n dns_lookup_kdc = false\n[realms]\n"
        " CORP.EXAMPLE.COM = {\n kdc = " +
        kdc.address() + "\n }\n");
    ::setenv("KRB5_CONFIG", krb5.path().c_str(), 1);
    auto settings = lab().settings("ldap://" + lab().ip(), lab().gssapi());
    settings.deadlines.bind = 1500ms;
    const Stopwatch watch;
    const auto result = open(settings);
    ::setenv("KRB5_CONFIG", lab()["KRB5_CONFIG"].c_str(), 1);
    EXPECT_THAT(refused(ErrorCode::timeout, result), HasSubstr("Kerberos ticket"));
    EXPECT_LT(watch.elapsed(), 2500ms);
}

TEST_F(SessionTest, GssapiInsideTlsTellsWhatTheServerWants) {
    // This DC wants signing and refuses it inside TLS.
    const auto text = refused(ErrorCode::insufficient_rights, open("ldaps://" + lab().ip(), lab().gssapi()));
    EXPECT_THAT(text, HasSubstr("ldap:// without TLS for gssapi"));
}

double cpu_seconds() {
    rusage usage{};
    ::getrusage(RUSAGE_SELF, &usage);
    const auto seconds = [](const timeval& time) {
        return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
    };
    return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

TEST_F(SessionTest, ServerThatAcceptsAndSaysNothingHoldsNobody) {
    const SilentServer server(SilentServer::Protocol::tcp);
    for (const std::string scheme : {"ldaps://", "ldap://"}) {
        auto settings = lab().settings(scheme + server.address(), lab().simple());
        settings.tls.start_tls = scheme == "ldap://";
        settings.deadlines.bind = 700ms;
        const Stopwatch watch;
        const auto cpu = cpu_seconds();
        EXPECT_THAT(refused(ErrorCode::timeout, open(settings)), HasSubstr("TLS handshake"));
        EXPECT_LT(watch.elapsed(), 1500ms);
        EXPECT_LT(cpu_seconds() - cpu, 0.3) << "the handshake spins";
    }
}

TEST_F(SessionTest, AbortEndsAnOpeningSessionAtOnce) {
    const SilentServer server(SilentServer::Protocol::tcp);
    auto settings = lab().settings("ldaps://" + server.address(), lab().simple());
    session_ = ldap::Session::create(executor(), settings);
    boost::asio::steady_timer timer(executor(), 200ms);
    timer.async_wait([this](boost::system::error_code) { session_->abort(); });
    const Stopwatch watch;
    refused(ErrorCode::connection_lost, run(session_->open()));
    EXPECT_LT(watch.elapsed(), 1000ms);
}

TEST_F(SessionTest, RefusedPortIsUnreachable) {
    EXPECT_THAT(refused(ErrorCode::unreachable, open("ldaps://127.0.0.1:9", lab().simple())),
                HasSubstr("refused"));
}

TEST_F(SessionTest, UnknownHostNameIsUnreachable) {
    const auto result = open("ldaps://nowhere.invalid", lab().simple());
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().error_class(), ErrorClass::transient);
    EXPECT_THAT(result.error().message(), HasSubstr("host name"));
}

TEST_F(SessionTest, AnotherDomainThanConfiguredIsAConfigurationErrorThatNamesBoth) {
    ASSERT_TRUE(open("ldaps://" + lab().ip(), lab().simple()));
    const auto facts = run(ldap::read_domain_facts(session_, "other.example.com"));
    ASSERT_FALSE(facts);
    EXPECT_EQ(facts.error().code(), ErrorCode::config_invalid);
    EXPECT_THAT(facts.error().message(), AllOf(HasSubstr("other.example.com"), HasSubstr(lab().domain())));
}

TEST_F(SessionTest, BadFilterIsAnErrorAndTheSessionGoesOn) {
    ASSERT_TRUE(open("ldaps://" + lab().ip(), lab().simple()));
    ldap::CollectedEntries entries;
    ldap::SearchRequest request;
    request.base = lab()["AD_BASE_DN"];
    request.filter = "(objectClass=";
    const auto result = run(session_->search(request, entries));
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().code(), ErrorCode::config_invalid);
    expect_reads_domain();
}

TEST_F(SessionTest, MissingBaseIsAnErrorNotAnEmptyResult) {
    ASSERT_TRUE(open("ldaps://" + lab().ip(), lab().simple()));
    ldap::CollectedEntries entries;
    ldap::SearchRequest request;
    request.base = "OU=nowhere," + lab()["AD_BASE_DN"];
    const auto result = run(session_->search(request, entries));
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().code(), ErrorCode::not_found);
}

TEST_F(SessionTest, PagesAddUpToTheWhole) {
    ASSERT_TRUE(open("ldap://" + lab().ip(), lab().gssapi()));
    std::size_t counts[3] = {};
    const std::uint32_t sizes[3] = {0, 7, 1000};
    for (int i = 0; i < 3; ++i) {
        ldap::CollectedEntries entries;
        ldap::SearchRequest request;
        request.base = lab()["AD_BASE_DN"];
        request.filter = "(objectCategory=group)";
        request.attributes = {"objectGUID"};
        request.page_size = sizes[i];
        const auto result = run(session_->search(request, entries));
        ASSERT_TRUE(result) << result.error().message();
        counts[i] = entries.entries().size();
    }
    EXPECT_GT(counts[0], 50U);
    EXPECT_EQ(counts[0], counts[1]);
    EXPECT_EQ(counts[0], counts[2]);
}

}  // namespace
}  // namespace dirsync::lab
