#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/error.hpp"
#include "core/time.hpp"
#include "model/settings.hpp"
#include "model/source_kind.hpp"

namespace dirsync::config {

enum class BindMethod { gssapi, simple, external };
enum class ChangeDetection { automatic, dirsync, usn, full };

struct TlsConfig {
    std::string ca_file;  ///< empty: the system's trust store
    bool start_tls = false;
    bool verify = true;

    friend bool operator==(const TlsConfig&, const TlsConfig&) = default;
};

struct BindConfig {
    BindMethod method = BindMethod::gssapi;
    std::string principal;            ///< gssapi
    std::string keytab_file;          ///< gssapi; absolute
    std::string dn;                   ///< simple: DN, UPN or DOMAIN\user
    std::string password_file;        ///< simple; absolute
    std::string password_credential;  ///< simple: name below $CREDENTIALS_DIRECTORY
    std::string certificate_file;     ///< external: client certificate, PEM
    std::string key_file;             ///< external: its key

    friend bool operator==(const BindConfig&, const BindConfig&) = default;
};

struct DomainConfig {
    std::string name;                  ///< DNS name, lower case
    std::vector<std::string> servers;  ///< ldap:// or ldaps:// URIs by preference; empty: DNS SRV
    TlsConfig tls;
    BindConfig bind;
    ChangeDetection change_detection = ChangeDetection::automatic;
    std::vector<std::string> lost_invocation_ids;  ///< of DCs that are gone for good (semantics 5.16)
};

/// `identity_source.change`: consent for hosts without a person.
struct ConsentConfig {
    std::string from;
    std::string to;
    std::string accept;
};

struct ScheduleConfig {
    Duration poll{30};
    Duration full{24 * 3600};
    double jitter_percent = 10;
    bool notifications = true;
};

struct StoreConfig {
    std::string sqlite_path = "/var/lib/dirsyncd/identity.db";
};

/// The whole configuration, immutable once loaded. Defaults stand here and nowhere else.
struct Config {
    std::filesystem::path file;  ///< absolute; empty for defaults only
    sync::SourceKind source = sync::SourceKind::directory;
    std::vector<DomainConfig> domains;
    std::optional<ConsentConfig> consent;
    sync::SyncSettings sync;
    bool allow_short = false;  ///< `safety.allow_short`: clocks of people may be under one day
    ScheduleConfig schedule;
    Limit journal_keep = Duration{400 * 86400};
    StoreConfig store;
    std::string control_socket = "/run/dirsyncd/control.sock";
    std::string control_group = "dirsyncd-admin";  ///< a name or a number
    std::string http_listen;                       ///< `127.0.0.1:9411`; empty: no HTTP listener
    std::string log_level = "info";
};

/// One thing wrong with the configuration. Prints as `file:line:col: path: message`.
struct Problem {
    std::string file;
    int line = 0;  ///< from 1; 0: the file as a whole
    int column = 0;
    std::string path;  ///< `identity_source.active_directory.domains[0].bind.method`
    std::string message;
};
std::string to_text(const Problem& problem);

struct Loaded {
    Config config;
    std::vector<Problem> problems;  ///< empty: the configuration is good
};

/// Reads `file` and `scope.d/*.yaml` beside it. Never throws; a file that cannot be read or parsed is
/// a problem like any other. Reports every problem at once. Does not open secrets, but says when a
/// named file does not exist. No network.
Loaded load(const std::filesystem::path& file);

/// The same from text, for tests and fuzzing: `name` stands for the file, no scope.d.
Loaded load_text(std::string_view yaml, const std::string& name);

/// The effective configuration as YAML, with defaults filled in and without any secret: paths of
/// secret files are shown, contents never are.
std::string redacted_dump(const Config& config);

/// The JSON Schema of the file, as shipped.
std::string_view json_schema();

}  // namespace dirsync::config
