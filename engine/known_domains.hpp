#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "model/seams/identity_store.hpp"

namespace dirsync::sync {

/// The domains of the mirror in memory, by their DomainIndex: a domain keeps its place for good, wherever it
/// stands in the configuration.
class KnownDomains {
public:
    using Domains = std::vector<DomainFacts>;

    /// As the store has them. What was loaded may be older than what was read since: how far each domain was
    /// seen stays, unless the store `is_foreign` (semantics 5.16).
    void load(Domains domains, bool is_foreign);
    /// Puts back what `all` gave before a read that came to nothing.
    void put_back(Domains domains) { domains_ = std::move(domains); }
    /// These databases were put back, and are not believed any more. Whether that is news of one of them.
    bool distrust(std::span<const ObjectGuid> databases);
    /// A read was taken in, though nothing may have been written for its sake.
    void note_seen();

    const Domains& all() const noexcept { return domains_; }
    std::vector<std::string> names() const;
    std::vector<std::optional<Sid>> sids() const;
    /// Whether each is configured still.
    std::vector<bool> active(std::span<const std::string> configured) const;
    bool knows(const ObjectGuid& guid) const;
    /// Whether one of `reached` has the name of another domain that was read before, be it configured still
    /// or not: a domain was rebuilt (semantics 1.2).
    bool has_another_of_name(std::span<const DomainFacts> reached) const;
    /// What is known of domains that were reached, in their order: they are known.
    Domains known_of(std::span<const DomainFacts> reached) const;
    /// Up to which USN the domain controller that is read now was read whole before; 0: it was not. What was
    /// only followed since may have been hidden when it changed.
    std::vector<std::uint64_t> unchanged_until(std::span<const DomainFacts> reached) const;

    /// Takes over what was reached or read. Gives the places, in the order of `reached`, and writes them
    /// there.
    std::vector<DomainIndex> place(Domains& reached);
    /// They were read whole, as far as `place` said.
    void were_read_whole(std::span<const DomainIndex> domains);

    /// Attributes that cannot be read of any user.
    std::vector<std::vector<AttributeNames::Index>> unreadable(const AttributeNames& names) const;
    void forget_unreadable();
    void add_unreadable(DomainIndex domain, const std::string& attribute);

private:
    const DomainFacts* find(const ObjectGuid& guid) const;

    Domains domains_;
    std::map<ObjectGuid, std::vector<Watermark>> seen_;  // by the last read that was taken in
};

}  // namespace dirsync::sync
