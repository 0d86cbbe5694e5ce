#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/error.hpp"
#include "model/attributes.hpp"

namespace dirsync::sync {

/// One mapping template (semantics 3.3): literal text with `${attribute}`, `${attribute:PREFIX}` (the
/// value that starts with `PREFIX:`, case counted, without it: `${proxyAddresses:SMTP}` is the primary
/// address), each optionally followed by filters `|lower`, `|upper`, `|trim`. `$${` is a literal `${`.
/// `${domain}` is the DNS name of the entry's domain. `objectGUID` and `objectSid` yield their text form.
class Template {
public:
    /// The error says what is wrong and at which byte.
    static Result<Template> parse(std::string_view text);

    void bind(AttributeNames& names);
    /// nullopt when any reference is empty (or the whole text is). Values that are not valid UTF-8 yield
    /// nothing.
    std::optional<std::string> text(const AttributesView& attributes, std::string_view domain) const;
    /// As written.
    const std::string& source() const noexcept { return source_; }
    /// Directory attributes that are referenced, without `domain`.
    std::vector<std::string> attributes() const;

private:
    enum class Change : std::uint8_t { lower, upper, trim };
    enum class Form : std::uint8_t { literal, attribute, guid, sid, domain };
    struct Part {
        Form form = Form::literal;
        std::string text;    // literal text, or the attribute's name
        std::string prefix;  // with its colon; empty: the first value
        std::vector<Change> changes;
        AttributeNames::Index index = 0;
    };
    static Result<Part> parsed_reference(std::string_view reference, std::size_t start);
    static std::string_view value_of(const Part& part, const AttributesView& attributes);
    static bool append_value(std::string& out, const Part& part, const AttributesView& attributes,
                             std::string_view domain);

    std::string source_;
    std::vector<Part> parts_;
};

/// A fallback chain: the first template that yields text wins.
using TemplateChain = std::vector<Template>;

struct TargetMapping {
    std::string target;  ///< `userName`, `email`, ... or a name of the admin's own
    TemplateChain chain;
};

/// The mapping of both kinds, defaults filled in (semantics 3.2): known targets always present, in the
/// order userName, email, displayName, givenName, familyName, middleName; groups displayName,
/// description; then the admin's own targets in the order of the file.
struct Mapping {
    std::vector<TargetMapping> user;
    std::vector<TargetMapping> group;

    static Mapping defaults();
    void bind(AttributeNames& names);
};

/// The text a chain yields and which template gave it, for `explain`. Template index -1: none did.
struct Mapped {
    std::string value;
    int template_index = -1;
};
Mapped mapped(const TemplateChain& chain, const AttributesView& attributes, std::string_view domain);

}  // namespace dirsync::sync
