#include "config/checks.hpp"

#include <set>

namespace dirsync::config {
namespace {

class Checks {
public:
    Checks(const Config& config, const Places& places, const std::string& file,
           std::vector<Problem>& problems)
        : config_(config), places_(places), file_(file), problems_(problems) {}

    void run() {
        const std::string list = "identity_source.active_directory.domains";
        if (config_.source == SourceType::active_directory && config_.domains.empty()) {
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
