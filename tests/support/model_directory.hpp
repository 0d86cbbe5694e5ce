#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "model/seams/directory_source.hpp"

namespace dirsync::testing {

/// A directory of values that tests change at will; each read delivers it as it is. One domain or more.
class ModelDirectory : public sync::DirectorySource {
public:
    struct Object {
        ObjectGuid guid;
        sync::EntryKind kind = sync::EntryKind::user;
        sync::DomainIndex domain = 0;
        std::uint32_t rid = 0;
        std::string name;   ///< sAMAccountName and cn
        ObjectGuid parent;  ///< container; nil: the domain's root
        std::map<std::string, std::string> attributes;
        std::uint64_t usn = 0;  ///< uSNChanged; 0: not told. 1 is older than any read
        bool disabled = false;
        bool hides_control = false;  ///< userAccountControl cannot be read
        bool mangled = false;        ///< by a replication conflict
        bool garbled = false;        ///< its entry cannot be decoded
        std::int64_t expires = sync::never_expires;
        std::uint32_t primary_group = 0;  ///< RID
        std::set<ObjectGuid> members;
        bool visible = true;             ///< false: the account may not read it, as if it were not there
        std::optional<Sid> foreign_sid;  ///< a foreign security principal; never delivered as an entry
        bool operator==(const Object&) const = default;
    };

    explicit ModelDirectory(std::vector<std::string> domains = {"corp.example.com"});

    Object& add(sync::EntryKind kind, const std::string& name, sync::DomainIndex domain = 0);
    Object& add_user(const std::string& name, sync::DomainIndex domain = 0) {
        return add(sync::EntryKind::user, name, domain);
    }
    Object& add_group(const std::string& name, sync::DomainIndex domain = 0) {
        return add(sync::EntryKind::group, name, domain);
    }
    Object& add_foreign(const Object& target, sync::DomainIndex domain);
    Object& object(const ObjectGuid& guid) { return objects_.at(guid); }
    Object* find(const std::string& name);
    std::map<ObjectGuid, Object>& objects() { return objects_; }
    /// Leaves a tombstone; links to it vanish, as in AD.
    void remove(ObjectGuid guid);
    /// Back from the tombstone, with the same GUID and no links, also where no read saw the tombstone.
    void undelete(Object object);
    /// Into another domain, with the same GUID: a tombstone stays in the old one, and its groups lose it.
    void move(ObjectGuid guid, sync::DomainIndex domain);
    /// Gone without a trace: what lost rights and an expired tombstone look like.
    void vanish(ObjectGuid guid);
    Sid domain_sid(sync::DomainIndex domain) const;
    std::string dn_of(const Object& object) const;

    /// Order of delivery within each kind; the same seed, the same order.
    void shuffle_with(std::uint32_t seed) { shuffle_seed_ = seed; }
    /// The next read delivers this many entries and then fails.
    void fail_after(std::size_t entries, ErrorCode code = ErrorCode::connection_lost) {
        fail_after_ = entries;
        failure_ = code;
    }
    /// How changes can be followed: not at all, by what DirSync tells, or by what a search for USNs finds.
    enum class Following { none, dirsync, usn };
    void follow(Following following) { following_ = following; }
    /// The cookies given so far are refused from now on.
    void refuse_cookies() { first_cookie_ = states_.size(); }
    std::string server = "ldap://model";
    /// Serves once `server` has broken a read off.
    std::optional<std::string> next_server;
    std::uint64_t change_reads() const { return change_reads_; }
    /// An attribute that the account may not read of any user; `member`: of any group; `memberOf`: of any
    /// object.
    void hide(const std::string& attribute) { hidden_.insert(attribute); }
    void show(const std::string& attribute) { hidden_.erase(attribute); }
    /// What the permissions of objects say of an attribute, which goes from the entry meanwhile; granted
    /// where nothing is said.
    std::map<sync::LostAttribute, sync::ReadRight> rights;
    sync::ReadRight other_rights = sync::ReadRight::granted;  ///< of all that `rights` does not name
    /// Attributes whose rights were asked for.
    std::uint64_t rights_asked() const { return rights_asked_; }
    void refuse(std::optional<ErrorCode> code) { refusal_ = code; }
    /// The list of one group shows these members no more; the account may not read them there.
    void hide_in_list(const ObjectGuid& group, std::set<ObjectGuid> members) {
        hidden_in_lists_[group] = std::move(members);
    }
    /// Permissions say that the lists which `hide_in_list` shortens may be read whole.
    bool lists_lie = false;
    void show_list(const ObjectGuid& group) { hidden_in_lists_.erase(group); }
    void fail_look_ups(bool fails) { look_ups_fail_ = fails; }
    std::uint64_t reads() const { return reads_; }
    std::uint64_t connects() const { return connects_; }
    /// Links that were asked for from the member's side.
    std::uint64_t links_asked() const { return links_asked_; }

