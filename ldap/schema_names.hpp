#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/error.hpp"
#include "core/task.hpp"
#include "ldap/session/session.hpp"
#include "model/seams/identity_store.hpp"

namespace dirsync::ldap {

/// Attributes of the schema are written in letters, digits and hyphens: anything else is none, and fit in no
/// filter.
bool is_attribute_name(std::string_view name);

/// Which of `names` the schema at `schema_dn` has no attribute for, each with the one that was most likely
/// meant. insufficient_rights when there is no such place, or the schema shows not even what every schema
/// has; else errors as Session::search.
Task<Result<std::vector<sync::UnknownAttribute>>> unknown_to_schema(std::shared_ptr<Session> session,
                                                                    std::string schema_dn,
                                                                    std::vector<std::string> names);

/// The schema as one connection shows it, asked once for each list of names. On the loop thread.
class SchemaCheck {
public:
    /// As `unknown_to_schema`.
    Task<Result<std::vector<sync::UnknownAttribute>>> unknown(std::shared_ptr<Session> session,
                                                              std::string schema_dn,
                                                              std::vector<std::string> names);

private:
    std::weak_ptr<Session> session_;
    std::vector<std::string> names_;
    Result<std::vector<sync::UnknownAttribute>> answer_ = std::vector<sync::UnknownAttribute>();
};

}  // namespace dirsync::ldap
