#include "config/keys.hpp"

#include <algorithm>
#include <array>

namespace dirsync::config {
namespace {

using namespace std::string_view_literals;

constexpr std::array source_names{"directory"sv, "active_directory"sv};
constexpr std::array method_names{"gssapi"sv, "simple"sv, "external"sv};
constexpr std::array detection_names{"auto"sv, "dirsync"sv, "usn"sv, "full"sv};
constexpr std::array nesting_names{"flatten"sv, "direct"sv};
constexpr std::array level_names{"error"sv, "warning"sv, "info"sv, "debug"sv};

constexpr std::array refused_sources{
    Refusal{"external_idp",
            "an external identity provider is not supported in this version yet: "
            "use 'directory' or 'active_directory'"}};
constexpr Refusal refused_idp{"external_idp", refused_sources[0].sentence};
constexpr Refusal refused_postgresql{
    "postgresql", "PostgreSQL is not supported in this version: use store: {sqlite: {path: ...}}"};
constexpr Refusal refused_password{
    "password",
    "a password must not stand in this file: put it into a file of its own that only the service can "
    "read and name that by password_file, or name a systemd credential by password_credential"};

template <class Body>
void section(KeyVisitor& visitor, const About& about, Body body, bool present = true) {
    if (!visitor.enter(about, present)) return;
    body();
    visitor.leave();
}

void visit_tls(KeyVisitor& v, TlsConfig& tls) {
    v.text(
        {"ca_file", "PEM file of the certificate authorities to trust. Without it: the system's trust store.",
         "/etc/dirsyncd/corp-ca.pem"},
        tls.ca_file, TextKind::existing_file);
    v.flag({"start_tls", "Encrypt ldap:// connections by StartTLS."}, tls.start_tls);
    v.flag({"verify",
            "Check the server's certificate and name. false accepts any server: for a laboratory only, and "
            "reported "
            "at every start."},
           tls.verify);
}

void visit_bind(KeyVisitor& v, BindConfig& bind) {
    static const std::array variants{
        Variant{"gssapi", {"principal", "keytab_file"}, {}},
        Variant{"simple", {"dn"}, {"password_file", "password_credential"}},
        Variant{"external", {"certificate_file", "key_file"}, {}},
    };
    visit_choice(
        v, {"method", "How to log in: Kerberos with a keytab, a name and password, or a client certificate."},
        bind.method, method_names);
    v.text({"principal", "gssapi: the Kerberos principal of the service account.",
            "svc-dirsync@CORP.EXAMPLE.COM"},
           bind.principal, TextKind::plain);
    v.text({"keytab_file", "gssapi: keytab with the principal's keys.", "/etc/dirsyncd/svc-dirsync.keytab"},
           bind.keytab_file, TextKind::existing_file);
    v.text({"dn", R"(simple: the account as a DN, as user@domain or as DOMAIN\user.)",
            "svc-dirsync@corp.example.com"},
           bind.dn, TextKind::plain);
    v.text(
        {"password_file", "simple: file that holds the password and nothing else.", "/etc/dirsyncd/password"},
        bind.password_file, TextKind::existing_file);
    v.text({"password_credential", "simple: name of the systemd credential that holds the password.",
            "ad-password"},
           bind.password_credential, TextKind::credential_name);
    v.text({"certificate_file", "external: PEM file of the client certificate.", "/etc/dirsyncd/client.pem"},
           bind.certificate_file, TextKind::existing_file);
    v.text({"key_file", "external: PEM file of the certificate's private key.", "/etc/dirsyncd/client.key"},
           bind.key_file, TextKind::existing_file);
    v.refused(refused_password);
    v.variants("method", static_cast<std::size_t>(bind.method), variants);
}

void visit_domain(KeyVisitor& v, DomainConfig& domain) {
    v.text({"name", "The domain's DNS name.", "corp.example.com"}, domain.name, TextKind::dns_name);
    v.texts({"servers", "Domain controllers by preference. Without it they are found by DNS SRV records.",
             "[ldaps://dc1.corp.example.com, ldaps://dc2.corp.example.com]"},
            domain.servers, TextKind::server_uri);
    section(v,
            {"tls", "How connections are encrypted and servers are checked.",
             "{ca_file: /etc/dirsyncd/corp-ca.pem}"},
            [&] { visit_tls(v, domain.tls); });
    section(v,
            {"bind", "How to log in to the domain.",
             "{method: gssapi, principal: svc@CORP.EXAMPLE.COM, keytab_file: /etc/dirsyncd/svc.keytab}"},
            [&] { visit_bind(v, domain.bind); });
    visit_choice(
        v,
        {"change_detection",
         "How changes are found after the first read. auto takes DirSync where the account may use it, "
         "else uSNChanged. full reads everything each time."},
        domain.change_detection, detection_names);
    v.texts({"lost_invocation_ids",
             "Invocation ids of domain controllers that are gone for good with changes that never reached "
             "another one; status names them.",
             "[3f2504e0-4f89-11d3-9a0c-0305e82c3301]"},
            domain.lost_invocation_ids, TextKind::uuid);
    v.required({"name", "bind"});
}

void visit_consent(KeyVisitor& v, std::optional<ConsentConfig>& consent) {
    ConsentConfig value = consent.value_or(ConsentConfig{});
    section(
        v,
        {"change",
         "Consent to one change of the identity source, for hosts without a person at the keyboard. Used up "
         "by that "
         "change.",
         "{from: directory, to: 'active_directory:corp.example.com', accept: ACCEPT}"},
        [&] {
            v.text(
                {"from", "The source that is given up, as `dirsyncctl source show` prints it.", "directory"},
                value.from, TextKind::source_label);
            v.text({"to", "The source that takes over.", "'active_directory:corp.example.com'"}, value.to,
                   TextKind::source_label);
            v.text({"accept", "The literal word ACCEPT. Anything else is not consent.", "ACCEPT"},
                   value.accept, TextKind::plain);
            v.required({"from", "to", "accept"});
            consent = value;
        },
        consent.has_value());
}

void visit_source(KeyVisitor& v, Config& config) {
    visit_choice(
        v, {"type", "Where users and groups come from: from admins by dirsyncctl, or from Active Directory."},
        config.source, source_names, refused_sources);
    section(
        v, {"active_directory", "The Active Directory domains to read.", "{domains: [...]}"},
        [&] {
            const About about{"domains", "One entry a domain.", "[{name: corp.example.com, bind: {...}}]"};
            const std::size_t count = v.enter_list(about, config.domains.size());
            config.domains.resize(count);
            for (std::size_t index = 0; index < count; ++index) {
                if (!v.enter_item(index)) continue;
                visit_domain(v, config.domains[index]);
                v.leave_item();
            }
            v.leave_list();
        },
        !config.domains.empty());
    config.sync.domains.clear();
    for (const DomainConfig& domain : config.domains) config.sync.domains.push_back(domain.name);
    v.refused(refused_idp);
    visit_consent(v, config.consent);
}

void visit_scope_lists(KeyVisitor& v, sync::ScopeSettings& scope) {
    v.scope_names({"groups", "Groups to bring in, with every group below them and all their users.",
                   R"(['CORP\AWS-Users', platform@corp.example.com])"},
                  scope.groups, ScopeKind::group);
    v.scope_names({"users", "Single users to bring in, without their groups.", "[alice@corp.example.com]"},
                  scope.users, ScopeKind::user);
    v.scope_names({"organizational_units", "Subtrees whose users are brought in, by DN or guid:.",
                   "['OU=Staff,DC=corp,DC=example,DC=com']"},
                  scope.organizational_units, ScopeKind::organizational_unit);
    v.user_filters({"user_filters", "Users of a domain that match an LDAP filter.",
                    "[{domain: corp.example.com, filter: '(department=Sales)'}]"},
                   scope.user_filters);
    const bool excludes = !scope.exclude_users.empty() || !scope.exclude_groups.empty();
    section(
        v,
        {"exclude", "What stays out, whatever else brings it in.", "{users: [guest@corp.example.com]}",
         false},
        [&] {
            v.scope_names({"users", "Users that are not synced, and are members of no group.",
                           "[guest@corp.example.com]"},
                          scope.exclude_users, ScopeKind::user);
            v.scope_names({"groups", "Groups that are not synced; nothing is reached through them.",
                           R"(['CORP\Service-Accounts'])"},
                          scope.exclude_groups, ScopeKind::group);
        },
        excludes);
}

void visit_guard(KeyVisitor& v, std::string_view name, std::string_view meaning, sync::GuardLimit& guard) {
    section(v, {name, meaning, "{count: 500, percent: 10}"}, [&] {
        v.count({"count", "Held when more than this many objects are concerned."}, guard.count);
        v.percent({"percent", "Held when more than this share is concerned, and more than 10 objects."},
                  guard.percent);
    });
}

void visit_safety(KeyVisitor& v, sync::SafetySettings& safety, bool& allow_short) {
    visit_guard(v, "remove_users", "Users that may be removed in the window.", safety.remove_users);
    visit_guard(v, "disable_users", "Users that may be disabled in the window.", safety.disable_users);
    visit_guard(v, "remove_groups", "Groups that may be removed in the window.", safety.remove_groups);
    visit_guard(v, "remove_memberships", "Memberships that may be removed in the window.",
                safety.remove_memberships);
    visit_guard(v, "rename_users", "Users whose userName may change in the window.", safety.rename_users);
    visit_guard(v, "remove_members_per_group", "Members that may be removed from one group in the window.",
                safety.remove_members_per_group);
    visit_guard(v, "enable_users", "Users that may be enabled in the window.", safety.enable_users);
    visit_guard(v, "clear_attribute",
                "Users or groups that may lose their value of one mapped attribute in the window.",
                safety.clear_attribute);
    v.limit(
        {"window",
         "What the limits above are for: all that goes through in this time counts together, in however many "
         "runs. none: each run is judged by itself.",
         "1h"},
        safety.window, "none", one_second);
    v.flag({"allow_short",
            "Accept less than a day for the times after which people are disabled or removed: "
            "disable_after, delete_after, unproven_deletion. Without it such a value counts as a slip."},
           allow_short);
    v.limit({"unproven_deletion",
             "How long an object must be absent from every complete read to count as deleted when its "
             "deletion cannot "
             "be proved. hold: never, unless an admin approves.",
             "hold"},
            safety.unproven_deletion, "hold", one_second);
}

void visit_lifecycle(KeyVisitor& v, sync::LifecycleSettings& lifecycle) {
    section(v, {"out_of_scope", "What happens to users and groups that leave the scope."}, [&] {
        v.limit({"disable_after",
                 "Users are disabled and groups emptied this long after they left the scope.", "28d"},
                lifecycle.disable_after, "never", no_least);
        v.limit({"delete_after", "They are removed this long after they left the scope.", "90d"},
                lifecycle.delete_after, "never", no_least);
    });
    section(v, {"paused", "What happens when synchronization stays paused."}, [&] {
        v.limit({"disable_after", "All synced users are disabled after a pause of this length.", "28d"},
                lifecycle.paused_disable_after, "never", one_second);
    });
}

void visit_schedule(KeyVisitor& v, ScheduleConfig& schedule) {
    v.duration({"poll", "Time between two cycles.", "30s"}, schedule.poll, one_second);
    v.duration({"full", "Time between two full resyncs.", "24h"}, schedule.full, one_second);
    v.percent({"jitter", "Random part of the waiting time, so that many daemons do not ask at once.", "10%"},
              schedule.jitter_percent);
    v.flag({"notifications", "Let the domain controller wake a cycle early when something changes."},
           schedule.notifications);
}

void visit_log_level(KeyVisitor& v, std::string& level) {
    const auto found = std::find(level_names.begin(), level_names.end(), level);
    auto index = static_cast<std::size_t>(found - level_names.begin());
    v.choice({"level", "The least severe messages to log."}, index, level_names, {});
    level = level_names[index];
}

}  // namespace

const About filter_domain_key{"domain", "DNS name of a configured domain.", "corp.example.com"};
const About filter_text_key{"filter", "LDAP filter (RFC 4515) on the user's attributes.",
                            "'(department=Sales)'"};

void visit_config(KeyVisitor& v, Config& config) {
    section(v, {"identity_source", "The one source of users and groups.", "{type: directory}"},
            [&] { visit_source(v, config); });
    section(
        v,
        {"sync_scope", "Which users and groups are brought in. Empty: nobody.",
         "{groups: ['CORP\\AWS-Users']}"},
        [&] {
            visit_scope_lists(v, config.sync.scope);
            std::size_t direct = config.sync.scope.flatten ? 0 : 1;
            v.choice({"nested_groups",
                      "flatten: users of nested groups are members of each group above. direct: only direct "
                      "members."},
                     direct, nesting_names, {});
            config.sync.scope.flatten = direct == 0;
            v.flag({"primary_group", "Membership by primary group counts."}, config.sync.scope.primary_group);
        });
    section(v,
            {"attribute_mappings", "Which directory attributes give which attributes of users and groups."},
            [&] {
                v.mapping({"user",
                           "Attributes of users. Names beyond the known ones become attributes of their own.",
                           "{email: '${mail}'}"},
                          config.sync.mapping.user, ObjectKind::user);
                v.mapping({"group", "Attributes of groups.", "{displayName: '${cn}'}"},
                          config.sync.mapping.group, ObjectKind::group);
            });
    section(v, {"schedule", "When the directory is read.", "{poll: 30s}"},
            [&] { visit_schedule(v, config.schedule); });
    section(v, {"lifecycle", "What time does to users and groups that are no longer kept up to date."},
            [&] { visit_lifecycle(v, config.sync.lifecycle); });
    section(v, {"safety", "How much one run may take away before a person has to approve."},
            [&] { visit_safety(v, config.sync.safety, config.allow_short); });
    section(v, {"journal", "The record of every change."}, [&] {
        v.limit({"keep", "How long lines of the journal are kept.", "400d"}, config.journal_keep, "never",
                one_second);
    });
    section(v, {"store", "Where the identity store is.", "{sqlite: {path: /var/lib/dirsyncd/identity.db}}"},
            [&] {
                section(v, {"sqlite", "An SQLite database.", "{path: /var/lib/dirsyncd/identity.db}"}, [&] {
                    v.text({"path", "The database file; it is created when missing.",
                            "/var/lib/dirsyncd/identity.db"},
                           config.store.sqlite_path, TextKind::path);
                });
                v.refused(refused_postgresql);
            });
    section(v, {"control", "The socket that dirsyncctl talks to."}, [&] {
        v.text({"socket", "Path of the unix socket.", "/run/dirsyncd/control.sock"}, config.control_socket,
               TextKind::socket_path);
        v.text({"group",
                "The group whose members may use the socket, by name or number. Where it does not exist only "
                "root "
                "and the user of the service may.",
                "dirsyncd-admin"},
               config.control_group, TextKind::plain);
    });
    section(
        v, {"http", "A listener for monitoring. Without it there is none.", "{listen: 127.0.0.1:9411}"},
        [&] {
            v.text({"listen", "IP address and port for /metrics, /healthz and /readyz.", "127.0.0.1:9411"},
                   config.http_listen, TextKind::listen_address);
        },
        !config.http_listen.empty());
    section(v, {"log", "What is logged.", "{level: info}"}, [&] { visit_log_level(v, config.log_level); });
}

void visit_scope_file(KeyVisitor& v, sync::ScopeSettings& scope) {
    visit_scope_lists(v, scope);
    section(v, {"sync_scope", "The same lists, as they stand in the main file."},
            [&] { visit_scope_lists(v, scope); });
}

std::span<const About> known_targets(ObjectKind kind) noexcept {
    static constexpr std::array user{
        About{"userName", "The name users log in with; unique."},
        About{"email", "Primary e-mail address; unique."},
        About{"displayName", "Name as people read it; cn, then userName, when empty."},
        About{"givenName", "Given name."},
        About{"familyName", "Family name."},
        About{"middleName", "Middle name or initials."},
    };
    static constexpr std::array group{
        About{"displayName", "The group's name; unique."},
        About{"description", "What the group is for."},
    };
    if (kind == ObjectKind::user) return user;
    return group;
}

bool is_fixed_target(std::string_view target) noexcept {
    static constexpr std::array fixed{"externalId"sv, "sid"sv, "status"sv};
    return std::find(fixed.begin(), fixed.end(), target) != fixed.end();
}

}  // namespace dirsync::config
