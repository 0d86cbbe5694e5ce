#pragma once

#include "ctl/commands.hpp"
#include "ctl/scope_file.hpp"

namespace dirsync::ctl {

/// What the options of `scope add` and `scope remove` say.
struct ScopeRequest {
    std::string user;
    std::string group;
    std::string unit;
    std::string filter;
    std::string domain;  ///< of the filter
    std::string exclude_user;
    std::string exclude_group;
    bool yes = false;    ///< do not ask
    bool force = false;  ///< also when the name means nothing, or no plan can be had
};

/// The one entry that a request names. config_invalid: none or several, or a filter without its domain.
Result<ScopeEntry> entry_of(const ScopeRequest& request);

/// The reason that the reload of an edit gives: what was done, as far as it is text and short.
std::string reason_of(std::string_view done);

/// Each returns the exit code. The files of the configuration are read and written here, not by the daemon:
/// whoever may write them may edit the scope.
int list_scope(const Options& options);
int add_to_scope(const Options& options, const ScopeRequest& request);
int remove_from_scope(const Options& options, const ScopeRequest& request);

}  // namespace dirsync::ctl
