#include "engine/known_domains.hpp"

#include <algorithm>

namespace dirsync::sync {

const DomainFacts* KnownDomains::find(const ObjectGuid& guid) const {
    const auto known = std::find_if(domains_.begin(), domains_.end(),
                                    [&guid](const DomainFacts& domain) { return domain.guid == guid; });
    return known == domains_.end() ? nullptr : &*known;
}

void KnownDomains::load(Domains domains, bool is_foreign) {
    if (is_foreign) seen_.clear();
    domains_ = std::move(domains);
    for (auto& domain : domains_) {
        if (const auto found = seen_.find(domain.guid); found != seen_.end()) domain.seen = found->second;
    }
}

bool KnownDomains::distrust(std::span<const ObjectGuid> databases) {
    bool is_news = false;
    const auto distrust_one = [&](Watermark& mark) {
        if (mark.was_put_back || std::ranges::find(databases, mark.invocation_id) == databases.end()) return;
        mark.was_put_back = true;
        is_news = true;
    };
    for (auto& domain : domains_) {
        std::ranges::for_each(domain.seen, distrust_one);
        std::ranges::for_each(domain.watermarks, distrust_one);
        distrust_one(domain.whole);
    }
    for (auto& [guid, seen] : seen_) std::ranges::for_each(seen, distrust_one);
    return is_news;
}

void KnownDomains::note_seen() {
    seen_.clear();
    for (const auto& domain : domains_) seen_[domain.guid] = domain.seen;
}

std::vector<std::string> KnownDomains::names() const {
    std::vector<std::string> names;
    for (const auto& domain : domains_) names.push_back(domain.dns_name);
    return names;
}

std::vector<std::optional<Sid>> KnownDomains::sids() const {
    std::vector<std::optional<Sid>> sids;
    for (const auto& domain : domains_) sids.emplace_back(domain.sid);
    return sids;
}

std::vector<bool> KnownDomains::active(std::span<const std::string> configured) const {
    std::vector<bool> active;
    for (const auto& domain : domains_) {
        active.push_back(std::find(configured.begin(), configured.end(), domain.dns_name) !=
                         configured.end());
    }
    return active;
}

bool KnownDomains::knows(const ObjectGuid& guid) const { return find(guid) != nullptr; }

bool KnownDomains::has_another_of_name(std::span<const DomainFacts> reached) const {
    return std::ranges::any_of(reached, [this](const DomainFacts& now) {
        return std::ranges::any_of(domains_, [&now](const DomainFacts& before) {
            return before.dns_name == now.dns_name && before.guid != now.guid;
        });
    });
}

KnownDomains::Domains KnownDomains::known_of(std::span<const DomainFacts> reached) const {
    Domains known;
    for (const auto& domain : reached) known.push_back(*find(domain.guid));
    return known;
}

std::vector<std::uint64_t> KnownDomains::unchanged_until(std::span<const DomainFacts> reached) const {
    std::vector<std::uint64_t> until;
    for (const auto& domain : domains_) {
        // One that is not as far as it was has been put back, whatever its invocation id says.
        const bool is_same_dc =
            std::any_of(reached.begin(), reached.end(), [&domain](const DomainFacts& facts) {
                return facts.guid == domain.guid && facts.at.dc == domain.whole.dc &&
                       facts.at.invocation_id == domain.whole.invocation_id && !domain.whole.was_put_back &&
                       facts.at.highest_usn >= domain.whole.highest_usn;
            });
        until.push_back(is_same_dc ? domain.whole.highest_usn : 0);
    }
    return until;
}

std::vector<DomainIndex> KnownDomains::place(Domains& reached) {
    std::vector<DomainIndex> places;
    for (auto& domain : reached) {
        const DomainFacts* known = find(domain.guid);
        const std::size_t at =
            known == nullptr ? domains_.size() : static_cast<std::size_t>(known - domains_.data());
        domain.domain = static_cast<DomainIndex>(at);
        places.push_back(domain.domain);
        if (known == nullptr) {
            domains_.push_back(domain);
        } else {
            domain.unreadable = std::move(domains_[at].unreadable);
            domain.whole = std::move(domains_[at].whole);
            domains_[at] = domain;
        }
    }
    return places;
}

void KnownDomains::were_read_whole(std::span<const DomainIndex> domains) {
    for (const DomainIndex domain : domains) domains_[domain].whole = domains_[domain].at;
}

std::vector<std::vector<AttributeNames::Index>> KnownDomains::unreadable(const AttributeNames& names) const {
    std::vector<std::vector<AttributeNames::Index>> indexes;
    for (const auto& domain : domains_) {
        auto& of_domain = indexes.emplace_back();
        for (const auto& name : domain.unreadable) {
            if (const auto index = names.find(name)) of_domain.push_back(*index);
        }
    }
    return indexes;
}

void KnownDomains::forget_unreadable() {
    for (auto& domain : domains_) domain.unreadable.clear();
}

void KnownDomains::add_unreadable(DomainIndex domain, const std::string& attribute) {
    domains_[domain].unreadable.push_back(attribute);
}

}  // namespace dirsync::sync
