#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/error.hpp"
#include "core/sid.hpp"
#include "core/task.hpp"
#include "ldap/session/session.hpp"
#include "ldap/wire/security_descriptor.hpp"
#include "model/entry.hpp"
#include "model/seams/look_up.hpp"

namespace dirsync::ldap {

/// For the objectGUIDs and permissions of these objects of a domain; at most `guids_a_search` of them.
SearchRequest permissions_search(const sync::DomainFacts& facts, std::span<const ObjectGuid> guids,
                                 std::uint32_t page_size);

/// Asks one domain what the permissions of its objects let the account read. Lives for one call; what it was
/// given outlives it.
class RightsReader {
public:
    RightsReader(std::shared_ptr<Session> session, const sync::DomainFacts& facts, std::string schema_dn,
                 std::uint32_t page_size)
        : session_(std::move(session)),
          facts_(facts),
          schema_dn_(std::move(schema_dn)),
          page_size_(page_size) {}

    /// Puts into `rights`, by the place in `attributes`, what this domain shows; the rest stays as it is. An
    /// error: `rights` may be used for nothing.
    Task<Result<void>> look_up(const std::vector<sync::LostAttribute>& attributes,
                               std::vector<sync::ReadRight>& rights);

private:
    Task<Result<void>> read_attributes(const std::vector<sync::LostAttribute>& attributes);
    Task<Result<void>> read_descriptors(const std::vector<sync::LostAttribute>& attributes);
    sync::ReadRight right_of(const sync::LostAttribute& attribute) const;

    std::shared_ptr<Session> session_;
    const sync::DomainFacts& facts_;
    std::string schema_dn_;
    std::uint32_t page_size_;
    std::vector<Sid> token_;
    struct Protected {
        wire::ProtectedAttribute attribute;
        bool is_confidential = false;  ///< takes the right of control access as well
    };
    std::map<std::string, Protected> protected_;  // by the name in lower case
    std::map<ObjectGuid, std::vector<wire::AccessEntry>> access_;
};

}  // namespace dirsync::ldap
