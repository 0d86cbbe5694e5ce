#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/check.hpp"
#include "core/task.hpp"
#include "engine/engine.hpp"
#include "ldap/name_search.hpp"

namespace dirsync::survey {

/// A user as the mapping of a draft makes them.
struct MappedUser {
    std::string name;  ///< as a scope would name them
    std::string dn;
    bool disabled = false;
    std::vector<sync::Explanation::Attribute> attributes;
};

/// Looking before leaping: what `setup` and `doctor` ask. Everything is done as the user that the daemon runs
/// as, and nothing is written. `configuration` is the text of one that need not be in force; nullopt: that of
/// the running daemon, config_invalid where there is none. The daemon refuses (`refused`) one whose domains,
/// servers, TLS or bind settings are not those in force (semantics 11.2). Called on the loop thread.
class SurveyOperations {
public:
    virtual ~SurveyOperations() = default;

    /// The domain controllers that DNS names, as URIs in order of preference.
    virtual Task<Result<std::vector<std::string>>> locate(std::string domain, bool ldaps) = 0;
    /// Store, secrets, servers, rights and the names of the scope. Problems are in the checks; an error
    /// means that the configuration cannot be read.
    virtual Task<Result<std::vector<Check>>> check(std::optional<std::string> configuration) = 0;
    /// Three users as different as the first few hundred are; or those that are named, as far as they are
    /// there.
    virtual Task<Result<std::vector<MappedUser>>> sample(std::optional<std::string> configuration,
                                                         std::vector<std::string> names) = 0;
    /// Over all domains; `kind` nullopt: all kinds.
    virtual Task<Result<ldap::FoundNames>> search(std::optional<std::string> configuration, std::string text,
                                                  std::optional<ldap::NameKind> kind) = 0;
    /// The plan of a first run under that configuration.
    virtual Task<Result<sync::CycleReport>> first_plan(std::optional<std::string> configuration) = 0;
};

}  // namespace dirsync::survey
