#include "lab.hpp"

#include <fstream>

#include <stdlib.h>
#include <unistd.h>

namespace dirsync::lab {

std::optional<Lab> Lab::from_environment(const char* variable) {
    const char* directory = std::getenv(variable);
    if (directory == nullptr || *directory == '\0') return std::nullopt;
    std::ifstream file(std::string(directory) + "/env");
    Lab lab;
    for (std::string line; std::getline(file, line);) {
        const auto equals = line.find('=');
        if (equals == std::string::npos) continue;
        auto value = line.substr(equals + 1);
        if (value.size() >= 2 && value.front() == '"' && value.back() == '"')
            value = value.substr(1, value.size() - 2);
        lab.variables_[line.substr(0, equals)] = value;
    }
    if (!lab.variables_.contains("AD_DIR")) return std::nullopt;
    ::setenv("KRB5_CONFIG", lab["KRB5_CONFIG"].c_str(), 1);
    return lab;
}

config::BindConfig Lab::gssapi() const {
    config::BindConfig bind;
    bind.method = config::BindMethod::gssapi;
    bind.principal = (*this)["AD_PRINCIPAL"];
    bind.keytab_file = (*this)["AD_KEYTAB"];
    return bind;
}

config::BindConfig Lab::simple() const {
    config::BindConfig bind;
    bind.method = config::BindMethod::simple;
    bind.dn = (*this)["AD_BIND_DN"];
    bind.password_file = (*this)["AD_PASSWORD_FILE"];
    return bind;
}

config::TlsConfig Lab::tls() const {
    config::TlsConfig tls;
    tls.ca_file = (*this)["AD_CA_FILE"];
    return tls;
}

ldap::SessionSettings Lab::settings(const std::string& uri, config::BindConfig bind) const {
    ldap::SessionSettings settings;
    settings.server = ldap::parse_server_uri(uri).value();
    settings.tls = tls();
    settings.bind = std::move(bind);
    return settings;
}

config::DomainConfig Lab::domain_config(std::vector<std::string> servers, config::BindConfig bind) const {
    config::DomainConfig config;
    config.name = domain();
    config.servers = std::move(servers);
    config.tls = tls();
    config.bind = std::move(bind);
    return config;
}

PrivateFile::PrivateFile(const std::string& content) : path_("/tmp/dirsync-test-XXXXXX") {
    const int fd = ::mkstemp(path_.data());
    const auto written = ::write(fd, content.data(), content.size());
    if (fd < 0 || written != static_cast<ssize_t>(content.size())) std::abort();
    ::close(fd);
}

PrivateFile::~PrivateFile() { ::unlink(path_.c_str()); }

}  // namespace dirsync::lab
