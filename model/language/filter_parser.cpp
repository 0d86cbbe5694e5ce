#include <array>

#include "core/dn.hpp"
#include "core/sid.hpp"
#include "core/text.hpp"
#include "core/uuid.hpp"
#include "model/language/filter_node.hpp"

namespace dirsync::sync {
namespace {

/// Bounds the recursion here, in the evaluation and in copies.
constexpr int max_depth = 64;

constexpr bool is_space(char c) noexcept { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }
constexpr bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }
constexpr bool is_name_character(char c) noexcept {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || is_digit(c) || c == '-';
}

constexpr int hex_value(char c) noexcept {
    if (is_digit(c)) return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

struct RefusedAttribute {
    std::string_view name;
    std::string_view reason;
};
constexpr std::array refused_attributes{
    RefusedAttribute{"memberof", "no read delivers 'memberOf': list the group in the scope"},
    RefusedAttribute{"anr", "'anr' is resolved by the directory only: name the attributes that are meant"},
    RefusedAttribute{"tokengroups", "no read delivers 'tokenGroups': list the group in the scope"},
    RefusedAttribute{"tokengroupsglobalanduniversal",
                     "no read delivers 'tokenGroupsGlobalAndUniversal': list the group in the scope"},
    RefusedAttribute{"tokengroupsnogcacceptable",
                     "no read delivers 'tokenGroupsNoGCAcceptable': list the group in the scope"},
};

struct AttributeSyntax {
    std::string_view name;
    FilterSyntax syntax;
};
constexpr std::array attribute_syntaxes{
    AttributeSyntax{"objectguid", FilterSyntax::octets},
    AttributeSyntax{"parentguid", FilterSyntax::octets},
    AttributeSyntax{"ms-ds-consistencyguid", FilterSyntax::octets},
    AttributeSyntax{"msexchmailboxguid", FilterSyntax::octets},
    AttributeSyntax{"objectsid", FilterSyntax::octets},
    AttributeSyntax{"sidhistory", FilterSyntax::octets},
    AttributeSyntax{"securityidentifier", FilterSyntax::octets},
    AttributeSyntax{"objectcategory", FilterSyntax::category},
    AttributeSyntax{"distinguishedname", FilterSyntax::dn},
    AttributeSyntax{"manager", FilterSyntax::dn},
    AttributeSyntax{"managedby", FilterSyntax::dn},
    AttributeSyntax{"directreports", FilterSyntax::dn},
    AttributeSyntax{"managedobjects", FilterSyntax::dn},
    AttributeSyntax{"secretary", FilterSyntax::dn},
    AttributeSyntax{"assistant", FilterSyntax::dn},
    AttributeSyntax{"homemdb", FilterSyntax::dn},
};

FilterSyntax syntax_of(std::string_view attribute) {
    const auto name = text::lower(attribute);
    for (const auto& known : attribute_syntaxes) {
        if (known.name == name) return known.syntax;
    }
    return FilterSyntax::text;
}

std::string wire_of(const Sid& sid) {
    std::string out{static_cast<char>(sid.revision), static_cast<char>(sid.count)};
    for (int shift = 40; shift >= 0; shift -= 8) out += static_cast<char>(sid.authority >> shift & 0xFFU);
    for (std::size_t i = 0; i < sid.count; ++i) {
        for (int shift = 0; shift < 32; shift += 8) out += static_cast<char>(sid.sub[i] >> shift & 0xFFU);
    }
    return out;
}

/// A GUID or SID written as text becomes the bytes that the directory stores.
std::string octets_of(std::string value) {
    if (const auto guid = parse<ObjectGuid>(value)) {
        const auto wire = guid_to_wire(*guid);
        return std::string(wire.begin(), wire.end());
    }
    if (const auto sid = parse_sid(value)) return wire_of(*sid);
    return value;
}

/// Recursive descent over RFC 4515, with the white space between components that admins write to
/// break long filters. Every function returns false once `error()` is set.
class Parser {
public:
    explicit Parser(std::string_view text) noexcept : text_(text) {}

    bool parse_all(FilterNode& root) {
        skip_spaces();
        if (!parse_filter(root, 1)) return false;
        skip_spaces();
        return at_ == text_.size() || fail("expected the end of the filter");
    }

    Error error() && {
        return Error(ErrorCode::config_invalid, "at byte " + std::to_string(failed_at_ + 1) + ": " + reason_);
    }

private:
    bool fail(std::string reason) { return fail_at(at_, std::move(reason)); }
    bool fail_at(std::size_t at, std::string reason) {
        failed_at_ = at;
        reason_ = std::move(reason);
        return false;
    }

    char next() const noexcept { return at_ < text_.size() ? text_[at_] : '\0'; }
    bool take(std::string_view expected) noexcept {
        if (!text_.substr(at_).starts_with(expected)) return false;
        at_ += expected.size();
        return true;
    }
    void skip_spaces() noexcept {
        while (is_space(next())) ++at_;
    }

    bool parse_filter(FilterNode& node, int depth) {
        if (depth > max_depth) return fail("the filter is nested more than 64 deep");
        if (!take("(")) return fail("expected '('");
        skip_spaces();
        bool parsed = false;
        if (take("&")) {
            node.kind = FilterKind::all_of;
            parsed = parse_list(node, depth);
        } else if (take("|")) {
            node.kind = FilterKind::any_of;
            parsed = parse_list(node, depth);
        } else if (take("!")) {
            node.kind = FilterKind::negation;
            skip_spaces();
            parsed = parse_filter(node.children.emplace_back(), depth + 1);
            skip_spaces();
        } else {
            parsed = parse_item(node);
        }
        return parsed && (take(")") || fail("expected ')'"));
    }

    /// `(&)` is true and `(|)` is false (RFC 4526).
    bool parse_list(FilterNode& node, int depth) {
        for (skip_spaces(); next() == '('; skip_spaces()) {
            if (!parse_filter(node.children.emplace_back(), depth + 1)) return false;
        }
        return true;
    }

    bool parse_item(FilterNode& node) {
        if (!parse_attribute(node)) return false;
        const auto operator_at = at_;
        if (take(">=")) {
            node.kind = FilterKind::at_least;
            return parse_number(node);
        }
        if (take("<=")) {
            node.kind = FilterKind::at_most;
            return parse_number(node);
        }
        if (take("~="))
            return fail_at(operator_at, "'~=' is not supported: what is alike only the directory knows");
        if (take(":")) return parse_rule(node, operator_at);
        if (take("=")) return parse_value(node);
        return fail("expected '=', '>=', '<=' or ':' after the attribute's name");
    }

    bool parse_attribute(FilterNode& node) {
        const auto start = at_;
        while (is_name_character(next())) ++at_;
        if (at_ == start) {
            if (next() == ':') return fail("expected an attribute's name before the matching rule");
            return fail("expected '&', '|', '!' or an attribute's name");
        }
        if (is_digit(text_[start]) || text_[start] == '-') {
            return fail_at(start, "expected an attribute's name, which starts with a letter");
        }
        if (next() == ';') return fail("attribute options are not supported");
        node.attribute = text_.substr(start, at_ - start);
        node.syntax = syntax_of(node.attribute);
        const auto name = text::lower(node.attribute);
        for (const auto& refused : refused_attributes) {
            if (refused.name == name) return fail_at(start, std::string(refused.reason));
        }
        skip_spaces();
        return true;
    }

    bool parse_rule(FilterNode& node, std::size_t start) {
        if (take("1.2.840.113556.1.4.803:=")) {
            node.kind = FilterKind::all_bits;
        } else if (take("1.2.840.113556.1.4.804:=")) {
            node.kind = FilterKind::any_bits;
        } else if (take("1.2.840.113556.1.4.1941:")) {
            return fail_at(
                start, "the rule 1.2.840.113556.1.4.1941 needs the directory: list the group in the scope");
        } else {
            return fail_at(
                start,
                "expected the matching rule ':1.2.840.113556.1.4.803:=' or ':1.2.840.113556.1.4.804:='");
        }
        return parse_number(node);
    }

    bool parse_number(FilterNode& node) {
        const auto start = at_;
        while (next() != ')' && at_ < text_.size()) ++at_;
        const auto number = whole_number(text_.substr(start, at_ - start));
        if (!number) return fail_at(start, "expected a whole number");
        node.number = *number;
        return true;
    }

    /// What is behind `=`: texts between asterisks. None of the latter is equality, one alone is presence.
    bool parse_value(FilterNode& node) {
        const auto start = at_;
        std::vector<std::string> parts(1);
        while (next() != ')') {
            if (take("*")) {
                parts.emplace_back();
            } else if (!parse_value_byte(parts.back())) {
                return false;
            }
        }
        if (parts.size() == 1) {
            node.kind = FilterKind::equality;
            return set_asserted(node, std::move(parts.front()), start);
        }
        bool all_empty = true;
        for (const auto& part : parts) all_empty = all_empty && part.empty();
        if (all_empty) {
            node.kind = FilterKind::presence;
            return true;
        }
        node.kind = FilterKind::substrings;
        return set_substrings(node, std::move(parts), start);
    }

    bool parse_value_byte(std::string& out) {
        if (at_ == text_.size()) return fail("expected ')'");
        const char c = next();
        if (c == '(') return fail("expected ')': a '(' in a value is written \\28");
        if (c == '\0') return fail("expected a value: a zero byte in it is written \\00");
        ++at_;
        if (c != '\\') {
            out += c;
            return true;
        }
        const int high = hex_value(next());
        const int low = at_ + 1 < text_.size() ? hex_value(text_[at_ + 1]) : -1;
        if (high < 0 || low < 0) {
            return fail("expected two hexadecimal digits: a backslash in a value is written \\5c");
        }
        out += static_cast<char>(high * 16 + low);
        at_ += 2;
        return true;
    }

    bool set_asserted(FilterNode& node, std::string value, std::size_t start) {
        switch (node.syntax) {
            case FilterSyntax::text:
                append_normal_text(node.value, value);
                return true;
            case FilterSyntax::octets:
                node.value = octets_of(std::move(value));
                return true;
            case FilterSyntax::category:
                if (value.find('=') == std::string::npos) {
                    node.value = normal_category(value);
                    return true;
                }
                node.syntax = FilterSyntax::dn;
                break;
            case FilterSyntax::dn:
                break;
        }
        const auto dn = Dn::parse(value);
        if (!dn) return fail_at(start, "expected a DN: that is what '" + node.attribute + "' holds");
        node.value = dn->key();
        return true;
    }

    bool set_substrings(FilterNode& node, std::vector<std::string> parts, std::size_t start) {
        if (node.syntax == FilterSyntax::dn || node.syntax == FilterSyntax::category) {
            return fail_at(start, "'" + node.attribute +
                                      "' holds a DN, and the directory knows no '*' in those: for a subtree "
                                      "list the organizational unit in the scope");
        }
        if (node.syntax == FilterSyntax::text) {
            for (auto& part : parts) part = normal_part(part);
            // Spaces at the ends of a value do not count, those inside a pattern do.
            while (parts.front().starts_with(' ')) parts.front().erase(0, 1);
            while (parts.back().ends_with(' ')) parts.back().pop_back();
        }
        node.value = std::move(parts.front());
        node.final = std::move(parts.back());
        for (std::size_t i = 1; i + 1 < parts.size(); ++i) {
            if (!parts[i].empty()) node.middles.push_back(std::move(parts[i]));
        }
        return true;
    }

    /// Without case, repeated spaces as one; a space at either end stays.
    static std::string normal_part(std::string_view part) {
        std::string out;
        for (const char c : text::folded(part)) {
            if (c != ' ' || !out.ends_with(' ')) out += c;
        }
        return out;
    }

    std::string_view text_;
    std::size_t at_ = 0;
    std::size_t failed_at_ = 0;
    std::string reason_;
};

}  // namespace

Result<Filter> Filter::parse(std::string_view text) {
    Filter filter;
    filter.text_ = text;
    filter.root_ = std::make_unique<Node>();
    Parser parser(text);
    if (!parser.parse_all(*filter.root_)) return std::move(parser).error();
    return filter;
}

}  // namespace dirsync::sync
