#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "config/config.hpp"

namespace dirsync::config {

/// The description of one key, for the JSON Schema and for messages about a wrong type.
struct About {
    std::string_view name;
    std::string_view meaning;
    std::string_view example = {};  ///< as YAML
    bool may_hold_nothing = true;   ///< false: a section without a value was cut short, and is refused
};

/// What a text has to look like; see `normalize` in rules.hpp.
enum class TextKind {
    plain,
    dns_name,        ///< becomes lower case
    server_uri,      ///< ldap:// or ldaps://, host, optional port; scheme and host become lower case
    existing_file,   ///< made absolute; has to exist where the file system is looked at
    path,            ///< made absolute
    socket_path,     ///< made absolute; short enough for a unix socket
    listen_address,  ///< IP address and port
    ldap_filter,
    credential_name,  ///< a file name without folders
    uuid,             ///< becomes lower case
    source_label,     ///< as `source show` prints it
};
enum class ScopeKind { user, group, organizational_unit };
enum class ObjectKind { user, group };

/// The keys that one value of a choice needs beside it (`bind.method`).
struct Variant {
    std::string_view value;
    std::vector<std::string_view> required;
    std::vector<std::string_view> exactly_one;  ///< empty, or two keys of which one must be given
};

/// A word that is known and refused, with the sentence that says why.
struct Refusal {
    std::string_view word;
    std::string_view sentence;
};

/// Told every key of the configuration once, in order, with the value it is bound to. The reader, the
/// dump, the schema and the commented file visit the one table in keys.cpp, so they cannot disagree.
class KeyVisitor {
public:
    virtual ~KeyVisitor() = default;

    /// A map. False: skip its keys and do not call `leave`. `present`: there is something to dump.
    virtual bool enter(const About& about, bool present) = 0;
    virtual void leave() = 0;
    /// A list of maps. Answers how many items to visit, each between `enter_item` and `leave_item`.
    virtual std::size_t enter_list(const About& about, std::size_t present) = 0;
    virtual bool enter_item(std::size_t index) = 0;
    virtual void leave_item() = 0;
    virtual void leave_list() = 0;

    virtual void text(const About& about, std::string& value, TextKind kind) = 0;
    virtual void texts(const About& about, std::vector<std::string>& values, TextKind kind) = 0;
    virtual void flag(const About& about, bool& value) = 0;
    virtual void count(const About& about, std::uint64_t& value) = 0;
    virtual void percent(const About& about, double& value) = 0;
    virtual void duration(const About& about, Duration& value, Duration least) = 0;
    /// A duration, or the word `none` for nullopt.
    virtual void limit(const About& about, Limit& value, std::string_view none, Duration least) = 0;
    virtual void choice(const About& about, std::size_t& index, std::span<const std::string_view> names,
                        std::span<const Refusal> refused) = 0;
    virtual void scope_names(const About& about, std::vector<sync::ScopeName>& names, ScopeKind kind) = 0;
    virtual void user_filters(const About& about, std::vector<sync::ScopeFilter>& filters) = 0;
    virtual void mapping(const About& about, std::vector<sync::TargetMapping>& targets, ObjectKind kind) = 0;

    /// Rules of the map that was entered last.
    virtual void required(std::initializer_list<std::string_view> keys) = 0;
    virtual void variants(std::string_view key, std::size_t chosen, std::span<const Variant> all) = 0;
    virtual void refused(const Refusal& key) = 0;
};

template <class Enum>
requires std::is_enum_v<Enum>
void visit_choice(KeyVisitor& visitor, const About& about, Enum& value,
                  std::span<const std::string_view> names, std::span<const Refusal> refused = {}) {
    auto index = static_cast<std::size_t>(value);
    visitor.choice(about, index, names, refused);
    value = static_cast<Enum>(index);
}

/// Every key of the main file.
void visit_config(KeyVisitor& visitor, Config& config);

/// Every key of a file in `scope.d`.
void visit_scope_file(KeyVisitor& visitor, sync::ScopeSettings& scope);

/// The two keys of an entry of `user_filters`, for visitors that handle the list themselves.
extern const About filter_domain_key;
extern const About filter_text_key;

/// Targets that always exist, with their meaning, in the order of sync::Mapping.
std::span<const About> known_targets(ObjectKind kind) noexcept;
/// True for targets that are set by the program and cannot be mapped.
bool is_fixed_target(std::string_view target) noexcept;

/// The least values are compared in: `5s` of a least of `1s`.
inline constexpr Duration no_least{0};
inline constexpr Duration one_second{1};

}  // namespace dirsync::config
