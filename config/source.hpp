#pragma once

#include <optional>
#include <string_view>

#include "config/config.hpp"
#include "model/source_change.hpp"

namespace dirsync::config {

/// As the configuration spells it.
std::string_view name_of(SourceType type) noexcept;

/// What the configuration consents to, for the engine.
std::optional<sync::SourceConsent> consent_of(const Config& config);

}  // namespace dirsync::config
