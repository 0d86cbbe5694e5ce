#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/error.hpp"
#include "core/task.hpp"
#include "core/time.hpp"
#include "ldap/session/session.hpp"
#include "model/entry.hpp"
#include "model/replication.hpp"

namespace dirsync::ldap {

/// Entries as text, for the few small reads where values are looked at one by one. Names without case.
class CollectedEntries : public RawEntrySink {
public:
    struct Entry {
        std::string dn;
        std::map<std::string, std::vector<std::string>> attributes;  ///< names in lower case
        /// The first value; empty when there is none.
        std::string_view first(std::string_view name) const;
        std::span<const std::string> all(std::string_view name) const;
    };

    void begin(std::string_view dn) override;
    void attribute(std::string_view name, std::span<const std::string_view> values) override;
    void end() override {}

    const std::vector<Entry>& entries() const noexcept { return entries_; }

private:
    std::vector<Entry> entries_;
};

/// The content of the root DSE (MS-ADTS 3.1.1.3.2).
struct RootDse {
    std::string base_dn;           ///< defaultNamingContext
    std::string configuration_dn;  ///< configurationNamingContext
    std::string schema_dn;         ///< schemaNamingContext; empty: not told
    std::string dns_name;          ///< of the domain served, lower case, from base_dn
    std::string host_name;         ///< dnsHostName
    std::string service_dn;        ///< dsServiceName: the DC's NTDS settings object
    std::uint64_t highest_usn = 0;
    std::optional<Time> current_time;  ///< nullopt: not told, or unreadable
    bool offers_dir_sync = false;
};

/// Checks that the root DSE is that of a usable DC of `domain`. config_invalid: no Active Directory, another
/// domain (both are named), a needed control missing; server_busy: not yet synchronized.
Result<RootDse> root_dse_of(const CollectedEntries& read, const std::string& domain);

/// What `read_domain_facts` finds out.
struct ServedDomain {
    sync::DomainFacts facts;
    bool offers_dir_sync = false;
    /// Replication vector of the domain's naming context; nullopt: there is none, or the account may not read
    /// it.
    std::optional<std::vector<sync::ReplicationCursor>> cursors;
    std::string schema_dn;  ///< empty: not told
};

/// Reads who serves `domain` on `session`: root DSE first (so that highest_usn is older than any entry read
/// later), then the naming context's root, the DC's invocation id and the NetBIOS name. `server` and
/// how changes are found are left for the caller. insufficient_rights when the root of the domain cannot be
/// read: to an account without rights everything looks empty.
Task<Result<ServedDomain>> read_domain_facts(std::shared_ptr<Session> session, std::string domain);

/// The root DSE again, to see that the connection lives and what the highest USN is now.
Task<Result<RootDse>> read_root_dse(std::shared_ptr<Session> session, std::string domain);

/// The SIDs in the tokenGroups of a root DSE (MS-ADTS 3.1.1.3.2.23): for whom the server takes the account.
/// Empty: it does not say, and no permission proves anything.
std::vector<Sid> token_in(const CollectedEntries::Entry& root);
/// Asks for them. Errors as Session::search.
Task<Result<std::vector<Sid>>> token_of(std::shared_ptr<Session> session);

}  // namespace dirsync::ldap
