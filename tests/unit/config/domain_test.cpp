#include "config/config.hpp"

#include "config_testing.hpp"

namespace dirsync::config {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

const std::string domain_path = "identity_source.active_directory.domains[0]";

/// Problems of a domain `corp.example.com` with these keys besides its name.
std::vector<std::string> problems_with(std::string_view keys) {
    return problems_of(with_domain("name: corp.example.com\n" + std::string(keys)));
}

TEST(DomainConfig, ReadsWhatTheContractShows) {
    const auto config =
        good(with_domain("name: CORP.Example.com\n"
                         "servers:\n"
                         "  - ldaps://DC1.corp.example.com\n"
                         "  - ldaps://dc2.corp.example.com:6360\n"
                         "  - ldaps://[2001:db8::1]:636\n"
                         "tls: {ca_file: corp-ca.pem, start_tls: false, verify: false}\n"
                         "bind: {principal: svc@CORP.EXAMPLE.COM, keytab_file: svc.keytab}\n"
                         "change_detection: usn\n"
                         "lost_invocation_ids: [3F2504E0-4F89-11D3-9A0C-0305E82C3301]"));
    ASSERT_EQ(config.domains.size(), 1U);
    const DomainConfig& domain = config.domains[0];
    EXPECT_EQ(domain.name, "corp.example.com");
    EXPECT_THAT(domain.servers,
                ElementsAre("ldaps://dc1.corp.example.com", "ldaps://dc2.corp.example.com:6360",
                            "ldaps://[2001:db8::1]:636"));
    EXPECT_EQ(domain.tls.ca_file, "/etc/dirsyncd/corp-ca.pem");
    EXPECT_FALSE(domain.tls.verify);
    EXPECT_EQ(domain.bind.method, BindMethod::gssapi);
    EXPECT_EQ(domain.bind.keytab_file, "/etc/dirsyncd/svc.keytab");
    EXPECT_EQ(domain.change_detection, ChangeDetection::usn);
    EXPECT_THAT(domain.lost_invocation_ids, ElementsAre("3f2504e0-4f89-11d3-9a0c-0305e82c3301"));
    EXPECT_THAT(config.sync.domains, ElementsAre("corp.example.com"));
}

TEST(DomainConfig, InvocationIdsAreUuids) {
    EXPECT_THAT(problems_with(std::string(good_bind) + "\nlost_invocation_ids: [dc1.a.example]"),
                ElementsAre(HasSubstr(domain_path + ".lost_invocation_ids[0]: not a UUID")));
}

TEST(DomainConfig, NameIsRequiredAndADnsName) {
    EXPECT_THAT(problems_of(with_domain(good_bind)),
                ElementsAre("6:9: " + domain_path + ".name: is missing"));
    for (const std::string name :
         {"corp..example", "-corp", "corp.example.com.", "co rp", "10.0.0.1", "café.example"}) {
        EXPECT_THAT(problems_of(with_domain("name: '" + name + "'\n" + std::string(good_bind))),
                    ElementsAre("6:15: " + domain_path +
                                ".name: not a DNS name: expected, for example, corp.example.com"))
            << name;
    }
}

TEST(DomainConfig, DomainIsConfiguredOnce) {
    const std::string yaml = with_corp("      - {name: Corp.Example.COM, " + std::string(good_bind) + "}\n");
    EXPECT_THAT(problems_of(yaml),
                ElementsAre("8:16: identity_source.active_directory.domains[1].name: the domain "
                            "'corp.example.com' is configured twice"));
}

TEST(DomainConfig, ServerIsAUriOfHostAndPort) {
    for (const std::string uri : {"dc1.corp.example.com", "http://dc1", "ldaps:dc1", "ldaps://dc1/",
                                  "ldaps://u@dc1", "ldaps://dc1?x", "ldaps://dc1 dc2"}) {
        EXPECT_THAT(problems_with(std::string(good_bind) + "\nservers: ['" + uri + "']"),
                    ElementsAre(HasSubstr(domain_path + ".servers[0]: expected ldap:// or ldaps://, a host")))
            << uri;
    }
    for (const std::string uri :
         {"ldaps://", "ldaps://:636", "ldaps://a..b", "ldaps://[::g]", "ldaps://[::1"}) {
        EXPECT_THAT(problems_with(std::string(good_bind) + "\nservers: ['" + uri + "']"),
                    ElementsAre(HasSubstr(".servers[0]: not a host name or address")))
            << uri;
    }
    for (const std::string port : {":", ":0", ":65536", ":x", ":6a"}) {
        EXPECT_THAT(problems_with(std::string(good_bind) + "\nservers: ['ldaps://dc1" + port + "']"),
                    ElementsAre("8:31: " + domain_path +
                                ".servers[0]: not a port: expected a number from 1 to 65535"))
            << port;
    }
}

TEST(DomainConfig, AGlobalCatalogIsNoDomainController) {  // 5.15
    for (const std::string server : {"ldap://dc1:3268", "ldaps://[::1]:3269"}) {
        const auto problems = problems_with(std::string(good_bind) + "\nservers: ['" + server + "']");
        ASSERT_EQ(problems.size(), 1U) << server;
        EXPECT_THAT(problems[0],
                    ::testing::HasSubstr("the port of a global catalog, which shows few attributes"));
    }
}

TEST(DomainConfig, ServerIsListedOnce) {
    EXPECT_THAT(
        problems_with(std::string(good_bind) + "\nservers: [ldaps://dc1, ldaps://DC1]"),
        ElementsAre("8:32: " + domain_path + ".servers[1]: the server 'ldaps://dc1' is listed twice"));
}

TEST(DomainConfig, BindIsRequired) {
    EXPECT_THAT(problems_with(""), ElementsAre("6:9: " + domain_path + ".bind: is missing"));
    EXPECT_THAT(problems_with("bind:"),
                UnorderedElementsAre(
                    "7:9: " + domain_path + ".bind.principal: is missing: method 'gssapi' needs it",
                    "7:9: " + domain_path + ".bind.keytab_file: is missing: method 'gssapi' needs it"));
}

TEST(DomainConfig, GssapiNeedsPrincipalAndKeytab) {
    EXPECT_THAT(
        problems_with("bind: {method: gssapi, principal: a@B}"),
        ElementsAre("7:15: " + domain_path + ".bind.keytab_file: is missing: method 'gssapi' needs it"));
    EXPECT_THAT(
        problems_with("bind: {method: gssapi, keytab_file: /k}"),
        ElementsAre("7:15: " + domain_path + ".bind.principal: is missing: method 'gssapi' needs it"));
}

TEST(DomainConfig, SimpleNeedsANameAndOnePassword) {
    const std::string server = "\nservers: [ldaps://dc1]";
    EXPECT_THAT(problems_with("bind: {method: simple, dn: a@b, password_file: /p}" + server), IsEmpty());
    EXPECT_THAT(problems_with("bind: {method: simple, dn: a@b, password_credential: p}" + server), IsEmpty());
    EXPECT_THAT(problems_with("bind: {method: simple, password_file: /p}" + server),
                ElementsAre("7:15: " + domain_path + ".bind.dn: is missing: method 'simple' needs it"));
    const std::string one =
        "7:15: " + domain_path +
        ".bind: method 'simple' needs exactly one of 'password_file' or 'password_credential'";
    EXPECT_THAT(problems_with("bind: {method: simple, dn: a@b}" + server), ElementsAre(one));
    EXPECT_THAT(
        problems_with("bind: {method: simple, dn: a@b, password_file: /p, password_credential: p}" + server),
        ElementsAre(one));
}

TEST(DomainConfig, CredentialIsAName) {
    for (const std::string name : {"a/b", "..", "."}) {
        EXPECT_THAT(
            problems_with(
                "servers: [ldaps://dc1]\nbind: {method: simple, dn: a, password_credential: " + name + "}"),
            ElementsAre(HasSubstr("expected the name of a systemd credential")))
            << name;
    }
}

TEST(DomainConfig, PasswordInTheFileIsRefusedWithTheWayOut) {
    EXPECT_THAT(
        problems_with("servers: [ldaps://dc1]\n"
                      "bind: {method: simple, dn: a, password: hunter2, password_file: /p}"),
        ElementsAre("8:39: " + domain_path +
                    ".bind.password: a password must not stand in this file: put it into a file of its own "
                    "that only the service can read and name that by password_file, or name a systemd "
                    "credential by password_credential"));
}

TEST(DomainConfig, ExternalNeedsCertificateAndKey) {
    EXPECT_THAT(problems_with("servers: [ldaps://dc1]\nbind: {method: external}"),
                UnorderedElementsAre(
                    "8:15: " + domain_path + ".bind.certificate_file: is missing: method 'external' needs it",
                    "8:15: " + domain_path + ".bind.key_file: is missing: method 'external' needs it"));
}

TEST(DomainConfig, KeysOfAnotherMethodAreRefused) {
    EXPECT_THAT(
        problems_with("bind: {method: gssapi, principal: a, keytab_file: /k, dn: x, password_file: /p, "
                      "password_credential: c, certificate_file: /c, key_file: /f}"),
        ElementsAre(HasSubstr(".bind.dn: belongs to method 'simple', not to 'gssapi'"),
                    HasSubstr(".bind.password_file: belongs to method 'simple', not to 'gssapi'"),
                    HasSubstr(".bind.password_credential: belongs to method 'simple', not to 'gssapi'"),
                    HasSubstr(".bind.certificate_file: belongs to method 'external', not to 'gssapi'"),
                    HasSubstr(".bind.key_file: belongs to method 'external', not to 'gssapi'")));
}

TEST(DomainConfig, UnknownMethodIsTheOnlyProblemOfItsBind) {
    EXPECT_THAT(problems_with("bind: {method: ntlm, dn: x}"),
                ElementsAre("7:24: " + domain_path +
                            ".bind.method: expected 'gssapi', 'simple' or 'external', not 'ntlm'"));
}

TEST(DomainConfig, PasswordNeverTravelsUnencrypted) {
    const std::string bind = "bind: {method: simple, dn: a, password_file: /p}\n";
    EXPECT_THAT(
        problems_with(bind + "servers: [ldaps://dc1, ldap://dc2]"),
        ElementsAre("8:32: " + domain_path +
                    ".servers[1]: a simple bind would send the password unencrypted: use ldaps:// or set "
                    "tls: {start_tls: true}"));
    // Found by DNS they are reached by ldaps:// then.
    EXPECT_THAT(problems_with(bind), IsEmpty());
    EXPECT_THAT(problems_with(bind + "tls: {start_tls: true}\nservers: [ldap://dc1]"), IsEmpty());
    EXPECT_THAT(problems_with(bind + "tls: {start_tls: true}"), IsEmpty());
}

TEST(DomainConfig, CertificateNeedsTls) {
    const std::string bind = "bind: {method: external, certificate_file: /c, key_file: /k}\n";
    EXPECT_THAT(
        problems_with(bind + "servers: [ldap://dc1]"),
        ElementsAre("8:19: " + domain_path +
                    ".servers[0]: an external bind needs TLS for its certificate: use ldaps:// or set tls: "
                    "{start_tls: true}"));
    EXPECT_THAT(problems_with(bind), IsEmpty());
    EXPECT_THAT(problems_with(bind + "servers: [ldaps://dc1]"), IsEmpty());
}

TEST(DomainConfig, KerberosMaySealLdapItself) {
    EXPECT_THAT(problems_with(std::string(good_bind) + "\nservers: [ldap://dc1]"), IsEmpty());
}

TEST(DomainConfig, StartTlsIsForLdapOnly) {
    EXPECT_THAT(
        problems_with(std::string(good_bind) +
                      "\ntls: {start_tls: true}\nservers: [ldaps://dc1, ldap://dc2]"),
        ElementsAre("9:19: " + domain_path +
                    ".servers[0]: start_tls is for ldap:// servers: 'ldaps://dc1' is encrypted from the "
                    "start"));
}

}  // namespace
}  // namespace dirsync::config
