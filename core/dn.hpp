#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace dirsync {

/// A distinguished name, parsed (RFC 4514) and compared the way the directory does: attribute types
/// and values without case, escapes resolved, spaces around separators ignored. Never compare texts:
/// servers differ in how they escape.
class Dn {
public:
    /// Fails on anything that is not a DN. The empty text is the root, depth 0.
    static std::optional<Dn> parse(std::string_view text);

    std::size_t depth() const noexcept { return rdns_.size(); }
    /// The normal form of the whole name: equal names, equal texts. Fit as a key.
    const std::string& key() const noexcept { return key_; }
    /// Normal form of the name without its first RDN; empty for depth 0 and 1.
    std::string_view parent_key() const noexcept;
    /// True for the name itself and everything below it.
    bool is_within(const Dn& base) const noexcept;
    /// Unescaped value of the first RDN's first attribute, in the case that was written.
    const std::string& leaf_value() const noexcept { return leaf_; }
    /// `dc=corp,dc=example,dc=com` -> `corp.example.com`; empty without trailing DC parts.
    std::string dns_domain() const;

    bool operator==(const Dn& other) const noexcept { return key_ == other.key_; }

private:
    std::vector<std::size_t> rdns_;  // offset of each RDN in key_
    std::string key_;
    std::string leaf_;
};

/// Offset in `text` just after the comma that ends the first RDN; `npos` for a name of one RDN.
/// Understands escapes and quotes, does not validate: for text that `Dn::parse` accepted or a server sent.
std::size_t end_of_first_rdn(std::string_view text) noexcept;

/// `corp.example.com` -> `DC=corp,DC=example,DC=com`.
std::string base_dn_of(std::string_view dns_domain);

}  // namespace dirsync