    Task<Result<std::vector<sync::DomainFacts>>> connect(std::vector<sync::DomainFacts> known) override;
    Task<Result<sync::ReadSummary>> read_all(std::vector<std::string> names, sync::EntrySink& sink) override;
    Task<Result<sync::ReadSummary>> read_changes(std::vector<sync::DomainFacts> from,
                                                 std::vector<std::string> names,
                                                 sync::EntrySink& sink) override;
    Task<Result<void>> wait_for_change() override {
        co_return Error(ErrorCode::unreachable, "the model sends no notifications");
    }
    Task<Result<std::vector<sync::Fate>>> look_up(std::vector<ObjectGuid> guids,
                                                  std::vector<std::string> names,
                                                  sync::EntrySink& sink) override;
    Task<Result<std::vector<sync::LinkFate>>> look_up_links(std::vector<sync::Link> links) override;
    Task<Result<std::vector<sync::ReadRight>>> look_up_rights(
        std::vector<sync::LostAttribute> attributes) override;
    std::function<void()> on_connect;  ///< what happens while somebody waits for the answer
    std::vector<ObjectGuid> put_back() const override { return {}; }
    void disconnect() noexcept override {}
    const sync::Progress& progress() const noexcept override { return progress_; }
    std::vector<ServerState> servers() const override { return {}; }

    std::vector<std::string> notes;  ///< of each read
    /// What a DC that is late still has: delivered by whole reads beside what there is.
    std::vector<Object> late;
    std::vector<sync::UnknownAttribute> not_in_the_schema;  ///< what a mapping may misspell
    /// What the domain controller of a domain says of the time; empty: nothing.
    std::function<std::optional<Time>(sync::DomainIndex)> clock;
    std::vector<ObjectGuid> domain_guids;  ///< identity of each domain; change one to rebuild it

private:
    using Tombstones = std::set<std::pair<ObjectGuid, sync::DomainIndex>>;
    /// What the directory was when a cookie was given.
    struct State {
        std::map<ObjectGuid, Object> objects;
        Tombstones tombstones;
        std::map<ObjectGuid, std::uint64_t> restored;
    };
    Error break_off();
    std::vector<sync::DomainFacts> facts() const;
    std::vector<sync::UnknownAttribute> lacking(const std::vector<std::string>& names) const;
    std::vector<sync::DomainFacts> facts_with_cookie();
    void tell_changes(const State& before, sync::DomainIndex domain, sync::AttributeNames& names,
                      sync::EntrySink& sink) const;
    sync::Entry entry_of(const Object& object, sync::AttributeNames& names) const;
    void tell(const Object& object, sync::AttributeNames& names, sync::EntrySink& sink) const;
    bool shows_in_list(const Object& group, const ObjectGuid& member) const;

    std::vector<std::string> domains_;
    std::map<ObjectGuid, Object> objects_;
    Tombstones tombstones_;
    std::map<ObjectGuid, std::uint64_t> restored_;  // how often
    std::uint32_t next_ = 1;
    std::optional<std::uint32_t> shuffle_seed_;
    std::optional<std::size_t> fail_after_;
    ErrorCode failure_ = ErrorCode::connection_lost;
    std::optional<ErrorCode> refusal_;
    std::set<std::string> hidden_;
    std::map<ObjectGuid, std::set<ObjectGuid>> hidden_in_lists_;
    std::uint64_t links_asked_ = 0;
    std::uint64_t rights_asked_ = 0;
    bool look_ups_fail_ = false;
    std::uint64_t reads_ = 0;
    std::uint64_t connects_ = 0;
    std::uint64_t change_reads_ = 0;
    Following following_ = Following::none;
    std::vector<State> states_;
    std::size_t first_cookie_ = 0;
    sync::Progress progress_;
};

}  // namespace dirsync::testing
