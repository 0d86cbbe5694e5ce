#pragma once

#include <cstdint>
#include <string_view>

#include "model/seams/identity_store.hpp"

namespace dirsync::sync {

/// The hash of an object whose text in the store is damaged: no text has it.
inline constexpr std::uint64_t distrusted_hash = 1;

/// Of everything in an entry but its members: those are compared one by one. Never 0, which marks
/// placeholders that no read has shown, and never `distrusted_hash`.
std::uint64_t hash_of(const MirrorRow& row, std::string_view dn, std::string_view attributes);

}  // namespace dirsync::sync
