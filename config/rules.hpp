#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "config/keys.hpp"
#include "model/settings.hpp"

namespace dirsync::config {

/// What is wrong with a text, and the byte at which it shows.
struct Fault {
    std::string message;
    std::size_t at = 0;
};

/// Brings `value` into the form the configuration keeps (see TextKind; relative paths are taken from
/// `base`), or says what is wrong. Does not look at the file system.
std::optional<Fault> normalize(TextKind kind, const std::filesystem::path& base, std::string& value);

/// A sentence when `domain` (lower case) is not one of `domains`. An empty list allows every domain.
std::optional<std::string> domain_fault(std::string_view domain, std::span<const std::string> domains);

/// What is wrong with the use of one name in the scope, given the DNS names of the configured domains.
/// Users of any suffix pass: alternative UPN suffixes are not the domain's name.
std::optional<std::string> scope_fault(const sync::ScopeName& name, ScopeKind kind,
                                       std::span<const std::string> domains);

/// What is wrong with the name of a mapping's target.
std::optional<std::string> target_fault(std::string_view target, ObjectKind kind);

/// An error of Filter::parse or Template::parse with the byte it names (`at byte 5`, from 1).
Fault fault_from(const Error& error);

/// `10` or `10%`, 0 to 100, decimals allowed.
std::optional<double> parse_percent(std::string_view text);
/// The shortest form that `parse_percent` takes, without `%`.
std::string percent_text(double percent);
std::optional<std::uint64_t> parse_count(std::string_view text);

/// The candidate that `word` is most likely a misspelling of.
std::optional<std::string> close_match(std::string_view word, std::span<const std::string_view> candidates);

/// `'a', 'b' or 'c'`
std::string listed(std::span<const std::string_view> words);

}  // namespace dirsync::config
