#pragma once

#include <cstdio>
#include <cstdlib>
#include <string>
#include <utility>

#include "core/error.hpp"

namespace dirsync::sim {

/// What the simulation writes itself and cannot be wrong; ends the program when it is.
template <class T>
T must(Result<T> result, const std::string& what) {
    if (!result) {
        std::fprintf(stderr, "the simulation is wrong: %s: %s\n", what.c_str(),
                     result.error().message().c_str());
        std::abort();
    }
    return std::move(*result);
}

inline void must(Result<void> result, const std::string& what) {
    if (!result) must(Result<int>(result.error()), what);
}

}  // namespace dirsync::sim
