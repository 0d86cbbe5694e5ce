#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "core/error.hpp"
#include "core/task.hpp"
#include "ldap/newest_told.hpp"
#include "ldap/restored_entries.hpp"
#include "ldap/session/session.hpp"
#include "ldap/wire/entry_decoder.hpp"
#include "model/entry.hpp"
#include "model/seams/directory_source.hpp"

namespace dirsync::ldap {

/// Reads one domain on one session. Lives for one read; what it was given outlives it. Each error means that
/// the entries that the sink got are not evidence (semantics 5.1).
class DomainReader {
public:
    struct Parts {
        std::shared_ptr<Session> session;
        sync::DomainFacts facts;
        const std::vector<std::string>& names;  ///< AttributeNames, by index
        sync::EntrySink& sink;
        sync::Progress& progress;
        std::uint32_t page_size = 1000;
    };
    explicit DomainReader(Parts parts);

    /// Containers, then users, then groups with all their members. insufficient_rights when the domain's
    /// root is not among the containers.
    Task<Result<void>> read_all();

    /// All containers; the same on the root.
    Task<Result<void>> read_containers();

    /// Objects with a uSNChanged of at least `usn`: all containers when one of them has, then users, then
    /// groups with all their members. `entries`, which is the sink of `parts`, is told who was deleted and is
    /// back since then, as far as the account may read it.
    Task<Result<void>> read_changed(std::uint64_t usn, RestoredEntries& entries);
    /// Adds to `guids` the visible deleted objects with such a uSNChanged.
    Task<Result<void>> read_deleted(std::uint64_t usn, std::vector<ObjectGuid>& guids);

    /// The highest uSNChanged of whatever a read may deliver, tombstones included; `floor` when none is
    /// above.
    Task<Result<std::uint64_t>> newest_usn(std::uint64_t floor);
    /// The USN of the newest change among them that replicates: of users by their replPropertyMetaData, as
    /// far as the account may read it, since each logon moves their uSNChanged. 0: nothing was told.
    Task<Result<std::uint64_t>> newest_replicated_usn(std::vector<NewestTold::Told> newest);
    /// The highest uSNChanged of visible tombstones; `floor` when none is above.
    Task<Result<std::uint64_t>> newest_deleted_usn(std::uint64_t floor);
    /// The highest uSNChanged of these, tombstones included; 0: none of them is visible.
    Task<Result<std::uint64_t>> newest_usn_of(std::vector<ObjectGuid> guids);

    /// Looks for each GUID, deleted objects included. Entries of those alive go to the sink, groups with all
    /// their members or, unless `with_members`, without knowledge of them. `fates` gets what was seen; a GUID
    /// that is alive there already is not looked for.
    using Fates = std::unordered_map<ObjectGuid, sync::Fate>;
    Task<Result<void>> look_up(const std::vector<ObjectGuid>& guids, bool with_members, Fates& fates);

    /// The groups that list one of the living objects `guids` as a member, as far as the account may read the
    /// group's list or the object's memberOf.
    Task<Result<void>> find_groups_of(const std::vector<ObjectGuid>& guids, std::vector<ObjectGuid>& groups);

    /// False when neither a deleted object is visible nor their container: the account may not list them, and
    /// deletions cannot be proved then. The account that may read the container is taken for one that may
    /// list it: both are given together, and nobody has either by default.
    Task<Result<bool>> sees_deleted_objects();

private:
    class Delivery;

    std::string deleted_objects() const;
    SearchRequest whole_domain(std::string filter, bool with_members) const;
    struct Since {
        std::uint64_t usn;
        RestoredEntries& entries;
    };
    Task<Result<void>> read_kind(const char* what, std::string filter, bool with_members, Delivery& delivery);
    Task<Result<void>> read_people(const Since* since);
    Task<Result<void>> ask(SearchRequest request, RawEntrySink& sink);
    Task<Result<std::uint64_t>> highest_usn(std::string filter);
    Task<Result<void>> complete_groups(std::vector<sync::Entry> groups);
    Task<Result<void>> complete_group(sync::Entry group);

    Parts parts_;
};

/// The attributes to ask for: `names` and those the decoder needs, each once.
std::vector<std::string> attributes_to_read(const std::vector<std::string>& names, bool with_members);

}  // namespace dirsync::ldap
