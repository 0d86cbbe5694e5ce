#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/error.hpp"
#include "model/attributes.hpp"

namespace dirsync::sync {

/// An LDAP search filter (RFC 4515) that is evaluated here, on the mirror, so that a scope edit and a
/// change need no question to the directory. Understood: & | ! = (presence, equality, substrings) >= <=
/// and the bit rules 1.2.840.113556.1.4.803 and .804. Refused with a reason: ~=, other matching rules
/// (1.2.840.113556.1.4.1941 needs the directory), and the attributes `memberOf` (list the group in the
/// scope), `anr` and `tokenGroups`, which no read delivers. Comparison is the directory's: text without case
/// and without spaces at its ends; GUIDs and SIDs as bytes, asserted as bytes or text; DNs parsed;
/// objectCategory by the name of a class. >= <= and the bit rules compare whole numbers: other assertions are
/// refused, and a value that is no number leaves the assertion undefined. A missing attribute equals
/// nothing: `(!(department=Sales))` matches those without a department, too. Undefined stays undefined below
/// any number of negations, the three-valued logic of RFC 4511 4.5.1.7, and only TRUE brings a user in.
class Filter {
public:
    /// The error names the byte where parsing ended, counted from 1, and what was expected there.
    static Result<Filter> parse(std::string_view text);

    /// Adds every attribute the filter names to `names` and remembers their indexes: once, before `matches`.
    void bind(AttributeNames& names);
    bool matches(const AttributesView& attributes) const;
    /// Of an entry that matches: the attributes that it lacks and that bring it in by that, sorted; empty
    /// when it matches by what it shows. They may be hidden from the account.
    std::vector<AttributeNames::Index> brought_in_by_lack_of(const AttributesView& attributes) const;
    const std::string& text() const noexcept { return text_; }
    /// Names of all attributes that occur, in order of appearance, without repeats.
    std::vector<std::string> attributes() const;

    Filter(Filter&&) noexcept;
    Filter& operator=(Filter&&) noexcept;
    Filter(const Filter&);
    Filter& operator=(const Filter&);
    ~Filter();

private:
    struct Node;
    Filter();
    std::string text_;
    std::unique_ptr<Node> root_;
};

}  // namespace dirsync::sync
