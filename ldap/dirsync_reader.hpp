#pragma once

#include <cstdint>
#include <string>

#include "core/error.hpp"
#include "core/task.hpp"
#include "ldap/domain_reader.hpp"
#include "ldap/reported_changes.hpp"

namespace dirsync::ldap {

/// Flags of a DirSync request (MS-ADTS 3.1.1.3.4.1.3).
namespace dir_sync_flag {
inline constexpr std::uint32_t object_security =
    1;  ///< what the account may read, instead of the replication right
inline constexpr std::uint32_t incremental_values = 0x80000000;
}  // namespace dir_sync_flag

/// Follows one domain by DirSync. Lives for one read; what it was given outlives it.
///
/// DirSync says which objects changed, and who came to and left a group. It gives changed attributes only, so
/// objects are read again by GUID, with the attributes of a full read; a group's members are not, unless it
/// is new or its list was not told value by value.
class DirSyncReader {
public:
    /// `flags`: besides incremental values. Errors of the calls below are those of Session::dir_sync, and
    /// those of the searches that follow.
    DirSyncReader(DomainReader::Parts parts, std::uint32_t flags);

    /// A cookie that stands for now, at next to no cost.
    Task<Result<std::string>> cookie_of_now();

    struct Read {
        std::string cookie;  ///< to go on from
        bool any = false;    ///< something was reported
    };
    /// Hands on what changed since `cookie`; nothing at all on failure.
    Task<Result<Read>> read(std::string cookie);

private:
    Task<Result<void>> read_objects(ReportedChanges& changes);

    DomainReader::Parts parts_;
    std::uint32_t flags_;
};

}  // namespace dirsync::ldap
