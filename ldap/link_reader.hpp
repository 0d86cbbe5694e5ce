#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "core/error.hpp"
#include "core/sid.hpp"
#include "core/task.hpp"
#include "ldap/session/session.hpp"
#include "model/entry.hpp"
#include "model/seams/look_up.hpp"

namespace dirsync::ldap {

/// What one domain shows about a link.
struct LinkEvidence {
    bool is_named = false;       ///< the member's memberOf holds the group
    bool shows_groups = false;   ///< it holds some, and all of them were sent
    bool may_read_back = false;  ///< the member's permissions let the account read memberOf, which is empty
    bool is_one_domain = false;  ///< both ends are objects of this domain: else memberOf need not tell
    bool may_read_list = false;  ///< the group's permissions let the account read member
};

/// An empty memberOf looks the same as a hidden one, so that only permissions that can be read, and allow it,
/// make it a proof (semantics 5.15). memberOf tells of groups of the DC's own domain only, and of primary
/// groups never (MS-ADTS 3.1.1.4.5.35).
sync::LinkFate fate_of(const LinkEvidence& evidence) noexcept;

/// Asks one domain for links from the side of their members, on one session. Lives for one call; what it was
/// given outlives it.
class LinkReader {
public:
    LinkReader(std::shared_ptr<Session> session, const sync::DomainFacts& facts, std::uint32_t page_size)
        : session_(std::move(session)), facts_(facts), page_size_(page_size) {}

    /// Puts what this domain proves into `fates`, by the place in `links`, and into `seen` the links whose
    /// member it shows; the rest stays as it is. An error: they may be used for nothing.
    Task<Result<void>> look_up(const std::vector<sync::Link>& links, std::vector<sync::LinkFate>& fates,
                               std::vector<bool>& seen);

private:
    struct Object {
        std::unordered_set<ObjectGuid> groups;  ///< memberOf
        bool is_whole = true;                   ///< false: the server sent a part of memberOf
        std::string descriptor;                 ///< nTSecurityDescriptor; empty: hidden from the account
    };
    using Objects = std::unordered_map<ObjectGuid, Object>;

    Task<Result<void>> read(std::vector<ObjectGuid> guids, bool member_of, Objects& objects);
    bool may_read(const Object& object, bool member_of) const;
    LinkEvidence evidence(const sync::Link& link, const Objects& members, const Objects& groups) const;

    std::shared_ptr<Session> session_;
    const sync::DomainFacts& facts_;
    std::uint32_t page_size_;
    std::vector<Sid> token_;
};

}  // namespace dirsync::ldap
