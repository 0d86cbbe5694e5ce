#pragma once

#include <optional>

#include "core/error.hpp"
#include "model/actor.hpp"
#include "model/seams/identity_store.hpp"

namespace dirsync::admin {

/// What an edit is asked for under.
struct EditContext {
    const sync::SourceRecord& source;  ///< as the store records it
    sync::SourceKind configured = sync::SourceKind::directory;
    const sync::Actor& actor;
    bool of_the_directory = false;  ///< users, groups or memberships are among what is edited
};

/// Why the edit is refused, whatever it is (semantics 1.1, 1.4); nullopt: it may go on. Users and groups
/// belong to their source: to admins under the built-in directory, to the provider under an external one.
/// Permission sets and assignments are admins' under each.
std::optional<Error> why_refused(const EditContext& context);

}  // namespace dirsync::admin
