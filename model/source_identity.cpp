#include "model/source_identity.hpp"

#include <algorithm>

namespace dirsync::sync {

std::string source_label(const SourceRecord& source) {
    return source.identity.empty() ? source.type : source.identity;
}

std::string active_directory_label(std::span<const DomainFacts> domains) {
    std::string label = "active_directory:";
    for (std::size_t i = 0; i < domains.size(); ++i) label += (i == 0 ? "" : ",") + domains[i].dns_name;
    return label;
}

SourceMatch compared(const SourceRecord& recorded, std::span<const DomainFacts> domains) {
    if (recorded.type != "active_directory") return SourceMatch::changed;
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
    source.type = "active_directory";
    source.identity = active_directory_label(domains);
    for (const auto& facts : domains) source.domains.emplace_back(facts.dns_name, facts.guid);
    const bool same = compared(recorded, domains) == SourceMatch::same;
    source.store_id = same ? recorded.store_id : new_store_id;
    source.since = same ? recorded.since : now;
    return source;
}

SourceRecord built_in_source(const std::string& issuer, const RowId& store_id, Time now) {
    SourceRecord source;
    if (!issuer.empty()) {
        source.type = "external_idp";
        source.identity = "external_idp:" + issuer;
    }
    source.store_id = store_id;
    source.since = now;
    return source;
}

}  // namespace dirsync::sync
