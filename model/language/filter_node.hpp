#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/language/filter.hpp"

namespace dirsync::sync {

enum class FilterKind : std::uint8_t {
    all_of,
    any_of,
    negation,
    presence,
    equality,
    substrings,
    at_least,
    at_most,
    all_bits,  ///< 1.2.840.113556.1.4.803
    any_bits,  ///< 1.2.840.113556.1.4.804
};

/// How the values of an attribute compare. Whatever has no entry in the table of the parser is text.
enum class FilterSyntax : std::uint8_t {
    text,      ///< without case, spaces at the ends and repeated ones do not count
    octets,    ///< byte for byte: GUIDs and SIDs
    dn,        ///< as parsed DNs
    category,  ///< objectCategory: a DN, asserted by the name of a class
};

/// One node of a parsed filter; a plain value.
struct FilterNode {
    FilterKind kind = FilterKind::presence;
    FilterSyntax syntax = FilterSyntax::text;
    std::string attribute;
    std::optional<AttributeNames::Index> index;  ///< set by `bind`
    /// equality: the asserted value; substrings: what the value starts with. Normal form of the syntax.
    std::string value;
    std::vector<std::string> middles;  ///< substrings: what follows in order
    std::string final;                 ///< substrings: what the value ends with
    std::int64_t number = 0;           ///< >=, <= and the bit rules
    std::vector<FilterNode> children;
};

struct Filter::Node : FilterNode {};

/// Appends `value` as text values are compared.
void append_normal_text(std::string& out, std::string_view value);

/// Class name of a category as it is compared: `Organizational-Unit` and `organizationalUnit` are one.
std::string normal_category(std::string_view name);

/// A whole number and nothing else.
std::optional<std::int64_t> whole_number(std::string_view text) noexcept;

}  // namespace dirsync::sync
