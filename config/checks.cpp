#include "config/checks.hpp"

#include <cstdint>
#include <set>

namespace dirsync::config {
namespace {

constexpr Duration one_day{24 * 3600};

/// `28 minutes is less than a day: did you mean 28d?`
std::string described_short(Duration duration, const std::string& none) {
    const auto seconds = duration.count();
    if (seconds == 0) return "0s is at once: did you mean '" + none + "'?";
    struct Unit {
        std::int64_t seconds;
        const char* name;
    };
    for (const auto& [size, name] : {Unit{3600, "hour"}, Unit{60, "minute"}, Unit{1, "second"}}) {
        if (seconds % size != 0) continue;
        const auto number = std::to_string(seconds / size);
        return number + " " + name + (number == "1" ? "" : "s") + " is less than a day: did you mean " +
               number + "d?";
    }
    return {};
}

class Checks {
public:
    Checks(const Config& config, const Places& places, const std::string& file,
           std::vector<Problem>& problems)
        : config_(config), places_(places), file_(file), problems_(problems) {}

    void run() {
        const std::string list = "identity_source.active_directory.domains";
        if (config_.source == sync::SourceKind::active_directory && config_.domains.empty()) {
            report("identity_source.type", "'active_directory' needs at least one domain: add " + list);
        }
        std::set<std::string> names;
        for (std::size_t index = 0; index < config_.domains.size(); ++index) {
            const DomainConfig& domain = config_.domains[index];
            const std::string path = list + "[" + std::to_string(index) + "]";
            if (!domain.name.empty() && !names.insert(domain.name).second) {
                report(path + ".name", "the domain '" + domain.name + "' is configured twice");
            }
            check_servers(domain, path);
            check_encryption(domain, path);
        }
        check_clocks();
    }

private:
    void report(const std::string& path, std::string message) {
        const Place place = places_.find(path);
        problems_.push_back({file_, place.line, place.column, path, std::move(message)});
    }

    static std::string server_path(const std::string& domain, std::size_t index) {
        return domain + ".servers[" + std::to_string(index) + "]";
    }

    void check_servers(const DomainConfig& domain, const std::string& path) {
        std::set<std::string> seen;
        for (std::size_t index = 0; index < domain.servers.size(); ++index) {
            const std::string& uri = domain.servers[index];
            if (!uri.empty() && !seen.insert(uri).second) {
                report(server_path(path, index), "the server '" + uri + "' is listed twice");
            }
            if (domain.tls.start_tls && uri.starts_with("ldaps://")) {
                report(server_path(path, index),
                       "start_tls is for ldap:// servers: '" + uri + "' is encrypted from the start");
            }
        }
    }

    /// A password in the clear, or a client certificate without a TLS handshake to show it in.
    void check_encryption(const DomainConfig& domain, const std::string& path) {
        if (domain.tls.start_tls || domain.bind.method == BindMethod::gssapi) return;
        const std::string why = domain.bind.method == BindMethod::simple
                                    ? "a simple bind would send the password unencrypted: "
                                    : "an external bind needs TLS for its certificate: ";
        for (std::size_t index = 0; index < domain.servers.size(); ++index) {
            if (!domain.servers[index].starts_with("ldap://")) continue;
            report(server_path(path, index), why + "use ldaps:// or set tls: {start_tls: true}");
        }
    }

    /// A slip in the unit of such a time makes people lose something today that they should lose in weeks.
    void check_clocks() {
        if (config_.allow_short) return;
        const auto& lifecycle = config_.sync.lifecycle;
        check_clock("lifecycle.out_of_scope.disable_after", lifecycle.disable_after, "never");
        check_clock("lifecycle.out_of_scope.delete_after", lifecycle.delete_after, "never");
        check_clock("lifecycle.paused.disable_after", lifecycle.paused_disable_after, "never");
        check_clock("safety.unproven_deletion", config_.sync.safety.unproven_deletion, "hold");
    }

    void check_clock(const std::string& path, const Limit& limit, const std::string& none) {
        if (!limit || *limit >= one_day || !places_.has(path)) return;
        report(path, described_short(*limit, none) +
                         "; where less than a day is meant, set safety.allow_short: true");
    }

    const Config& config_;
    const Places& places_;
    const std::string& file_;
    std::vector<Problem>& problems_;
};

}  // namespace

void check_together(const Config& config, const Places& places, const std::string& file,
                    std::vector<Problem>& problems) {
    Checks(config, places, file, problems).run();
}

}  // namespace dirsync::config
