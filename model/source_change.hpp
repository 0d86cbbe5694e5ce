#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "model/seams/identity_store.hpp"

namespace dirsync::sync {

/// What a change of the identity source does to the users, groups, memberships and assignments of the store
/// (semantics 1.3). Permission sets are kept by every change.
enum class ChangeEffect : std::uint8_t {
    keeps,    ///< everything stays, under the same store id
    removes,  ///< all of them go, and the store gets a new id
};
ChangeEffect effect_of(const SourceRecord& from, const SourceRecord& to) noexcept;

/// The two labels of a change, as `source show` prints them.
struct SourcePair {
    std::string from;
    std::string to;
    bool operator==(const SourcePair&) const = default;
};

/// An admin's consent to one change (semantics 1.4).
struct SourceConsent {
    SourcePair pair;
    std::string accept;
};

/// True for the literal word ACCEPT and nothing else.
bool is_accepted(std::string_view word) noexcept;

/// Why `consent` does not cover the change `pair`: its word, or its sources; `used`: the pair that a
/// configured consent was used up by, if any. Empty: it covers the change.
std::string why_no_consent(const SourceConsent& consent, const SourcePair& pair,
                           const std::optional<SourcePair>& used);

/// What every command that writes says while a change waits.
Error frozen_store();

/// A change of the source that waits for consent, with what it would remove.
struct PendingSourceChange {
    std::string from;
    std::string to;
    std::uint64_t users = 0, groups = 0, memberships = 0, assignments = 0;
    std::string note;  ///< why the consent that was given does not count; empty: none was given
};

}  // namespace dirsync::sync
