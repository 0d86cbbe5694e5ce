#include "survey/rights_survey.hpp"

#include <algorithm>
#include <utility>

#include "ldap/dirsync_reader.hpp"
#include "ldap/domain_filters.hpp"
#include "ldap/domain_reader.hpp"
#include "ldap/root_dse.hpp"
#include "ldap/session/controls.hpp"
#include "ldap/wire/security_descriptor.hpp"
#include "survey/attribute_survey.hpp"
#include "survey/filter_survey.hpp"
#include "survey/replication_survey.hpp"

namespace dirsync::survey {

using namespace ldap;
namespace {

// MS-ADTS 5.1.3.2.1
constexpr const char* get_changes = "1131f6aa-9c07-11d1-f79f-00c04fc2dcd2";
constexpr const char* get_changes_all = "1131f6ad-9c07-11d1-f79f-00c04fc2dcd2";
constexpr std::uint32_t list_and_read = wire::access_right::list_contents | wire::access_right::read_property;

class NoEntries : public sync::EntrySink {
public:
    void take(sync::Entry&&) override {}
    void take(sync::QuarantinedEntry&&) override {}
    void take(sync::MemberChanges&&) override {}
    void take_deleted(const ObjectGuid&, sync::DomainIndex) override {}
    void take_unseen(const ObjectGuid&) override {}
};

class Rights {
public:
    Rights(const DomainSurvey& survey, const sync::SyncSettings& settings, std::vector<Check>& checks)
        : session_(survey.session()),
          facts_(survey.facts()),
          domain_(survey.domain()),
          survey_(survey),
          settings_(settings),
          checks_(checks) {}

    Task<void> check() {
        auto reading = read_account(session_, facts_, checks_);
        auto account = co_await std::move(reading);
        if (!account) {
            fail("account", account.error());
            co_return;
        }
        account_ = std::move(*account);
        const auto now = std::chrono::floor<Duration>(std::chrono::system_clock::now());
        checks_.push_back(clock_check(domain_.name, account_.server_time, now,
                                      domain_.bind.method == config::BindMethod::gssapi));
        checks_.push_back(controls_check(domain_.name, account_.controls));
        co_await check_dir_sync();
        co_await check_deleted_objects();
        auto comparing = check_replication(survey_, account_, checks_);
        co_await std::move(comparing);
        auto checking = check_attributes(session_, facts_, account_.schema_dn, settings_.mapping, checks_);
        co_await std::move(checking);
        auto looking =
            check_filters(session_, facts_, account_.schema_dn, settings_.scope.user_filters, checks_);
        co_await std::move(looking);
        co_await check_excess();
    }

private:
    void fail(const char* name, const Error& why) {
        checks_.push_back(failed(name, domain_.name, why, "the message says what the server answered"));
    }

    DomainReader::Parts parts() { return {session_, facts_, no_names_, nothing_, progress_, 100}; }

    /// One object with these attributes; no entry when it is not there or may not be seen. An error is not
    /// an answer: nothing may be concluded from it.
    Task<Result<CollectedEntries>> look_at(std::string dn, std::vector<std::string> attributes) {
        SearchRequest request = base_search(std::move(dn), std::move(attributes));
        request.controls = {readable_descriptor(), show_deleted()};
        CollectedEntries read;
        auto reading = session_->search(std::move(request), read);
        auto result = co_await std::move(reading);
        if (!result && result.error().code() != ErrorCode::not_found) co_return std::move(result).error();
        co_return read;
    }

    /// The DACL of one object; nullopt when it may not be read.
    Task<Result<std::optional<std::vector<wire::AccessEntry>>>> access_of(std::string dn) {
        std::vector<std::string> attributes{"nTSecurityDescriptor"};
        auto looking = look_at(std::move(dn), std::move(attributes));
        auto read = co_await std::move(looking);
        if (!read) co_return std::move(read).error();
        std::optional<std::vector<wire::AccessEntry>> access;
        if (read->entries().size() == 1)
            access = wire::access_entries(read->entries().front().first("nTSecurityDescriptor"));
        co_return access;
    }

    Task<Result<bool>> shows_properties(std::string dn) {
        std::vector<std::string> attributes{"objectGUID"};
        auto looking = look_at(std::move(dn), std::move(attributes));
        auto read = co_await std::move(looking);
        if (!read) co_return std::move(read).error();
        co_return read->entries().size() == 1 && !read->entries().front().first("objectGUID").empty();
    }

    /// May the account list the container of deleted objects? Its permissions say so where they can be read,
    /// else whether its own properties can be.
    Task<Result<bool>> may_list(std::string container) {
        auto asking = access_of(container);
        auto access = co_await std::move(asking);
        if (!access) co_return std::move(access).error();
        if (*access) co_return wire::is_granted(**access, account_.token, list_and_read, std::nullopt);
        auto looking = shows_properties(std::move(container));
        co_return co_await std::move(looking);
    }

