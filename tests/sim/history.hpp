#pragma once

#include <functional>
#include <memory>
#include <string>

#include "tests/sim/step.hpp"
#include "tests/sim/world.hpp"

namespace dirsync::sim {

struct Outcome {
    Verdict verdict;       ///< nullopt: every rule held
    std::size_t step = 0;  ///< that broke it; the number of steps: it was the end
    std::uint64_t cycles = 0;
    std::uint64_t reads_of_changes = 0;
};

/// Lives a history through, on a store of its own. Deterministic.
Outcome run(const History& history);

/// The shortest history that could be found which breaks a rule of the same number: steps are left out as
/// long as it still does. `history` broke one.
History shrunk(const History& history, const Outcome& outcome);

/// What a failure looks like to a person: the rule, the shortest history, how to run it again.
std::string report(const History& history, const Outcome& outcome, const std::string& again);

}  // namespace dirsync::sim
