#include "config/source.hpp"

namespace dirsync::config {

std::optional<sync::SourceConsent> consent_of(const Config& config) {
    if (!config.consent) return std::nullopt;
    return sync::SourceConsent{{config.consent->from, config.consent->to}, config.consent->accept};
}

}  // namespace dirsync::config
