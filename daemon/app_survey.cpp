#include "config/secrets.hpp"
#include "daemon/app.hpp"
#include "store/memory/store.hpp"

// What setup and doctor ask of the running daemon.
namespace dirsync::daemon {

survey::Surveyor::Parts App::survey_parts() {
    survey::Surveyor::Parts parts{loop_.get_executor(), {}, {}, {}, binds_};
    parts.store_lost = [this](const std::string& path) -> std::optional<Error> {
        if (path != started_with_.store.sqlite_path) return std::nullopt;
        const auto present = store_.present();
        return present ? std::nullopt : std::optional(present.error());
    };
    parts.running = [this] { return &config_; };
    parts.refusal = [this](const config::Config& config) -> std::optional<Error> {
        if (may_bind(Scheduler::Clock::now())) return std::nullopt;
        if (credentials_fingerprint(config) != credentials_fingerprint(config_)) return std::nullopt;
        return Error(ErrorCode::invalid_credentials,
                     "the directory refused these credentials in the last cycle; they are not tried again "
                     "before they change or the next cycle is due, lest the account is locked out");
    };
    // Its own store is in use; a draft whose domains are the same has its plan from that one (`plan`).
    parts.store = [](const config::Config&) -> Result<std::unique_ptr<sync::IdentityStore>> {
        return store::make_memory_store();
    };
    return parts;
}

}  // namespace dirsync::daemon
