#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <variant>
#include <vector>

#include "ldap/wire/range.hpp"
#include "model/entry.hpp"

namespace dirsync::ldap::wire {

/// Attributes that the decoder needs besides those of the mapping. For groups `member` comes on top;
/// uSNChanged is taken where it comes, which DirSync never sends.
const std::vector<std::string>& decoder_attributes();

struct DecodedEntry {
    sync::Entry entry;
    bool is_deleted = false;               ///< a tombstone: isDeleted is TRUE
    std::optional<RangeProgress> members;  ///< set while the list of members is not complete
};

/// Makes entries of what a search delivers, attribute by attribute. An object that is not a user, group,
/// container or foreign principal is of kind `other` (semantics 2.4); a user or group that a replication
/// conflict has renamed is marked as mangled, by its DN or, where it is among the names, its sAMAccountName.
/// An entry is quarantined, with a reason, when a value breaks its syntax, when a mapped attribute came in
/// part only, and when what every object of its kind has is not to be seen (objectGUID, objectClass, a user's
/// userAccountControl): an account that may not read these must not turn people into something else or enable
/// them (semantics 5.1). Knows nothing of the attributes' names but what is in `names` and
/// `decoder_attributes()`. `member` is decoded, never among the entry's attributes. Keeps its memory from
/// entry to entry.
class EntryDecoder {
public:
    /// `names` in the order of AttributeNames' indexes.
    EntryDecoder(const std::vector<std::string>& names, sync::DomainIndex domain);

    void begin(std::string_view dn);
    void attribute(std::string_view name, std::span<const std::string_view> values);
    std::variant<DecodedEntry, sync::QuarantinedEntry> end();

private:
    enum class Use : std::uint8_t {
        none,
        object_guid,
        object_sid,
        object_class,
        object_category,
        user_account_control,
        account_expires,
        primary_group_id,
        is_deleted,
        usn_changed,
        account_name,
        member,
    };
    struct Slot {
        Use use = Use::none;
        std::optional<sync::AttributeNames::Index> index;
        std::optional<Range> range;
        bool malformed = false;  // the name itself
    };
    struct Remembered {
        std::string name;
        Slot slot;
    };

    const Slot& slot_of(std::string_view name);
    Slot looked_up(std::string_view name) const;
    void use(const Slot& slot, std::span<const std::string_view> values);
    void use_value(Use use, std::string_view value);
    void take_guid(std::string_view value);
    void take_classes(std::span<const std::string_view> classes);
    void take_members(const std::optional<Range>& range, std::span<const std::string_view> values);
    void reject(std::string_view attribute, std::string_view value);
    void give_reason(std::string reason);
    const char* missing() const noexcept;

    std::unordered_map<std::string, Slot> slots_;  // by lower-case name
    sync::DomainIndex domain_;
    std::vector<Remembered> sequence_;  // a search sends its attributes in the same order again and again
    std::size_t next_ = 0;
    sync::AttributesBuilder attributes_;
    DecodedEntry decoded_;
    bool has_guid_ = false;
    bool has_class_ = false;
    bool has_control_ = false;
    bool is_person_ = true;
    std::string reason_;  // the first one; empty: nothing wrong
};

}  // namespace dirsync::ldap::wire
