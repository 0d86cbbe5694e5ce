#pragma once

#include <string>

#include "engine/engine.hpp"

namespace dirsync::daemon {

/// A plan for a person: a line for each change ("would create user alice@... (in scope)"), what is held,
/// warnings and the counts.
std::string plan_text(const sync::CycleReport& report);

/// What a cycle did: counts, what is held and how to release it, scope warnings, entity errors.
std::string summary_text(const sync::CycleReport& report);

}  // namespace dirsync::daemon
