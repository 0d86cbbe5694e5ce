#include "model/language/mapping.hpp"

#include <algorithm>
#include <array>

#include "core/sid.hpp"
#include "core/text.hpp"
#include "core/uuid.hpp"

namespace dirsync::sync {
namespace {

constexpr bool is_template_character(char c) noexcept {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-';
}

Error fault(std::size_t at, std::string what) {
    return Error(ErrorCode::config_invalid, "at byte " + std::to_string(at + 1) + ": " + std::move(what));
}

std::string no_such_filter(std::string_view name) {
    if (name.empty()) return "expected a filter after '|': 'lower', 'upper' or 'trim'";
    return "unknown filter " + quoted_peer_text(name, 80) + ": the filters are 'lower', 'upper' and 'trim'";
}

Template built_in(std::string_view text) {
    auto parsed = Template::parse(text);
    DIRSYNC_ASSERT(parsed.has_value());
    return std::move(*parsed);
}

TargetMapping target(std::string name, std::initializer_list<std::string_view> chain) {
    TargetMapping out;
    out.target = std::move(name);
    out.chain.reserve(chain.size());
    for (const auto text : chain) out.chain.push_back(built_in(text));
    return out;
}

/// The value that starts with `prefix`, without it; the first one in byte order when there are several.
std::string_view prefixed_value(const AttributesView& attributes, AttributeNames::Index index,
                                std::string_view prefix) {
    std::string_view out;
    attributes.any_of(index, [&](std::string_view value) {
        if (!value.starts_with(prefix)) return false;
        out = value.substr(prefix.size());
        return true;
    });
    return out;
}

}  // namespace

Result<Template> Template::parse(std::string_view text) {
    Template out;
    out.source_ = text;
    const auto literal = [&out](std::string_view piece) {
        if (piece.empty()) return;
        if (out.parts_.empty() || out.parts_.back().form != Form::literal) out.parts_.emplace_back();
        out.parts_.back().text += piece;
    };
    for (std::size_t at = 0; at < text.size();) {
        const auto open = text.find("${", at);
        if (open == std::string_view::npos) {
            literal(text.substr(at));
            break;
        }
        if (open > at && text[open - 1] == '$') {
            literal(text.substr(at, open - 1 - at));
            literal("${");
            at = open + 2;
            continue;
        }
        literal(text.substr(at, open - at));
        const auto close = text.find('}', open);
        if (close == std::string_view::npos) {
            return fault(text.size(),
                         "expected '}' to end the reference that begins at byte " + std::to_string(open + 1));
        }
        auto part = parsed_reference(text.substr(open + 2, close - open - 2), open + 2);
        if (!part) return std::move(part).error();
        out.parts_.push_back(std::move(*part));
        at = close + 1;
    }
    return out;
}

/// What is between `${` and `}`; `start` is its place in the template.
Result<Template::Part> Template::parsed_reference(std::string_view reference, std::size_t start) {
    constexpr std::array<std::pair<std::string_view, Change>, 3> filters{
        {{"lower", Change::lower}, {"upper", Change::upper}, {"trim", Change::trim}}};
    Part part;
    std::size_t at = 0;
    while (at < reference.size() && is_template_character(reference[at])) ++at;
    part.text = reference.substr(0, at);
    if (part.text.empty()) return fault(start, "expected the name of an attribute");
    const auto name = text::lower(part.text);
    part.form = name == "domain"       ? Form::domain
                : name == "objectguid" ? Form::guid
                : name == "objectsid"  ? Form::sid
                                       : Form::attribute;

    if (at < reference.size() && reference[at] == ':') {
        if (part.form != Form::attribute) return fault(start + at, "'" + part.text + "' has no prefixes");
        const auto end = std::min(reference.find('|', at), reference.size());
        part.prefix = reference.substr(at + 1, end - at - 1);
        if (part.prefix.empty())
            return fault(start + at + 1, "expected the prefix of the value that is meant");
        part.prefix += ':';
        at = end;
    }
    while (at < reference.size()) {
        if (reference[at] != '|')
            return fault(start + at, "expected ':', '|' or '}' after the attribute's name");
        const auto begin = at + 1;
        at = std::min(reference.find('|', begin), reference.size());
        const auto name_of_filter = reference.substr(begin, at - begin);
        const auto found = std::find_if(filters.begin(), filters.end(),
                                        [&](const auto& filter) { return filter.first == name_of_filter; });
        if (found == filters.end()) return fault(start + begin, no_such_filter(name_of_filter));
        part.changes.push_back(found->second);
    }
    return part;
}

void Template::bind(AttributeNames& names) {
    for (auto& part : parts_) {
        if (part.form != Form::literal && part.form != Form::domain) part.index = names.add(part.text);
    }
}

std::optional<std::string> Template::text(const AttributesView& attributes, std::string_view domain) const {
    // Nearly all templates name one attribute, which needs no second copy.
    if (parts_.size() == 1 && parts_[0].form == Form::attribute && parts_[0].changes.empty()) {
        const std::string_view value = value_of(parts_[0], attributes);
        if (value.empty()) return std::nullopt;
        return std::string(value);
    }
    std::string out;
    for (const auto& part : parts_) {
        if (part.form == Form::literal) {
            out += part.text;
        } else if (!append_value(out, part, attributes, domain)) {
            return std::nullopt;
        }
    }
    if (out.empty()) return std::nullopt;
    return out;
}

/// Of a reference to an attribute; empty: it has none that is text.
std::string_view Template::value_of(const Part& part, const AttributesView& attributes) {
    const std::string_view value = part.prefix.empty() ? attributes.first(part.index)
                                                       : prefixed_value(attributes, part.index, part.prefix);
    return text::is_valid_utf8(value) ? value : std::string_view();
}

/// False when the reference is empty.
bool Template::append_value(std::string& out, const Part& part, const AttributesView& attributes,
                            std::string_view domain) {
    std::string made;
    std::string_view value;
    switch (part.form) {
        case Form::literal:
            value = part.text;
            break;
        case Form::domain:
            value = domain;
            break;
        case Form::attribute:
            value = value_of(part, attributes);
            break;
        case Form::guid:
            if (const auto guid = guid_from_wire(attributes.first(part.index))) made = to_text(*guid);
            value = made;
            break;
        case Form::sid:
            if (const auto sid = sid_from_wire(attributes.first(part.index))) made = to_text(*sid);
            value = made;
            break;
    }
    for (const auto change : part.changes) {
        switch (change) {
            case Change::trim:
                value = text::trimmed(value);
                continue;
            case Change::lower:
                made = text::lower(value);
                break;
            case Change::upper:
                made = text::upper(value);
                break;
        }
        value = made;
    }
    out += value;
    return !value.empty();
}

std::vector<std::string> Template::attributes() const {
    AttributeNames names;
    for (const auto& part : parts_) {
        if (part.form != Form::literal && part.form != Form::domain) names.add(part.text);
    }
    return names.all();
}

Mapping Mapping::defaults() {
    Mapping out;
    out.user.push_back(target("userName", {"${userPrincipalName}", "${sAMAccountName}@${domain}"}));
    out.user.push_back(target("email", {"${mail}"}));
    out.user.push_back(target("displayName", {"${displayName}"}));
    out.user.push_back(target("givenName", {"${givenName}"}));
    out.user.push_back(target("familyName", {"${sn}"}));
    out.user.push_back(target("middleName", {"${initials}"}));
    out.group.push_back(target("displayName", {"${sAMAccountName}@${domain}"}));
    out.group.push_back(target("description", {"${description}"}));
    return out;
}

void Mapping::bind(AttributeNames& names) {
    for (auto* targets : {&user, &group}) {
        for (auto& mapping : *targets) {
            for (auto& one : mapping.chain) one.bind(names);
        }
    }
}

Mapped mapped(const TemplateChain& chain, const AttributesView& attributes, std::string_view domain) {
    Mapped out;
    for (std::size_t i = 0; i < chain.size(); ++i) {
        if (auto text = chain[i].text(attributes, domain)) {
            out.value = std::move(*text);
            out.template_index = static_cast<int>(i);
            break;
        }
    }
    return out;
}

}  // namespace dirsync::sync
