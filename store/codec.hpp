#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "model/seams/identity_store.hpp"

namespace dirsync::store {

/// Values that the store keeps as JSON text or packed bytes, and back. Reading trusts that we wrote them:
/// anything else is damage, and throws std::runtime_error, which `outcome_of` turns into an error.

std::string cursor_text(const sync::Cursor& cursor);
sync::Cursor parsed_cursor(std::string_view text, std::uint64_t generation);

using SourceDomains = std::vector<std::pair<std::string, ObjectGuid>>;
std::string domains_text(const SourceDomains& domains);
SourceDomains parsed_domains(std::string_view text);

using Counts = std::vector<std::pair<std::string, std::uint64_t>>;
std::string counts_text(const Counts& counts);
Counts parsed_counts(std::string_view text);

std::string names_text(const std::vector<std::string>& names);
std::vector<std::string> parsed_names(std::string_view text);

/// The reverse of sync::json_text.
sync::ExtraAttributes parsed_attributes(std::string_view text);

/// 32 bytes an object.
std::string packed(const std::vector<sync::HeldObject>& objects);
std::vector<sync::HeldObject> unpacked_objects(std::string_view bytes);

std::string packed(const std::optional<Sid>& sid);
std::optional<Sid> unpacked_sid(std::string_view bytes);

inline std::string_view bytes_of(const ObjectGuid& guid) noexcept {
    return {reinterpret_cast<const char*>(guid.bytes.data()), guid.bytes.size()};
}
ObjectGuid guid_of(std::string_view bytes);

/// The id of a row of ours.
RowId parsed_row_id(std::string_view text);

sync::SourceKind parsed_source_kind(std::string_view word);

ObjectGuid parsed_guid(std::string_view text);

inline std::int64_t seconds(Time time) noexcept { return time.time_since_epoch().count(); }
inline std::optional<std::int64_t> seconds(const std::optional<Time>& time) noexcept {
    return time ? std::optional(seconds(*time)) : std::nullopt;
}
inline Time time_of(std::int64_t value) noexcept { return Time{Duration{value}}; }
inline std::optional<Time> time_of(std::optional<std::int64_t> value) noexcept {
    return value ? std::optional(time_of(*value)) : std::nullopt;
}

/// The id of a run: a UUID version 7 (RFC 9562) from the clock and the number of the run, so that ids sort
/// in commit order. `clock` is the highest millisecond any run had before; it never goes back.
RowId run_id_for(std::uint64_t clock, std::uint32_t number, const RowId& randomness);

}  // namespace dirsync::store
