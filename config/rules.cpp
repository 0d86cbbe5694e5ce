#include "config/rules.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdio>

#include "core/dn.hpp"
#include "core/text.hpp"
#include "core/uuid.hpp"

namespace dirsync::config {
namespace {

bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }
bool is_letter(char c) noexcept { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

std::string ascii_lower(std::string_view text) {
    std::string out(text);
    for (char& c : out) {
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    }
    return out;
}

template <class Number>
std::optional<Number> parse_number(std::string_view text) {
    Number value{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return value;
}

bool is_port(std::string_view text) {
    if (text.empty() || !is_digit(text.front())) return false;
    const auto port = parse_number<std::uint16_t>(text);
    return port && *port != 0;
}

bool is_ipv4(std::string_view text) {
    for (int part = 0; part < 4; ++part) {
        const std::size_t end = part == 3 ? text.size() : text.find('.');
        if (end == std::string_view::npos || end == 0 || end > 3 || !is_digit(text.front())) return false;
        if (!parse_number<std::uint8_t>(text.substr(0, end))) return false;
        text.remove_prefix(part == 3 ? end : end + 1);
    }
    return true;
}

/// Groups of up to four hexadecimal digits, at most one `::`; no zone.
bool is_ipv6(std::string_view text) {
    int groups = 0;
    bool gap = false;
    std::size_t at = 0;
    if (text.starts_with("::")) {
        gap = true;
        at = 2;
    }
    while (at < text.size()) {
        std::size_t end = std::min(text.find(':', at), text.size());
        const std::string_view group = text.substr(at, end - at);
        if (end == text.size() && group.find('.') != std::string_view::npos) {
            if (!is_ipv4(group)) return false;
            groups += 2;
            break;
        }
        std::uint16_t value = 0;
        const auto [stop, error] = std::from_chars(group.data(), group.data() + group.size(), value, 16);
        if (group.size() > 4 || error != std::errc{} || stop != group.data() + group.size()) return false;
        ++groups;
        if (end == text.size()) break;
        at = end + 1;
        if (at == text.size()) return false;  // a single colon at the end
        if (text[at] == ':') {
            if (gap) return false;
            gap = true;
            ++at;
        }
    }
    return gap ? groups < 8 : groups == 8;
}

bool is_dns_name(std::string_view name) {
    if (name.empty() || name.size() > 253) return false;
    std::string_view label;
    for (std::size_t at = 0; at <= name.size(); at += label.size() + 1) {
        label = name.substr(at, std::min(name.find('.', at), name.size()) - at);
        if (label.empty() || label.size() > 63 || label.front() == '-' || label.back() == '-') return false;
        const auto allowed = [](char c) { return is_letter(c) || is_digit(c) || c == '-' || c == '_'; };
        if (!std::all_of(label.begin(), label.end(), allowed)) return false;
    }
    return !std::all_of(label.begin(), label.end(), is_digit);  // else it is an address
}

std::optional<Fault> server_fault(std::string& uri) {
    static const std::string form =
        "expected ldap:// or ldaps://, a host and nothing else but a port, "
        "for example ldaps://dc1.corp.example.com";
    const std::size_t scheme_end = uri.find("://");
    if (scheme_end == std::string::npos) return Fault{form, 0};
    const std::string scheme = ascii_lower(std::string_view(uri).substr(0, scheme_end));
    if (scheme != "ldap" && scheme != "ldaps") return Fault{form, 0};
    const std::size_t start = scheme_end + 3;
    const std::string rest = ascii_lower(std::string_view(uri).substr(start));
    if (const std::size_t extra = rest.find_first_of("/?#@ "); extra != std::string::npos) {
        return Fault{form, start + extra};
    }
    std::size_t host_end = rest.find(':');
    bool good_host = false;
    if (rest.starts_with('[')) {
        const std::size_t bracket = std::min(rest.find(']'), rest.size());
        good_host = bracket < rest.size() && is_ipv6(std::string_view(rest).substr(1, bracket - 1));
        host_end = bracket + 1;
    } else {
        const std::string_view host = std::string_view(rest).substr(0, std::min(host_end, rest.size()));
        good_host = is_dns_name(host) || is_ipv4(host);
    }
    if (!good_host) return Fault{"not a host name or address: " + form, start};
    if (host_end < rest.size() &&
        (rest[host_end] != ':' || !is_port(std::string_view(rest).substr(host_end + 1)))) {
        return Fault{"not a port: expected a number from 1 to 65535", start + host_end};
    }
    if (host_end < rest.size()) {
        const std::string_view port = std::string_view(rest).substr(host_end + 1);
        if (port == "3268" || port == "3269") {
            return Fault{
                "the port of a global catalog, which shows few attributes and hides members of most groups: "
                "leave the port out, and the domain controller itself is read",
                start + host_end + 1};
        }
    }
    uri = scheme + "://" + rest;
    return std::nullopt;
}

std::optional<Fault> listen_fault(std::string_view value) {
    const std::string_view form =
        "expected an IP address and a port, for example 127.0.0.1:9411 or '[::1]:9411'";
    const std::size_t colon = value.rfind(':');
    if (colon == std::string_view::npos) return Fault{std::string(form), 0};
    const std::string_view host = value.substr(0, colon);
    const bool six = host.size() > 2 && host.front() == '[' && host.back() == ']';
    const bool good = six ? is_ipv6(host.substr(1, host.size() - 2)) : is_ipv4(host);
    if (!good) return Fault{std::string(form), 0};
    if (!is_port(value.substr(colon + 1))) return Fault{std::string(form), colon + 1};
    return std::nullopt;
}

std::optional<Fault> label_fault(std::string_view label) {
    if (label == "directory") return std::nullopt;
    for (const std::string_view prefix : {"active_directory:", "external_idp:"}) {
        if (label.starts_with(prefix) && label.size() > prefix.size()) return std::nullopt;
    }
    return Fault{
        "expected a source as `dirsyncctl source show` prints it: directory, "
        "'active_directory:corp.example.com' or 'external_idp:ISSUER'"};
}

std::string absolute_from(const std::filesystem::path& base, const std::string& value) {
    return (base / std::filesystem::path(value)).lexically_normal().string();
}

/// Distance in insertions, deletions, replacements and swaps of neighbours.
std::size_t edit_distance(std::string_view a, std::string_view b) {
    std::vector<std::size_t> before(b.size() + 1);
    std::vector<std::size_t> row(b.size() + 1);
    std::vector<std::size_t> next(b.size() + 1);
    for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
    for (std::size_t i = 1; i <= a.size(); ++i) {
        next[0] = i;
        for (std::size_t j = 1; j <= b.size(); ++j) {
            const std::size_t replaced = row[j - 1] + (a[i - 1] == b[j - 1] ? 0U : 1U);
            next[j] = std::min({row[j] + 1, next[j - 1] + 1, replaced});
            const bool swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
            if (swapped) next[j] = std::min(next[j], before[j - 2] + 1);
        }
        std::swap(before, row);
        std::swap(row, next);
    }
    return row[b.size()];
}

}  // namespace

std::optional<Fault> normalize(TextKind kind, const std::filesystem::path& base, std::string& value) {
    const auto control = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; };
    if (const auto found = std::find_if(value.begin(), value.end(), control); found != value.end()) {
        return Fault{
            R"(holds a control character; in double quotes a backslash starts an escape: use single quotes)",
            static_cast<std::size_t>(found - value.begin())};
    }
    if (value.empty()) return Fault{"may not be empty"};
    switch (kind) {
        case TextKind::plain:
            return std::nullopt;
        case TextKind::dns_name:
            if (!is_dns_name(value)) return Fault{"not a DNS name: expected, for example, corp.example.com"};
            value = ascii_lower(value);
            return std::nullopt;
        case TextKind::server_uri:
            return server_fault(value);
        case TextKind::existing_file:
        case TextKind::path:
            value = absolute_from(base, value);
            return std::nullopt;
        case TextKind::socket_path: {
            constexpr std::size_t longest = 107;  // unix(7): sun_path holds 108 bytes with the final NUL
            value = absolute_from(base, value);
            if (value.size() <= longest) return std::nullopt;
            return Fault{"too long for a unix socket: at most " + std::to_string(longest) + " bytes"};
        }
        case TextKind::listen_address:
            return listen_fault(value);
        case TextKind::ldap_filter: {
            auto filter = sync::Filter::parse(value);
            if (filter) return std::nullopt;
            return fault_from(filter.error());
        }
        case TextKind::credential_name:
            if (value != "." && value != ".." && value.find('/') == std::string::npos) return std::nullopt;
            return Fault{"expected the name of a systemd credential (LoadCredential=NAME:...), not a path"};
        case TextKind::uuid: {
            const auto id = parse<ObjectGuid>(value);
            if (!id) return Fault{"not a UUID: expected, for example, 3f2504e0-4f89-11d3-9a0c-0305e82c3301"};
            value = to_text(*id);
            return std::nullopt;
        }
        case TextKind::source_label:
            return label_fault(value);
    }
    return std::nullopt;
}

std::optional<std::string> domain_fault(std::string_view domain, std::span<const std::string> domains) {
    if (domains.empty() || std::find(domains.begin(), domains.end(), domain) != domains.end())
        return std::nullopt;
    const std::vector<std::string_view> candidates(domains.begin(), domains.end());
    std::string message = "the domain " + quoted_peer_text(domain, 80) + " is not configured";
    if (const auto close = close_match(domain, candidates)) message += " (did you mean '" + *close + "'?)";
    return message;
}

std::optional<std::string> scope_fault(const sync::ScopeName& name, ScopeKind kind,
                                       std::span<const std::string> domains) {
    using Form = sync::ScopeName::Form;
    const bool by_name = name.form == Form::qualified || name.form == Form::netbios;
    if (kind == ScopeKind::organizational_unit && by_name) {
        return "expected a DN or guid:, for example 'OU=Staff,DC=corp,DC=example,DC=com'";
    }
    std::string domain;
    if (name.form == Form::dn && name.dn) {
        domain = name.dn->dns_domain();
        if (domain.empty())
            return "the DN does not end in the parts of a domain, such as DC=corp,DC=example,DC=com";
    } else if (name.form == Form::qualified && kind == ScopeKind::group) {
        domain = name.domain;
    } else {
        return std::nullopt;
    }
    return domain_fault(ascii_lower(domain), domains);
}

std::optional<std::string> target_fault(std::string_view target, ObjectKind kind) {
    if (is_fixed_target(target)) return "is set by the program and cannot be mapped";
    const auto allowed = [](char c) {
        return is_letter(c) || is_digit(c) || c == '_' || c == '.' || c == '-';
    };
    if (target.empty() || !is_letter(target.front()) || !std::all_of(target.begin(), target.end(), allowed)) {
        return "not a name for an attribute: a letter, then letters, digits, '_', '.' and '-'";
    }
    for (const About& known : known_targets(kind)) {
        if (target != known.name && ascii_lower(target) == ascii_lower(known.name)) {
            return "unknown key (did you mean '" + std::string(known.name) + "'?)";
        }
    }
    return std::nullopt;
}

Fault fault_from(const Error& error) {
    constexpr std::string_view word = "byte ";
    Fault fault{error.message()};
    const std::size_t found = fault.message.find(word);
    if (found == std::string::npos) return fault;
    const char* start = fault.message.data() + found + word.size();
    std::from_chars(start, fault.message.data() + fault.message.size(), fault.at);
    if (fault.at > 0) --fault.at;
    return fault;
}

std::optional<double> parse_percent(std::string_view text) {
    if (text.ends_with('%')) text.remove_suffix(1);
    const auto allowed = [](char c) { return is_digit(c) || c == '.'; };
    if (text.empty() || !is_digit(text.front()) || !std::all_of(text.begin(), text.end(), allowed)) {
        return std::nullopt;
    }
    const auto value = parse_number<double>(text);
    if (!value || *value > 100) return std::nullopt;
    return value;
}

std::string percent_text(double percent) {
    std::array<char, 40> buffer{};
    const auto [end, error] =
        std::to_chars(buffer.data(), buffer.data() + buffer.size(), percent, std::chars_format::fixed);
    if (error != std::errc{}) return "0";  // only a value below 1e-30: nothing
    return {buffer.data(), end};
}

std::optional<std::uint64_t> parse_count(std::string_view text) { return parse_number<std::uint64_t>(text); }

std::optional<std::string> close_match(std::string_view word, std::span<const std::string_view> candidates) {
    constexpr std::size_t longest = 64;
    if (word.empty() || word.size() > longest) return std::nullopt;
    const std::string wanted = ascii_lower(word);
    std::size_t best = std::max<std::size_t>(1, word.size() / 3) + 1;
    std::optional<std::string> match;
    for (const std::string_view candidate : candidates) {
        if (candidate.size() > longest) continue;
        const std::size_t distance = edit_distance(wanted, ascii_lower(candidate));
        if (distance >= best || distance >= candidate.size()) continue;
        best = distance;
        match = candidate;
    }
    return match;
}

std::string listed(std::span<const std::string_view> words) {
    std::string out;
    for (std::size_t index = 0; index < words.size(); ++index) {
        if (index > 0) out += index + 1 == words.size() ? " or " : ", ";
        out += "'" + std::string(words[index]) + "'";
    }
    return out;
}

}  // namespace dirsync::config
