#pragma once

#include <optional>
#include <string>
#include <vector>

#include "model/settings.hpp"
#include "model/source_change.hpp"
#include "sync/name_resolver.hpp"
#include "tests/sim/forest/forest.hpp"

namespace dirsync::sim {

/// One line of the scope, as an admin wrote it.
struct Listed {
    sync::ScopeList list = sync::ScopeList::groups;
    std::string text;
};

/// What an admin chose: the configuration, small enough to be judged by independent code.
struct Choice {
    std::vector<std::size_t> domains;  ///< configured, in order
    std::vector<Listed> listed;
    std::string department;  ///< a filter `(department=...)` on the first domain; empty: none
    bool flatten = true;
    bool primary_group = true;
    int mapping = 0;  ///< 0: the defaults; 1: userName from sAMAccountName, other names, no email
    Limit disable_after = Duration{28 * 86400};
    Limit delete_after;
    Limit unproven_deletion;
    Limit paused_disable_after;
    Limit window;                    ///< of the guards
    std::uint64_t most = 1'000'000;  ///< limit of every guard, as a count
    double percent = 1000;           ///< and as a percentage
    sync::SourceKind source = sync::SourceKind::active_directory;
    std::string issuer;                          ///< of an identity provider
    std::optional<sync::SourceConsent> consent;  ///< to a change of the source
};

/// The source that the configuration names, as it is told to people.
std::string source_label_of(const Choice& choice, const Forest& forest);
/// Is it this one? Domains come and go in one source (semantics 1.2).
bool names_source(const Choice& choice, const sync::SourceRecord& source);

sync::SyncSettings settings_of(const Choice& choice, const Forest& forest);

/// The ways to write the name of an object; `form` picks one.
std::string written(const Forest& forest, const Object& object, std::uint32_t form);
/// Does this text, read as a name of `list`, mean the object as it is in `replica` (semantics 2.1)?
bool means(const Forest& forest, const std::string& text, const Object& object, const Replica& replica);
std::string lower(std::string text);

}  // namespace dirsync::sim
