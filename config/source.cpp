#include "config/source.hpp"

namespace dirsync::config {

std::string_view name_of(SourceType type) noexcept {
    switch (type) {
        case SourceType::directory:
            return "directory";
        case SourceType::active_directory:
            return "active_directory";
        case SourceType::external_idp:
            break;
    }
    return "external_idp";
}

std::optional<sync::SourceConsent> consent_of(const Config& config) {
    if (!config.consent) return std::nullopt;
    return sync::SourceConsent{{config.consent->from, config.consent->to}, config.consent->accept};
}

}  // namespace dirsync::config
