#pragma once

#include <optional>

#include "config/config.hpp"
#include "model/source_change.hpp"

namespace dirsync::config {

/// What the configuration consents to, for the engine.
std::optional<sync::SourceConsent> consent_of(const Config& config);

}  // namespace dirsync::config
