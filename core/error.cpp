#include "core/error.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <stdexcept>

#include "core/text.hpp"

namespace dirsync {
namespace {

struct CodeFacts {
    ErrorCode code;
    ErrorClass error_class;
    std::string_view name;
};

constexpr std::array code_facts{
    CodeFacts{ErrorCode::unreachable, ErrorClass::transient, "unreachable"},
    CodeFacts{ErrorCode::timeout, ErrorClass::transient, "timeout"},
    CodeFacts{ErrorCode::connection_lost, ErrorClass::transient, "connection_lost"},
    CodeFacts{ErrorCode::tls_failed, ErrorClass::transient, "tls_failed"},
    CodeFacts{ErrorCode::server_busy, ErrorClass::transient, "server_busy"},
    CodeFacts{ErrorCode::server_behind, ErrorClass::transient, "server_behind"},
    CodeFacts{ErrorCode::read_incomplete, ErrorClass::transient, "read_incomplete"},
    CodeFacts{ErrorCode::protocol, ErrorClass::transient, "protocol"},
    CodeFacts{ErrorCode::invalid_credentials, ErrorClass::denied, "InvalidDirectoryCredentials"},
    CodeFacts{ErrorCode::insufficient_rights, ErrorClass::denied, "insufficient_rights"},
    CodeFacts{ErrorCode::cursor_refused, ErrorClass::conflict, "cursor_refused"},
    CodeFacts{ErrorCode::not_found, ErrorClass::config, "not_found"},
    CodeFacts{ErrorCode::config_invalid, ErrorClass::config, "config_invalid"},
    CodeFacts{ErrorCode::malformed_entry, ErrorClass::data, "malformed_entry"},
    CodeFacts{ErrorCode::cursor_moved, ErrorClass::conflict, "cursor_moved"},
    CodeFacts{ErrorCode::store_unavailable, ErrorClass::transient, "store_unavailable"},
    CodeFacts{ErrorCode::store_in_use, ErrorClass::transient, "store_in_use"},
    CodeFacts{ErrorCode::store_too_new, ErrorClass::config, "store_too_new"},
    CodeFacts{ErrorCode::held, ErrorClass::safety, "held"},
    CodeFacts{ErrorCode::refused, ErrorClass::data, "refused"},
    CodeFacts{ErrorCode::internal, ErrorClass::internal, "internal"},
};

const CodeFacts& facts_of(ErrorCode code) noexcept {
    for (const auto& facts : code_facts) {
        if (facts.code == code) return facts;
    }
    return code_facts.back();
}

}  // namespace

ErrorClass class_of(ErrorCode code) noexcept { return facts_of(code).error_class; }
std::string_view name_of(ErrorCode code) noexcept { return facts_of(code).name; }

std::string quoted_peer_text(std::string_view text, std::size_t limit) {
    const bool cut = text.size() > limit;
    auto end = std::min(text.size(), limit);
    if (cut) {
        // Back to the start of the character that the limit falls into.
        while (end > 0 && limit - end < 3 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) --end;
    }
    std::string out = "'" + text::escaped(text.substr(0, end)) + "'";
    if (cut) out += "...";
    return out;
}

void throw_exception_from_error(const Error& error, const boost::source_location&) {
    throw std::runtime_error(error.message());
}

void assertion_failed(const char* expression, const char* file, int line) {
    std::fprintf(stderr, "dirsync: broken invariant at %s:%d: %s\n", file, line, expression);
    std::abort();
}

}  // namespace dirsync
