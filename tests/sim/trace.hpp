#pragma once

#include <string>

#include "engine/engine.hpp"
#include "tests/sim/choice.hpp"
#include "tests/sim/forest/forest_source.hpp"
#include "tests/sim/journal_replay.hpp"

namespace dirsync::sim {

/// DIRSYNC_SIM_TRACE: everything is told, for the study of a failure.
bool is_traced();

/// What a cycle did, for a person.
void print_cycle(const sync::CycleReport& report, std::uint64_t number, Time now,
                 const std::vector<JournalLine>& lines);

/// What there is, on every DC, and what the admin asked for.
void print_world(const Forest& forest, const ForestSource& source, const Choice& choice);

}  // namespace dirsync::sim
