#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "tests/sim/forest/replica.hpp"

namespace dirsync::sim {

struct Dc {
    std::string name;
    ObjectGuid invocation_id;
    std::uint64_t first_usn = 0;  ///< each line of the log takes one USN
    Replica replica;
    bool down = false;
    Duration clock_error{};  ///< how far its clock is ahead of the true time
};

/// How the changes of a domain are found: as DomainFacts::detection says it.
enum class Detection : std::uint8_t { full, dirsync, usn };
std::string text_of(Detection detection);

/// One log, which DCs replicate late.
struct Domain {
    std::string name;
    std::string netbios;
    ObjectGuid guid;  ///< of the root, which is an object like others
    Sid sid;
    Detection detection = Detection::full;
    std::vector<Change> log;
    Replica truth;  ///< the whole log, applied
    std::vector<Dc> dcs;
    std::size_t preferred = 0;
    std::uint64_t cookie_epoch = 0;  ///< older cookies are refused
    struct Backup {
        std::size_t log_size = 0;
        Replica truth;
        std::vector<Replica> replicas;
    };
    std::optional<Backup> backup;
    /// Invocation ids of before a restore, each with what its USN was at the first line of the log and how
    /// many of the lines it was used for are in the log still.
    struct Retired {
        std::uint64_t first_usn = 0;
        std::uint64_t lines = 0;
    };
    std::map<ObjectGuid, Retired> retired;
    /// Of a domain that was put back as a whole, by invocation id: what is above was on no DC any more, and
    /// the admin wrote so into `lost_invocation_ids`.
    std::map<ObjectGuid, std::uint64_t> lost;
    bool is_lost(const sync::Watermark& mark) const {
        const auto found = lost.find(mark.invocation_id);
        return found != lost.end() && mark.highest_usn > found->second;
    }
    bool numbers_twice = false;  ///< put back in secret: the same uSNChanged may stand for something else
};

/// What the account may not read.
struct Denied {
    std::set<ObjectGuid> objects;
    std::set<ObjectGuid> trees;                ///< containers with all below them
    std::set<ObjectGuid> controls;             ///< these users: what they tell cannot be decoded
    std::set<std::size_t> tombstones;          ///< domains whose deleted objects cannot be seen
    std::set<ObjectGuid> lists;                ///< `member` of these groups
    std::set<ObjectGuid> back_links;           ///< `memberOf` of these users and groups
    std::map<ObjectGuid, std::size_t> halves;  ///< groups that show no more than so many members
    std::set<ObjectGuid> expiries;             ///< accountExpires of these users
    std::set<ObjectGuid> mails;                ///< mail of these users
    std::set<ObjectGuid> statuses;             ///< userAccountControl of these users, who tell all else
    bool hides_list(const ObjectGuid& group) const { return lists.contains(group) || halves.contains(group); }
    bool empty() const {
        return objects.empty() && trees.empty() && controls.empty() && tombstones.empty() && lists.empty() &&
               back_links.empty() && halves.empty() && expiries.empty() && mails.empty() && statuses.empty();
    }
};

/// One or two domains of Active Directory with all that happens to them. Deterministic: nothing is drawn
/// here.
class Forest {
public:
    static constexpr Duration tombstone_lifetime{40 * 86400};

    struct Shape {
        std::vector<std::size_t> dcs;  ///< of each domain
        std::vector<Detection> detection;
    };
    explicit Forest(const Shape& shape);

    std::vector<Domain>& domains() { return domains_; }
    const std::vector<Domain>& domains() const { return domains_; }
    Denied denied;

    /// Living objects of a kind, over all domains, by GUID.
    std::vector<ObjectPtr> living(sync::EntryKind kind) const;
    std::vector<ObjectPtr> tombstones() const;
    ObjectPtr object(const ObjectGuid& guid) const;  ///< nullptr: unknown or a tombstone
    bool name_is_free(std::size_t domain, const std::string& name) const;

    /// A new object; its GUID and RID are given by the forest.
    ObjectPtr add(Object object);
    void put(Object object);
    void remove(const ObjectGuid& guid, Time now);  ///< a container with all below it
    void undelete(const ObjectGuid& guid);
    void link(const ObjectGuid& group, const ObjectGuid& member, bool present);
    void touch(
        const ObjectGuid& guid);  ///< a right of it is given or taken: nothing but its uSNChanged moves
    /// The user goes to another domain and keeps its GUID: a tombstone in the one, alive in the other.
    void change_domain(const ObjectGuid& user, std::size_t to, const std::string& name, Time now);
    /// The foreign security principal of `target` in `domain`, made when there is none.
    ObjectPtr foreign_of(const Object& target, std::size_t domain);
    /// Tombstones that are too old vanish.
    void expire_tombstones(Time now);

    /// Brings a DC up to date by at most `lines` lines.
    void replicate(std::size_t domain, std::size_t dc, std::size_t lines);
    void replicate_all();
    bool is_replicated() const;

    void back_up(std::size_t domain);
    /// The whole domain comes from its backup: what was done since is undone. `new_identity`: under new
    /// invocation ids, as it should be; else the USNs are given a second time (a USN rollback). Not when
    /// somebody came back whom other domains have forgotten: those links end without moving any USN.
    bool restore(std::size_t domain, bool new_identity);
    /// One DC comes from the backup under a new invocation id and replicates again.
    bool restore_dc(std::size_t domain, std::size_t dc);

    std::string dn_of(const Object& object, const Replica& replica) const;
    bool is_visible(const Object& object, const Replica& replica) const;

private:
    /// A member of another domain that is gone there: its links stay until every DC of that domain knows.
    struct Phantom {
        ObjectGuid guid;
        std::size_t domain = 0;
        std::size_t position = 0;
    };
    void forget_phantoms();
    bool is_forgotten_elsewhere(const Object& tombstone) const;
    void write(std::size_t domain, Change change);
    ObjectGuid next_guid();

    std::vector<Domain> domains_;
    std::vector<Phantom> phantoms_;
    std::set<ObjectGuid> forgotten_;  ///< whose links ended in the other domains
    std::uint32_t next_ = 1;
};

}  // namespace dirsync::sim
