#include "config/secrets.hpp"

#include <sys/stat.h>

#include <cstdio>
#include <cstdlib>

#include <xxhash.h>

#include "core/secret.hpp"

namespace dirsync::config {
namespace {

// ctime, not mtime: a corrected file mode is worth a new attempt as well.
std::string stamp_of(const std::string& path) {
    struct stat status {};
    if (path.empty() || ::stat(path.c_str(), &status) != 0) return {};
    return path + ' ' + std::to_string(status.st_ino) + ' ' + std::to_string(status.st_size) + ' ' +
           std::to_string(status.st_ctim.tv_sec) + '.' + std::to_string(status.st_ctim.tv_nsec) + '\n';
}

/// Where systemd puts a credential (systemd.exec(5)); empty: there is none.
std::string credential_path(const std::string& name) {
    const char* folder = std::getenv("CREDENTIALS_DIRECTORY");
    return name.empty() || folder == nullptr ? std::string() : std::string(folder) + "/" + name;
}

std::string stamps_of_secrets(const Config& config) {
    std::string text;
    for (const auto& domain : config.domains) {
        const auto& bind = domain.bind;
        for (const auto& path :
             {bind.keytab_file, bind.password_file, credential_path(bind.password_credential),
              bind.certificate_file, bind.key_file}) {
            text += stamp_of(path);
        }
    }
    return text;
}

}  // namespace

std::optional<Error> unusable_password_file(const Config& config) {
    for (const auto& domain : config.domains) {
        const auto& bind = domain.bind;
        for (const auto& path : {bind.password_file, credential_path(bind.password_credential)}) {
            if (path.empty()) continue;
            const auto secret = read_secret_file(path);
            if (!secret) return secret.error();
        }
    }
    return std::nullopt;
}

std::string credentials_fingerprint(const Config& config) {
    Config binds;
    binds.source = config.source;
    binds.domains = config.domains;
    const std::string text = stamps_of_secrets(config) + redacted_dump(binds);
    const auto hash = XXH3_128bits(text.data(), text.size());
    char digits[40];
    std::snprintf(digits, sizeof digits, "%016llx%016llx", static_cast<unsigned long long>(hash.high64),
                  static_cast<unsigned long long>(hash.low64));
    return digits;
}

}  // namespace dirsync::config
