#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "model/replication.hpp"

namespace dirsync::ldap::wire {

/// The attribute of a naming context's root that holds it; not replicated, each DC has its own.
inline constexpr std::string_view replication_vector_attribute = "replUpToDateVector";

/// The cursors in a value of that attribute: a header and cursors of version 1 or 2 (MS-DRSR 5.203, 5.204).
/// nullopt: nothing that can be read.
std::optional<std::vector<sync::ReplicationCursor>> decode_replication_vector(std::string_view value);

}  // namespace dirsync::ldap::wire
