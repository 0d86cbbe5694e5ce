#include "ldap/session/server_uri.hpp"

#include <charconv>

#include "core/text.hpp"

namespace dirsync::ldap {
namespace {

bool is_host_character(char c) noexcept {
    const auto byte = static_cast<unsigned char>(c);
    return byte > ' ' && byte < 0x7f &&
           std::string_view("/?#@[]\"<>\\^`{|}%").find(c) == std::string_view::npos;
}

}  // namespace

std::optional<ServerUri> parse_server_uri(std::string_view text) {
    const auto colon = text.find("://");
    if (colon == std::string_view::npos) return std::nullopt;
    const auto scheme = text::lower(text.substr(0, colon));
    if (scheme != "ldap" && scheme != "ldaps") return std::nullopt;
    ServerUri server;
    server.ldaps = scheme == "ldaps";
    server.port = server.ldaps ? ldaps_port : ldap_port;

    auto rest = text.substr(colon + 3);
    if (rest.ends_with('/')) rest.remove_suffix(1);
    std::string_view port;
    if (rest.starts_with('[')) {
        const auto end = rest.find(']');
        if (end == std::string_view::npos) return std::nullopt;
        server.host = rest.substr(1, end - 1);
        if (server.host.find(':') == std::string::npos) return std::nullopt;
        rest.remove_prefix(end + 1);
        if (!rest.empty() && !rest.starts_with(':')) return std::nullopt;
        port = rest;
    } else {
        const auto start = rest.find(':');
        server.host = rest.substr(0, start);
        if (start != std::string_view::npos) port = rest.substr(start);
    }
    if (server.host.empty()) return std::nullopt;
    for (const char c : server.host) {
        if (!is_host_character(c)) return std::nullopt;
    }
    if (!port.empty()) {
        port.remove_prefix(1);
        const auto* end = port.data() + port.size();
        const auto parsed = std::from_chars(port.data(), end, server.port);
        if (parsed.ec != std::errc{} || parsed.ptr != end || server.port == 0) return std::nullopt;
    }
    return server;
}

std::string to_text(const ServerUri& server) {
    std::string out = server.ldaps ? "ldaps://" : "ldap://";
    const bool bracketed = server.host.find(':') != std::string::npos;
    out += bracketed ? "[" + server.host + "]" : server.host;
    if (server.port != (server.ldaps ? ldaps_port : ldap_port)) out += ":" + std::to_string(server.port);
    return out;
}

}  // namespace dirsync::ldap
