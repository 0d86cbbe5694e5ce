#pragma once

#include <span>
#include <string>
#include <vector>

#include "model/seams/identity_store.hpp"

namespace dirsync::sync {

/// As `source show` prints it: the kind, and what tells it from another one of that kind.
std::string source_label(const SourceRecord& source);
/// `active_directory:corp.example.com,emea.example.com`
std::string active_directory_label(std::span<const std::string> domains);
std::string active_directory_label(std::span<const DomainFacts> domains);

/// How the directory that was reached relates to the one the store was filled from (semantics 1.2).
enum class SourceMatch {
    same,     ///< at least one recorded domain remains, and no name has another identity
    changed,  ///< another source under this configuration
};
SourceMatch compared(const SourceRecord& recorded, std::span<const DomainFacts> domains);

/// The record for a store that takes these domains as its source. Keeps id and time of a record that
/// matches, else starts a new store.
SourceRecord adopted(const SourceRecord& recorded, std::span<const DomainFacts> domains,
                     const RowId& new_store_id, Time now);

/// The record of a store that no cycle reads anything for. `issuer`: of the identity provider that pushes;
/// empty where admins edit.
SourceRecord unread_source(SourceKind kind, const std::string& issuer, const RowId& store_id, Time now);

}  // namespace dirsync::sync