    bool has(const std::vector<wire::AccessEntry>& access, const char* extended_right) const {
        return wire::is_granted(access, account_.token, wire::access_right::control_access,
                                parse<ObjectGuid>(extended_right));
    }

    Task<void> check_dir_sync() {
        const bool wanted = domain_.change_detection == config::ChangeDetection::automatic ||
                            domain_.change_detection == config::ChangeDetection::dirsync;
        if (!wanted) {
            checks_.push_back(skipped("dirsync", domain_.name, "change_detection is another way"));
            co_return;
        }
        const auto& offered = account_.controls;
        if (std::find(offered.begin(), offered.end(), dir_sync_oid) == offered.end()) {
            checks_.push_back(skipped("dirsync", domain_.name, "the server does not offer it"));
            co_return;
        }
        const std::string grant = how_to_grant_dir_sync(account_, facts_);
        for (const auto flags : {0U, dir_sync_flag::object_security}) {
            DirSyncReader reader(parts(), flags);
            auto asking = reader.cookie_of_now();
            const auto cookie = co_await std::move(asking);
            if (cookie && flags == 0) {
                checks_.push_back(passed("dirsync", domain_.name,
                                         "the account may replicate directory changes of " + facts_.base_dn));
                co_return;
            }
            if (cookie) {
                checks_.push_back(
                    passed("dirsync", domain_.name,
                           "the account lacks Replicating Directory Changes on " + facts_.base_dn +
                               "; DirSync works without it and shows what the account may read"));
                checks_.back().advice =
                    "to give the account that right all the same, as an administrator of the domain:\n" +
                    grant;
                co_return;
            }
            if (cookie.error().code() == ErrorCode::insufficient_rights) continue;
            fail("dirsync", cookie.error());
            co_return;
        }
        checks_.push_back(warned("dirsync", domain_.name,
                                 "DirSync is refused to the account; changes are found by uSNChanged",
                                 "as an administrator of the domain:\n" + grant));
    }

    Task<void> check_deleted_objects() {
        const std::string container = "CN=Deleted Objects," + facts_.base_dn;
        DomainReader reader(parts());
        auto asking = reader.sees_deleted_objects();
        const auto sees = co_await std::move(asking);
        if (!sees) {
            fail("deleted_objects", sees.error());
            co_return;
        }
        if (*sees) {
            checks_.push_back(passed("deleted_objects", domain_.name, "deleted objects can be seen"));
            co_return;
        }
        // An empty answer means either that the account lacks the right, or that nothing was
        // ever deleted.
        auto listing = may_list(container);
        const auto may = co_await std::move(listing);
        if (!may) {
            fail("deleted_objects", may.error());
            co_return;
        }
        if (*may) {
            checks_.push_back(passed("deleted_objects", domain_.name,
                                     "the account may list " + container + "; nothing is in it"));
            co_return;
        }
        checks_.push_back(warned("deleted_objects", domain_.name,
                                 "no deleted object can be seen: deletions cannot be proved, and are held",
                                 "give List Contents and Read Property on " + container +
                                     ", as an administrator of the domain" +
                                     (account_.is_samba ? " (this sets the whole list: add the SIDs of other "
                                                          "accounts that are to see deleted objects):\n"
                                                        : ":\n") +
                                     how_to_show_deleted_objects(account_, facts_)));
    }

    /// What the server says we may change about the object at `dn` (MS-ADTS 3.1.1.4.5.20 and following).
    Task<Result<std::string>> may_change(std::string dn) {
        std::vector<std::string> attributes{"allowedAttributesEffective", "allowedChildClassesEffective",
                                            "sDRightsEffective"};
        auto looking = look_at(std::move(dn), std::move(attributes));
        auto read = co_await std::move(looking);
        if (!read) co_return std::move(read).error();
        std::string what;
        if (read->entries().size() != 1) co_return what;
        const auto& entry = read->entries().front();
        const auto add = [&what](const std::string& one) { what += (what.empty() ? "" : ", ") + one; };
        if (const auto count = entry.all("allowedAttributesEffective").size(); count != 0)
            add("change " + std::to_string(count) + " attributes");
        if (!entry.all("allowedChildClassesEffective").empty()) add("create objects below it");
        const auto descriptor = entry.first("sDRightsEffective");
        if (!descriptor.empty() && descriptor != "0") add("change its permissions");
        co_return what.empty() ? what : what + " of " + quoted_peer_text(entry.dn, 150);
    }

