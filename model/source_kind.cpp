#include "model/source_kind.hpp"

#include <algorithm>
#include <array>

#include "core/error.hpp"

namespace dirsync::sync {
namespace {

constexpr std::array table{
    SourceTraits{.kind = SourceKind::directory, .word = "directory", .is_edited = true},
    SourceTraits{.kind = SourceKind::active_directory, .word = "active_directory", .is_read = true},
    SourceTraits{.kind = SourceKind::external_idp, .word = "external_idp", .is_pushed = true},
};

}  // namespace

const SourceTraits& traits_of(SourceKind kind) noexcept {
    const auto found = std::ranges::find(table, kind, &SourceTraits::kind);
    DIRSYNC_ASSERT(found != table.end());
    return *found;
}

std::optional<SourceKind> parsed_source_kind(std::string_view word) noexcept {
    const auto found = std::ranges::find(table, word, &SourceTraits::word);
    return found == table.end() ? std::nullopt : std::optional(found->kind);
}

}  // namespace dirsync::sync
