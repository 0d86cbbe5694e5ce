#include "survey/draft.hpp"

#include <algorithm>
#include <string>

namespace dirsync::survey {
namespace {

bool asks_the_same(const config::DomainConfig& a, const config::DomainConfig& b) {
    return a.name == b.name && a.servers == b.servers && a.tls == b.tls && a.bind == b.bind;
}

Error foreign(const std::string& what) {
    return Error(ErrorCode::refused,
                 what +
                     " are not those that the daemon runs by: it sends its secrets nowhere else and opens "
                     "no other files for whoever asks. 'dirsyncctl -c FILE doctor', 'dirsyncctl setup' and "
                     "'dirsyncd -c FILE --once --dry-run' look with the rights of the user who runs them");
}

}  // namespace

std::optional<Error> foreign_draft(const config::Config& running, const config::Config& draft) {
    for (const auto& domain : draft.domains) {
        const bool in_force =
            std::any_of(running.domains.begin(), running.domains.end(),
                        [&domain](const auto& known) { return asks_the_same(domain, known); });
        if (!in_force)
            return foreign("the servers, TLS settings or credentials of " + quoted_peer_text(domain.name));
    }
    if (draft.store.sqlite_path != running.store.sqlite_path) return foreign("the files of the store");
    return std::nullopt;
}

}  // namespace dirsync::survey
