#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include "core/sid.hpp"
#include "core/time.hpp"
#include "core/uuid.hpp"
#include "model/entry.hpp"

namespace dirsync::sim {

/// A directory object. Never changed once it stands in a log: a change puts another one in its place.
struct Object {
    ObjectGuid guid;
    sync::EntryKind kind = sync::EntryKind::user;
    std::size_t domain = 0;
    std::uint32_t rid = 0;
    std::string name;   ///< cn or ou; of users and groups sAMAccountName as well
    ObjectGuid parent;  ///< container; nil: the domain's root
    std::map<std::string, std::string> attributes;
    bool disabled = false;
    std::int64_t expires = sync::never_expires;
    std::uint32_t primary_group = 0;  ///< RID
    std::optional<Sid> foreign_sid;
    bool deleted = false;  ///< a tombstone
    Time deleted_at{};
    bool mangled = false;  ///< its name is that of a replication conflict (CNF)
};
using ObjectPtr = std::shared_ptr<const Object>;

/// One line of a domain's log: what replicates.
struct Change {
    enum class Kind : std::uint8_t {
        put,            ///< a new state of an object, deletion and undeletion included
        link,           ///< `member` came into the group `guid`
        unlink,         ///< and left it
        forget_member,  ///< `member` of another domain is gone: its links vanish without a trace
        expunge,        ///< a tombstone's time is over
        touch,          ///< an access right of `guid` changed, which is not read: its uSNChanged moves
    };
    Kind kind = Kind::put;
    ObjectPtr object;
    ObjectGuid guid;
    ObjectGuid member;
};

/// What a read told.
struct Told {
    bool whole = false;                                       ///< everything that can be seen
    std::map<ObjectGuid, bool> entries;                       ///< true: with its members
    std::map<std::pair<ObjectGuid, ObjectGuid>, bool> links;  ///< (group, member): added, or removed
    std::set<ObjectGuid> deleted;
    /// (group, member): as lists showed them, cut ones and phantoms included
    std::set<std::pair<ObjectGuid, ObjectGuid>> shown;
    std::set<ObjectGuid> unlisted;  ///< groups whose list was withheld, or cut, though they were told
    /// (group, member): not shown in a list that is to be believed, since it shows others and its group
    /// changed
    std::set<std::pair<ObjectGuid, ObjectGuid>> losses;
    std::set<ObjectGuid> hidden_expiry;  ///< users that were told without their accountExpires
    std::set<ObjectGuid> hidden_status;  ///< users that were told without their userAccountControl
};

/// The objects of one domain as one DC has them: the first `position` lines of the log.
class Replica {
public:
    struct Link {
        bool present = true;
        std::uint64_t changed = 0;  ///< position
    };
    struct Held {
        ObjectPtr object;
        std::uint64_t changed = 0;  ///< position of the last change that was none of a link
        std::uint64_t usn = 0;      ///< uSNChanged: links count (MS-ADTS 3.1.1.1.9)
        std::uint64_t reborn = 0;   ///< position at which it came back from a tombstone; 0: never
        std::map<ObjectGuid, Link> links;
    };

    explicit Replica(std::uint64_t first_usn = 1) : usn_(first_usn) {}

    void apply(const Change& change);

    /// What somebody knows who knew `before` and now sees of `served` what `eyes` say: of the visible its
    /// state now, of the invisible its state then, of the deleted nothing. `unreadable`: there, and listed by
    /// its groups, but not what it is. Visible things that `told` lacks are as they were before.
    enum class Sight : std::uint8_t { visible, unreadable, invisible, deleted };
    using Eyes = std::function<Sight(const ObjectGuid&)>;
    static Replica known(const Replica& before, const Replica& served, const Eyes& eyes, const Told& told);

    /// The same without these objects and the links to them.
    Replica without(const std::set<ObjectGuid>& guids) const;
    /// The same without these links (group, member).
    Replica without(const std::set<std::pair<ObjectGuid, ObjectGuid>>& links) const;
    /// The same with these links of its groups.
    Replica with(const std::set<std::pair<ObjectGuid, ObjectGuid>>& links) const;

    const Held* find(const ObjectGuid& guid) const;
    /// nullptr: unknown or a tombstone.
    const Object* alive(const ObjectGuid& guid) const;
    const std::map<ObjectGuid, Held>& objects() const { return objects_; }
    /// Tombstones whose time was over, and the position of their deletion.
    const std::map<ObjectGuid, std::uint64_t>& expunged() const { return expunged_; }
    std::uint64_t position() const { return position_; }
    std::uint64_t usn() const { return usn_; }

private:
    void drop_links_to(const ObjectGuid& member);

    std::map<ObjectGuid, Held> objects_;
    std::map<ObjectGuid, std::uint64_t> expunged_;
    std::uint64_t position_ = 0;
    std::uint64_t usn_;
};

}  // namespace dirsync::sim
