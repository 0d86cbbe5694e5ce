#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace dirsync::sync {

/// Where the users and groups of the store come from (semantics 1.1).
enum class SourceKind : std::uint8_t {
    directory,         ///< built in: admins make them
    active_directory,  ///< cycles read them
    external_idp,      ///< an identity provider pushes them
};

/// What a kind of source implies. Every decision that depends on the kind is made from this table.
struct SourceTraits {
    SourceKind kind = SourceKind::directory;
    std::string_view word;  ///< of the configuration, the store, its views and labels
    /// Cycles read it into the mirror: it can be paused, and a change to or from it removes what the store
    /// has (semantics 1.3).
    bool is_read = false;
    /// Admins create, change and remove its users and groups. What a change of source removes is parked, and
    /// returns with it (semantics 1.5).
    bool is_edited = false;
    /// An identity provider creates, changes and removes them.
    bool is_pushed = false;
};
const SourceTraits& traits_of(SourceKind kind) noexcept;

inline std::string_view text_of(SourceKind kind) noexcept { return traits_of(kind).word; }
/// nullopt: there is no kind of this name.
std::optional<SourceKind> parsed_source_kind(std::string_view word) noexcept;

}  // namespace dirsync::sync
