#include <optional>

#include "daemon/app.hpp"
#include "store/memory/store.hpp"

// What setup and doctor may know of the running daemon.
namespace dirsync::daemon {

survey::Surveyor::Parts App::survey_parts() {
    survey::Surveyor::Parts parts;
    parts.executor = loop_.get_executor();
    parts.binds = binds_;
    parts.store_lost = [this](const std::string& path) -> std::optional<Error> {
        if (path != configuration_.at_start().store.sqlite_path) return std::nullopt;
        const auto present = store_.present();
        return present ? std::nullopt : std::optional(present.error());
    };
    parts.running = [this] { return &configuration_.in_force(); };
    parts.refusal = [this](const config::Config& config, const config::DomainConfig& domain) {
        auto why = cycles_.why_not_to_bind(config);
        if (!why) why = survey_refusals_.why_not(fingerprint_of(config, domain), Cycles::Clock::now());
        return why;
    };
    parts.tried = [this](const config::Config& config, const config::DomainConfig& domain, bool refused) {
        survey_refusals_.note(fingerprint_of(config, domain), refused, Cycles::Clock::now());
    };
    // Its own store is in use. A draft with the same domains gets its plan from that one (`plan`).
    parts.store = [](const config::Config&) -> Result<std::unique_ptr<sync::IdentityStore>> {
        return store::make_memory_store();
    };
    return parts;
}

}  // namespace dirsync::daemon
