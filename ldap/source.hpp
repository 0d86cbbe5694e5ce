#pragma once

#include <memory>

#include <boost/asio/any_io_executor.hpp>

#include "config/config.hpp"
#include "ldap/session/bind_budget.hpp"
#include "model/seams/directory_source.hpp"

namespace dirsync::ldap {

/// The directory that a configuration names; for the built-in one a source that refuses every call. `binds`:
/// what all binds of the process draw on.
std::unique_ptr<sync::DirectorySource> make_source(boost::asio::any_io_executor executor,
                                                   const config::Config& config,
                                                   std::shared_ptr<BindBudget> binds);

}  // namespace dirsync::ldap
