#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace dirsync::admin {

/// What is wrong with a value that an admin gives, as a sentence that names the attribute; nullopt: nothing.
/// The rules of semantics 3.4, and no control characters: they would forge lines wherever names are shown.
std::optional<std::string> fault_of_user_name(std::string_view value);
std::optional<std::string> fault_of_email(std::string_view value);
/// A text of one line, at most 1024 characters: displayName, givenName, description, ...
std::optional<std::string> fault_of_text(std::string_view attribute, std::string_view value);
/// As `fault_of_text`, and not empty.
std::optional<std::string> fault_of_name(std::string_view attribute, std::string_view value);

}  // namespace dirsync::admin
