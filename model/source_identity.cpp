#include "model/source_identity.hpp"

#include <algorithm>

namespace dirsync::sync {

std::string source_label(const SourceRecord& source) {
    return source.identity.empty() ? std::string(text_of(source.kind)) : source.identity;
}

std::string active_directory_label(std::span<const std::string> domains) {
    std::string label = std::string(text_of(SourceKind::active_directory)) + ":";
    for (std::size_t i = 0; i < domains.size(); ++i) label += (i == 0 ? "" : ",") + domains[i];
    return label;
}

std::string active_directory_label(std::span<const DomainFacts> domains) {
    std::vector<std::string> names;
    for (const auto& facts : domains) names.push_back(facts.dns_name);
    return active_directory_label(names);
}

SourceMatch compared(const SourceRecord& recorded, std::span<const DomainFacts> domains) {
    if (!traits_of(recorded.kind).is_read) return SourceMatch::changed;
    bool any_remains = false;
    for (const auto& [name, guid] : recorded.domains) {
        for (const auto& facts : domains) {
            if (facts.guid == guid) any_remains = true;
            if (facts.dns_name == name && facts.guid != guid) return SourceMatch::changed;
        }
    }
    return any_remains ? SourceMatch::same : SourceMatch::changed;
}

SourceRecord adopted(const SourceRecord& recorded, std::span<const DomainFacts> domains,
                     const RowId& new_store_id, Time now) {
    SourceRecord source;
    source.kind = SourceKind::active_directory;
    source.identity = active_directory_label(domains);
    for (const auto& facts : domains) source.domains.emplace_back(facts.dns_name, facts.guid);
    const bool same = compared(recorded, domains) == SourceMatch::same;
    source.store_id = same ? recorded.store_id : new_store_id;
    source.since = same ? recorded.since : now;
    return source;
}

SourceRecord unread_source(SourceKind kind, const std::string& issuer, const RowId& store_id, Time now) {
    SourceRecord source;
    source.kind = kind;
    if (!issuer.empty()) source.identity = std::string(text_of(kind)) + ":" + issuer;
    source.store_id = store_id;
    source.since = now;
    return source;
}

}  // namespace dirsync::sync
