#include "ldap/session/secret_checks.hpp"

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>

#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/secret.hpp"

namespace dirsync::ldap {
namespace {

std::string own_name() {
    const auto* user = ::getpwuid(::geteuid());
    return user == nullptr ? "uid " + std::to_string(::geteuid()) : std::string(user->pw_name);
}

/// For the user we run as.
std::string how_to_protect(const std::string& path) {
    const auto* user = ::getpwuid(::geteuid());
    const std::string owner = user == nullptr ? std::to_string(::geteuid()) : std::string(user->pw_name);
    return "chown " + owner + ": " + path + " && chmod 0400 " + path;
}

std::string name_of_group(gid_t id) {
    const auto* group = ::getgrgid(id);
    return group == nullptr ? std::to_string(id) : std::string(group->gr_name);
}

/// systemd opens a credential to its service by an access control list, whose mask shows as the mode of the
/// group.
bool is_credential(const std::string& path) {
    const char* folder = std::getenv("CREDENTIALS_DIRECTORY");
    return folder != nullptr && path.starts_with(std::string(folder) + "/");
}

/// Readable by us; without a look at what is in it.
Check file_check(const std::string& domain, const char* what, const std::string& path,
                 bool is_public = false) {
    const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    const int why = errno;
    if (file < 0) {
        return failed("secret", domain,
                      Error(why == ENOENT ? ErrorCode::config_invalid : ErrorCode::invalid_credentials,
                            std::string(what) + " " + path + " cannot be opened by '" + own_name() +
                                "': " + std::strerror(why)),
                      why == ENOENT ? "put the file there, or name the right one" : how_to_protect(path));
    }
    struct stat facts {};
    const bool known = ::fstat(file, &facts) == 0;
    ::close(file);
    if (!known || !S_ISREG(facts.st_mode)) {
        return failed(
            "secret", domain,
            Error(ErrorCode::config_invalid, std::string(what) + " " + path + " is not a regular file"),
            "name the file itself");
    }
    if (is_public) return passed("secret", domain, std::string(what) + " " + path + " can be read");
    if ((facts.st_mode & (S_IROTH | S_IWOTH)) != 0) {
        return warned("secret", domain, std::string(what) + " " + path + " is open to everybody on this host",
                      how_to_protect(path));
    }
    if ((facts.st_mode & (S_IRGRP | S_IWGRP)) != 0 && !is_credential(path)) {
        return warned("secret", domain,
                      std::string(what) + " " + path + " is open to the members of the group '" +
                          name_of_group(facts.st_gid) + "'",
                      how_to_protect(path));
    }
    return passed("secret", domain, std::string(what) + " " + path + " can be read, and by nobody else");
}

Check password_check(const std::string& domain, const std::string& path) {
    const auto secret = read_secret_file(path);
    if (secret) return file_check(domain, "the password file", path);
    const bool missing = secret.error().code() == ErrorCode::not_found;
    return failed("secret", domain,
                  Error(missing ? ErrorCode::config_invalid : ErrorCode::invalid_credentials,
                        secret.error().message() + " (looked at as '" + own_name() + "')"),
                  missing ? "write the password into that file, nothing else, then " + how_to_protect(path)
                          : how_to_protect(path));
}

}  // namespace

std::vector<Check> secret_checks(const config::DomainConfig& domain) {
    const auto& bind = domain.bind;
    std::vector<Check> checks;
    if (!bind.password_file.empty()) checks.push_back(password_check(domain.name, bind.password_file));
    if (!bind.password_credential.empty()) {
        const char* folder = std::getenv("CREDENTIALS_DIRECTORY");
        if (folder == nullptr) {
            checks.push_back(skipped("secret", domain.name,
                                     "the credential '" + bind.password_credential +
                                         "' is handed over by systemd: only the service itself can read it"));
        } else {
            checks.push_back(password_check(
                domain.name, (std::filesystem::path(folder) / bind.password_credential).string()));
        }
    }
    if (!bind.keytab_file.empty()) checks.push_back(file_check(domain.name, "the keytab", bind.keytab_file));
    if (!bind.certificate_file.empty())
        checks.push_back(file_check(domain.name, "the client certificate", bind.certificate_file, true));
    if (!bind.key_file.empty()) checks.push_back(file_check(domain.name, "the key", bind.key_file));
    return checks;
}

}  // namespace dirsync::ldap