    /// The first object that matches, other than the account itself, which may change things of its own;
    /// empty: there is none.
    Task<Result<std::string>> first_dn(std::string filter) {
        SearchRequest request;
        request.base = facts_.base_dn;
        request.filter = std::move(filter);
        request.attributes = {"objectSid"};
        request.page_size = 5;
        request.first_page_only = true;
        request.controls = {domain_scope()};
        CollectedEntries read;
        auto reading = session_->search(std::move(request), read);
        auto result = co_await std::move(reading);
        if (!result) co_return std::move(result).error();
        for (const auto& entry : read.entries()) {
            if (entry.dn != account_.dn) co_return entry.dn;
        }
        co_return std::string();
    }

    /// Everything that is more than reading, as clauses.
    Task<Result<std::vector<std::string>>> excess() {
        std::vector<std::string> more;
        std::string groups;
        for (const auto& name : privileged_groups(account_.token, facts_.sid))
            groups += (groups.empty() ? "" : ", ") + name;
        if (!groups.empty()) more.push_back("it is a member of " + groups);
        auto asking_access = access_of(facts_.base_dn);
        auto access = co_await std::move(asking_access);
        if (!access) co_return std::move(access).error();
        if (*access && has(**access, get_changes_all)) {
            more.push_back("it may read password hashes (Replicating Directory Changes All on " +
                           facts_.base_dn + ")");
        }
        std::vector<std::string> objects{facts_.base_dn};
        for (const char* filter : {user_filter, group_filter}) {
            auto finding = first_dn(filter);
            auto found = co_await std::move(finding);
            if (!found) co_return std::move(found).error();
            if (!found->empty()) objects.push_back(std::move(*found));
        }
        for (const auto& object : objects) {
            auto asking = may_change(object);
            auto what = co_await std::move(asking);
            if (!what) co_return std::move(what).error();
            if (!what->empty()) more.push_back("it may " + *what);
        }
        co_return more;
    }

    Task<void> check_excess() {
        auto looking = excess();
        const auto more = co_await std::move(looking);
        if (!more) {
            fail("excess_rights", more.error());
            co_return;
        }
        if (more->empty()) {
            checks_.push_back(passed("excess_rights", domain_.name,
                                     "no right to write was found, and no membership of administrators"));
            co_return;
        }
        std::string clauses;
        for (const auto& one : *more) clauses += (clauses.empty() ? "" : "; ") + one;
        checks_.push_back(warned("excess_rights", domain_.name,
                                 "the account may more than it needs: " + clauses,
                                 "dirsyncd only reads: use an account that is a plain domain user, with the "
                                 "right to see deleted objects"));
    }

    std::shared_ptr<Session> session_;
    const sync::DomainFacts& facts_;
    const config::DomainConfig& domain_;
    const DomainSurvey& survey_;
    const sync::SyncSettings& settings_;
    std::vector<Check>& checks_;
    AccountFacts account_;
    NoEntries nothing_;
    sync::Progress progress_;
    const std::vector<std::string> no_names_;
};

}  // namespace

Task<void> check_rights(const DomainSurvey& survey, const sync::SyncSettings& settings,
                        std::vector<Check>& checks) {
    Rights rights(survey, settings, checks);
    co_await rights.check();
}

std::string how_to_grant_dir_sync(const AccountFacts& account, const sync::DomainFacts& facts) {
    if (account.is_samba) {
        return "samba-tool dsacl set --action=allow --objectdn='" + facts.base_dn + "' --sddl='(OA;;CR;" +
               get_changes + ";;" + own_sid(account) + ")'";
    }
    return "dsacls \"" + facts.base_dn + "\" /G \"" + account_name(account, facts) +
           ":CA;Replicating Directory Changes\"";
}

std::string how_to_show_deleted_objects(const AccountFacts& account, const sync::DomainFacts& facts) {
    const std::string container = "CN=Deleted Objects," + facts.base_dn;
    if (account.is_samba) {
        // samba-tool does not find deleted objects. Before the account's stand the permissions that Samba
        // makes.
        return "printf '%s\\n' 'dn: " + container +
               "' 'changetype: modify' 'replace: nTSecurityDescriptor' 'nTSecurityDescriptor: "
               "O:SYG:SYD:PAI(A;;RPWPCCDCLCRCWOWDSDSW;;;SY)(A;;RPLC;;;BA)(A;;LCRP;;;" +
               own_sid(account) + ")' | ldbmodify -H /var/lib/samba/private/sam.ldb --show-deleted";
    }
    return "dsacls \"" + container + "\" /takeOwnership\ndsacls \"" + container + "\" /G \"" +
           account_name(account, facts) + ":LCRP\"";
}

}  // namespace dirsync::survey
