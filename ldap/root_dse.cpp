#include "ldap/root_dse.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

#include "core/dn.hpp"
#include "core/text.hpp"
#include "ldap/session/controls.hpp"
#include "ldap/wire/replication_vector.hpp"
#include "ldap/wire/values.hpp"

namespace dirsync::ldap {
namespace {

struct NeededControl {
    std::string_view oid;
    const char* name;
};
constexpr NeededControl needed_controls[] = {
    {paged_results_oid, "paged results"},
    {extended_dn_oid, "extended DN"},
};

/// A search of which at most a few entries are expected.
Task<Result<CollectedEntries>> collect(std::shared_ptr<Session> session, SearchRequest request) {
    CollectedEntries entries;
    auto searching = session->search(std::move(request), entries);
    auto result = co_await std::move(searching);
    if (!result) co_return std::move(result).error();
    co_return entries;
}

std::string first_label(std::string_view dns_name) {
    return std::string(dns_name.substr(0, dns_name.find('.')));
}

/// The naming context's root into `served`.
Task<Result<void>> read_root(std::shared_ptr<Session> session, ServedDomain& served) {
    auto& facts = served.facts;
    auto request = base_search(facts.base_dn,
                               {"objectGUID", "objectSid", std::string(wire::replication_vector_attribute)});
    auto reading = collect(std::move(session), std::move(request));
    auto read = co_await std::move(reading);
    const auto refused =
        "the domain's root " + facts.base_dn + " cannot be read: the account has lost its read rights";
    if (!read) {
        if (read.error().code() == ErrorCode::not_found)
            co_return Error(ErrorCode::insufficient_rights, refused);
        co_return std::move(read).error().within("reading " + facts.base_dn);
    }
    if (read->entries().size() != 1) co_return Error(ErrorCode::insufficient_rights, refused);
    const auto& root = read->entries().front();
    const auto guid = guid_from_wire(root.first("objectGUID"));
    const auto sid = sid_from_wire(root.first("objectSid"));
    if (!guid || !sid)
        co_return Error(ErrorCode::insufficient_rights, refused + " (no objectGUID or objectSid)");
    facts.guid = *guid;
    facts.sid = *sid;
    served.cursors = wire::decode_replication_vector(root.first(wire::replication_vector_attribute));
    co_return Result<void>();
}

/// The id of the DC's database. Every user may read it.
Task<Result<ObjectGuid>> read_invocation_id(std::shared_ptr<Session> session, std::string service_dn) {
    auto request = base_search(std::move(service_dn), {"invocationId"});
    auto reading = collect(std::move(session), std::move(request));
    auto read = co_await std::move(reading);
    if (!read) co_return std::move(read).error().within("reading the DC's invocationId");
    if (read->entries().size() == 1) {
        const auto id = guid_from_wire(read->entries().front().first("invocationId"));
        if (id) co_return *id;
    }
    co_return Error(ErrorCode::insufficient_rights, "the DC's invocationId cannot be read");
}

/// crossRef of the domain (MS-ADTS 6.1.1.2.1.1.1); where it cannot be seen, AD's rule for the default name.
Task<Result<std::string>> read_netbios_name(std::shared_ptr<Session> session, std::string configuration_dn,
                                            std::string base_dn, std::string dns_name) {
    SearchRequest request;
    request.base = "CN=Partitions," + configuration_dn;
    request.scope = SearchScope::one_level;
    request.filter = "(&(objectClass=crossRef)(nETBIOSName=*))";
    request.attributes = {"nCName", "nETBIOSName"};
    auto reading = collect(std::move(session), std::move(request));
    auto read = co_await std::move(reading);
    const auto fallback = text::upper(first_label(dns_name));
    if (!read) {
        if (read.error().error_class() == ErrorClass::transient)
            co_return std::move(read).error().within("reading the NetBIOS name");
        co_return fallback;
    }
    const auto base = Dn::parse(base_dn);
    for (const auto& partition : read->entries()) {
        const auto name = Dn::parse(partition.first("nCName"));
        if (base && name && *name == *base) co_return std::string(partition.first("nETBIOSName"));
    }
    co_return fallback;
}

}  // namespace

std::string_view CollectedEntries::Entry::first(std::string_view name) const {
    const auto values = all(name);
    return values.empty() ? std::string_view() : std::string_view(values.front());
}

std::span<const std::string> CollectedEntries::Entry::all(std::string_view name) const {
    const auto found = attributes.find(text::lower(name));
    return found == attributes.end() ? std::span<const std::string>() : std::span(found->second);
}

void CollectedEntries::begin(std::string_view dn) {
    entries_.emplace_back();
    entries_.back().dn = dn;
}

void CollectedEntries::attribute(std::string_view name, std::span<const std::string_view> values) {
    entries_.back().attributes[text::lower(name)].assign(values.begin(), values.end());
}

Result<RootDse> root_dse_of(const CollectedEntries& read, const std::string& domain) {
    if (read.entries().size() != 1) return Error(ErrorCode::protocol, "the server shows no root DSE");
    const auto& entry = read.entries().front();
    RootDse root;
    root.base_dn = entry.first("defaultNamingContext");
    root.configuration_dn = entry.first("configurationNamingContext");
    root.schema_dn = entry.first("schemaNamingContext");
    root.host_name = entry.first("dnsHostName");
    root.service_dn = entry.first("dsServiceName");
    const auto base = Dn::parse(root.base_dn);
    if (!base || root.base_dn.empty() || root.service_dn.empty() || root.configuration_dn.empty()) {
        return Error(ErrorCode::config_invalid,
                     "the server is not a domain controller of an Active Directory domain");
    }
    root.dns_name = text::lower(base->dns_domain());
    if (root.dns_name != domain) {
        return Error(ErrorCode::config_invalid, "the server serves the domain " +
                                                    quoted_peer_text(root.dns_name) + ", but " +
                                                    quoted_peer_text(domain) + " is configured");
    }
    const auto controls = entry.all("supportedControl");
    for (const auto& needed : needed_controls) {
        if (std::find(controls.begin(), controls.end(), needed.oid) == controls.end()) {
            return Error(ErrorCode::config_invalid, std::string("the server lacks the ") + needed.name +
                                                        " control (" + std::string(needed.oid) + ")");
        }
    }
    root.offers_dir_sync = std::find(controls.begin(), controls.end(), dir_sync_oid) != controls.end();
    if (entry.first("isSynchronized") == "FALSE") {
        return Error(ErrorCode::server_busy, "the DC has not finished its first replication");
    }
    const auto usn = entry.first("highestCommittedUSN");
    const auto parsed = std::from_chars(usn.data(), usn.data() + usn.size(), root.highest_usn);
    if (parsed.ec != std::errc{} || parsed.ptr != usn.data() + usn.size()) {
        return Error(ErrorCode::protocol, "highestCommittedUSN is not a number: " + quoted_peer_text(usn));
    }
    root.current_time = wire::parse_generalized_time(entry.first("currentTime"));
    return root;
}

Task<Result<RootDse>> read_root_dse(std::shared_ptr<Session> session, std::string domain) {
    // Named one by one: Samba answers a request for everything with an error when one constructed value
    // fails.
    auto request = base_search("", {"defaultNamingContext", "configurationNamingContext", "dnsHostName",
                                    "dsServiceName", "highestCommittedUSN", "isSynchronized",
                                    "supportedControl", "schemaNamingContext", "currentTime"});
    auto reading = collect(std::move(session), std::move(request));
    auto read = co_await std::move(reading);
    if (!read) co_return std::move(read).error().within("reading the root DSE");
    co_return root_dse_of(*read, domain);
}

std::vector<Sid> token_in(const CollectedEntries::Entry& root) {
    std::vector<Sid> token;
    for (const auto& value : root.all("tokenGroups")) {
        if (const auto sid = sid_from_wire(value)) token.push_back(*sid);
    }
    return token;
}

Task<Result<std::vector<Sid>>> token_of(std::shared_ptr<Session> session) {
    const auto server = session->server();
    auto request = base_search("", {"tokenGroups"});
    auto reading = collect(std::move(session), std::move(request));
    auto read = co_await std::move(reading);
    if (!read) co_return std::move(read).error().within("reading the root DSE of " + to_text(server));
    if (read->entries().empty()) co_return std::vector<Sid>();
    co_return token_in(read->entries().front());
}

Task<Result<ServedDomain>> read_domain_facts(std::shared_ptr<Session> session, std::string domain) {
    auto reading_root = read_root_dse(session, std::move(domain));
    auto root = co_await std::move(reading_root);
    if (!root) co_return std::move(root).error();

    ServedDomain served;
    auto& facts = served.facts;
    facts.dns_name = root->dns_name;
    facts.base_dn = root->base_dn;
    facts.at.dc = root->service_dn;
    facts.at.highest_usn = root->highest_usn;
    facts.current_time = root->current_time;
    auto reading = read_root(session, served);
    auto top = co_await std::move(reading);
    if (!top) co_return std::move(top).error();
    auto reading_id = read_invocation_id(session, root->service_dn);
    auto id = co_await std::move(reading_id);
    if (!id) co_return std::move(id).error();
    facts.at.invocation_id = *id;
    auto reading_name = read_netbios_name(session, root->configuration_dn, root->base_dn, root->dns_name);
    auto name = co_await std::move(reading_name);
    if (!name) co_return std::move(name).error();
    facts.netbios_name = std::move(*name);
    served.offers_dir_sync = root->offers_dir_sync;
    served.schema_dn = root->schema_dn;
    co_return served;
}

}  // namespace dirsync::ldap
