#include "core/dn.hpp"

#include <algorithm>
#include <array>
#include <cstdint>

#include "core/text.hpp"

namespace dirsync {
namespace {

constexpr bool is_alpha(char c) noexcept { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
constexpr bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }

constexpr int hex_value(char c) noexcept {
    if (is_digit(c)) return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

/// Long names and object identifiers of the types that RFC 4514 section 3 lists.
struct TypeAlias {
    std::string_view alias;
    std::string_view type;
};
constexpr std::array type_aliases{
    TypeAlias{"2.5.4.3", "cn"},
    TypeAlias{"commonname", "cn"},
    TypeAlias{"2.5.4.6", "c"},
    TypeAlias{"countryname", "c"},
    TypeAlias{"2.5.4.7", "l"},
    TypeAlias{"localityname", "l"},
    TypeAlias{"2.5.4.8", "st"},
    TypeAlias{"stateorprovincename", "st"},
    TypeAlias{"2.5.4.9", "street"},
    TypeAlias{"streetaddress", "street"},
    TypeAlias{"2.5.4.10", "o"},
    TypeAlias{"organizationname", "o"},
    TypeAlias{"2.5.4.11", "ou"},
    TypeAlias{"organizationalunitname", "ou"},
    TypeAlias{"0.9.2342.19200300.100.1.25", "dc"},
    TypeAlias{"domaincomponent", "dc"},
    TypeAlias{"0.9.2342.19200300.100.1.1", "uid"},
    TypeAlias{"userid", "uid"},
};

struct Pair {
    std::string type;     // lower case, without aliases
    std::string value;    // unescaped, in the case that was written
    bool is_hex = false;  // `value` is the '#' form of a value that is not text
};

class Parser {
public:
    explicit Parser(std::string_view text) noexcept : rest_(text) {}

    bool at_end() const noexcept { return rest_.empty(); }
    bool take(char c) noexcept {
        if (rest_.empty() || rest_.front() != c) return false;
        rest_.remove_prefix(1);
        return true;
    }
    void skip_spaces() noexcept {
        while (take(' ')) {
        }
    }

    /// `type = value` with the spaces around it.
    bool read_pair(Pair& pair) {
        skip_spaces();
        if (!read_type(pair.type)) return false;
        skip_spaces();
        if (!take('=')) return false;
        skip_spaces();
        if (!rest_.empty() && rest_.front() == '#') return read_hex_value(pair);
        if (!rest_.empty() && rest_.front() == '"') return read_quoted_value(pair.value);
        return read_plain_value(pair.value);
    }

private:
    bool read_type(std::string& type) {
        std::size_t size = 0;
        const auto at = [&](std::size_t i) { return i < rest_.size() ? rest_[i] : '\0'; };
        // LDAPv2 (RFC 1779) writes object identifiers as OID.1.2.3.
        if (rest_.size() > 4 && text::lower(rest_.substr(0, 4)) == "oid." && is_digit(rest_[4])) {
            rest_.remove_prefix(4);
        }
        if (is_alpha(at(0))) {
            while (is_alpha(at(size)) || is_digit(at(size)) || at(size) == '-') ++size;
        } else {
            while (is_digit(at(size)) || (at(size) == '.' && is_digit(at(size + 1)) && size != 0)) ++size;
        }
        if (size == 0) return false;
        type = text::lower(rest_.substr(0, size));
        rest_.remove_prefix(size);
        for (const auto& [alias, canonical] : type_aliases) {
            if (type == alias) {
                type = canonical;
                break;
            }
        }
        return true;
    }

    /// Behind a backslash: two hexadecimal digits, or the character itself. RFC 4514 allows the latter
    /// for special characters only, Samba writes `\?` as well.
    bool read_escaped(std::string& value) {
        if (rest_.empty()) return false;
        const int high = hex_value(rest_[0]);
        if (high < 0) {
            value += rest_[0];
            rest_.remove_prefix(1);
            return true;
        }
        const int low = rest_.size() > 1 ? hex_value(rest_[1]) : -1;
        if (low < 0) return false;
        value += static_cast<char>(high * 16 + low);
        rest_.remove_prefix(2);
        return true;
    }

    bool read_plain_value(std::string& value) {
        std::size_t significant = 0;
        while (!rest_.empty() && rest_.front() != ',' && rest_.front() != '+') {
            const char c = rest_.front();
            if (c == '\0' || c == '"' || c == ';' || c == '<' || c == '>') return false;
            rest_.remove_prefix(1);
            if (c == '\\') {
                if (!read_escaped(value)) return false;
                significant = value.size();
            } else {
                value += c;
                if (c != ' ') significant = value.size();
            }
        }
        value.resize(significant);
        return true;
    }

    bool read_quoted_value(std::string& value) {
        rest_.remove_prefix(1);
        while (!take('"')) {
            if (rest_.empty() || rest_.front() == '\0') return false;
            const char c = rest_.front();
            rest_.remove_prefix(1);
            if (c != '\\') {
                value += c;
            } else if (!read_escaped(value)) {
                return false;
            }
        }
        skip_spaces();
        return true;
    }

    bool read_hex_value(Pair& pair) {
        rest_.remove_prefix(1);
        std::string ber;
        while (rest_.size() >= 2 && hex_value(rest_[0]) >= 0) {
            if (!read_escaped(ber)) return false;
        }
        skip_spaces();
        if (ber.empty()) return false;
        if (auto content = text_of_ber(ber)) {
            pair.value = std::move(*content);
            return true;
        }
        constexpr std::string_view digits = "0123456789abcdef";
        pair.is_hex = true;
        pair.value = "#";
        for (const char c : ber) {
            const auto byte = static_cast<std::uint8_t>(c);
            pair.value += digits[byte >> 4U];
            pair.value += digits[byte & 0x0FU];
        }
        return true;
    }

    /// Content of a BER string whose bytes are the text: OCTET, UTF8, Printable, Teletex or IA5 string.
    static std::optional<std::string> text_of_ber(std::string_view ber) {
        constexpr std::string_view string_tags = "\x04\x0c\x13\x14\x16";
        if (ber.size() < 2 || string_tags.find(ber[0]) == std::string_view::npos) return std::nullopt;
        std::size_t size = static_cast<std::uint8_t>(ber[1]);
        ber.remove_prefix(2);
        if (size >= 0x80) {
            std::size_t size_bytes = size & 0x7FU;
            if (size_bytes == 0 || size_bytes > 4 || size_bytes > ber.size()) return std::nullopt;
            for (size = 0; size_bytes > 0; --size_bytes, ber.remove_prefix(1)) {
                size = size << 8U | static_cast<std::uint8_t>(ber[0]);
            }
        }
        if (ber.size() != size) return std::nullopt;
        return std::string(ber);
    }

    std::string_view rest_;
};

/// The one way a value is written in a key: what RFC 4514 asks for and no more.
void append_canonical(std::string& out, const Pair& pair) {
    out += pair.type;
    out += '=';
    if (pair.is_hex) {
        out += pair.value;
        return;
    }
    const auto start = out.size();
    text::append_folded(out, pair.value);
    constexpr std::string_view special(",+\"\\<>;\0", 8);
    const std::string_view value(out.data() + start, out.size() - start);
    if (value.empty()) return;
    if (value.find_first_of(special) == std::string_view::npos && value.front() != ' ' &&
        value.front() != '#' && value.back() != ' ') {
        return;
    }
    const std::string plain(value);
    out.resize(start);
    for (std::size_t at = 0; at < plain.size(); ++at) {
        const char c = plain[at];
        if (c == '\0') {
            out += "\\00";
            continue;
        }
        const bool is_edge = at == 0 || at + 1 == plain.size();
        if (special.find(c) != std::string_view::npos || (c == ' ' && is_edge) || (c == '#' && at == 0)) {
            out += '\\';
        }
        out += c;
    }
}

/// Appends one RDN in normal form: the order of its parts does not matter (X.501 9.3).
void append_rdn(std::string& out, const std::vector<Pair>& pairs) {
    if (pairs.size() == 1) {
        append_canonical(out, pairs.front());
        return;
    }
    std::vector<std::string> texts(pairs.size());
    for (std::size_t i = 0; i < pairs.size(); ++i) append_canonical(texts[i], pairs[i]);
    std::sort(texts.begin(), texts.end());
    for (std::size_t i = 0; i < texts.size(); ++i) {
        if (i != 0) out += '+';
        out += texts[i];
    }
}

}  // namespace

std::optional<Dn> Dn::parse(std::string_view text) {
    Dn dn;
    if (text.empty()) return dn;
    dn.key_.reserve(text.size());
    Parser parser(text);
    std::vector<Pair> pairs;
    do {
        pairs.clear();
        do {
            pairs.emplace_back();
            if (!parser.read_pair(pairs.back())) return std::nullopt;
        } while (parser.take('+'));
        if (dn.rdns_.empty()) {
            dn.leaf_ = pairs.front().value;
        } else {
            dn.key_ += ',';
        }
        dn.rdns_.push_back(dn.key_.size());
        append_rdn(dn.key_, pairs);
    } while (parser.take(','));
    if (!parser.at_end()) return std::nullopt;
    return dn;
}

std::string_view Dn::parent_key() const noexcept {
    return rdns_.size() < 2 ? std::string_view() : std::string_view(key_).substr(rdns_[1]);
}

bool Dn::is_within(const Dn& base) const noexcept {
    if (base.depth() > depth()) return false;
    if (base.depth() == 0) return true;
    const auto start = rdns_[depth() - base.depth()];
    return std::string_view(key_).substr(start) == base.key_;
}

std::string Dn::dns_domain() const {
    constexpr std::string_view type = "dc=";
    std::string out;
    for (std::size_t i = rdns_.size(); i-- > 0;) {
        const auto end = i + 1 < rdns_.size() ? rdns_[i + 1] - 1 : key_.size();
        auto rdn = std::string_view(key_).substr(rdns_[i], end - rdns_[i]);
        // A label needs no escape: a value with one, in hexadecimal or with a second part is none.
        if (!rdn.starts_with(type) || rdn.find_first_of("\\+#") != std::string_view::npos) break;
        rdn.remove_prefix(type.size());
        if (rdn.empty()) break;
        if (!out.empty()) out.insert(0, 1, '.');
        out.insert(0, rdn);
    }
    return out;
}

std::size_t end_of_first_rdn(std::string_view text) noexcept {
    bool quoted = false;
    for (std::size_t at = 0; at < text.size(); ++at) {
        const char c = text[at];
        if (c == '\\') {
            ++at;
        } else if (c == '"') {
            quoted = !quoted;
        } else if (c == ',' && !quoted) {
            return at + 1;
        }
    }
    return std::string_view::npos;
}

std::string base_dn_of(std::string_view dns_domain) {
    constexpr std::string_view special = ",+\"\\<>;=#";
    std::string out;
    while (!dns_domain.empty()) {
        const auto dot = dns_domain.find('.');
        const auto label = dns_domain.substr(0, dot);
        dns_domain.remove_prefix(dot == std::string_view::npos ? dns_domain.size() : dot + 1);
        if (label.empty()) continue;
        out += out.empty() ? "DC=" : ",DC=";
        for (const char c : label) {
            if (special.find(c) != std::string_view::npos) out += '\\';
            out += c;
        }
    }
    return out;
}

}  // namespace dirsync
