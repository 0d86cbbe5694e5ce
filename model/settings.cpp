#include "model/settings.hpp"

#include <utility>

#include "core/text.hpp"

namespace dirsync::sync {
namespace {

constexpr std::string_view guid_prefix = "guid:";

Error fault(std::string why) { return Error(ErrorCode::config_invalid, std::move(why)); }

Result<ScopeName> guid_name(std::string_view digits, ScopeName name) {
    const auto guid = parse<ObjectGuid>(text::trimmed(digits));
    if (!guid) {
        return fault("'guid:' without an objectGUID: write 'guid:6da77495-e9f6-5f2d-9056-e4b0038c472c'");
    }
    name.form = ScopeName::Form::guid;
    name.guid = *guid;
    return name;
}

Result<ScopeName> netbios_name(std::string_view text, std::size_t backslash, ScopeName name) {
    name.form = ScopeName::Form::netbios;
    name.domain = text.substr(0, backslash);
    name.name = text.substr(backslash + 1);
    if (name.domain.empty()) return fault("a '\\' without a domain before it: write 'CORP\\alice'");
    if (name.name.empty()) return fault("a domain without a name: write 'CORP\\alice'");
    if (name.name.find('\\') != std::string::npos) {
        return fault("more than one '\\': write 'CORP\\alice', between single quotes in YAML");
    }
    return name;
}

Result<ScopeName> qualified_name(std::string_view text, std::size_t at, ScopeName name) {
    name.form = ScopeName::Form::qualified;
    name.name = text.substr(0, at);
    name.domain = text::lower(text.substr(at + 1));
    if (name.name.empty()) return fault("a domain without a name: write 'alice@corp.example.com'");
    if (name.domain.empty()) return fault("a '@' without a domain behind it: write 'alice@corp.example.com'");
    if (text::has_white_space(name.domain)) {
        return fault("white space in the domain: write 'alice@corp.example.com'");
    }
    return name;
}

}  // namespace

Result<ScopeName> parse_scope_name(std::string_view text) {
    ScopeName name;
    name.text = text;
    const auto trimmed = text::trimmed(text);
    if (trimmed.empty()) return fault("an empty name: write 'alice@corp.example.com' or 'CORP\\alice'");
    if (text::lower(trimmed.substr(0, guid_prefix.size())) == guid_prefix) {
        return guid_name(trimmed.substr(guid_prefix.size()), std::move(name));
    }

    const auto at = trimmed.rfind('@');
    if (trimmed.find('=') != std::string_view::npos) {
        // `=` is legal in a userPrincipalName: with `@`, only a name that ends in DC parts is a DN.
        auto dn = Dn::parse(trimmed);
        if (dn && (at == std::string_view::npos || !dn->dns_domain().empty())) {
            name.form = ScopeName::Form::dn;
            name.dn = std::move(dn);
            return name;
        }
    }
    if (const auto backslash = trimmed.find('\\'); backslash != std::string_view::npos) {
        return netbios_name(trimmed, backslash, std::move(name));
    }
    if (at != std::string_view::npos) return qualified_name(trimmed, at, std::move(name));
    return fault("a name without a domain: write 'alice@corp.example.com' or 'CORP\\alice'");
}

}  // namespace dirsync::sync
