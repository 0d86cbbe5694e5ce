#include "ldap/dirsync_reader.hpp"

#include <unordered_set>
#include <utility>

#include "core/text.hpp"
#include "ldap/domain_filters.hpp"
#include "ldap/ordered_entries.hpp"
#include "ldap/restored_entries.hpp"
#include "ldap/root_dse.hpp"
#include "ldap/session/controls.hpp"
#include "ldap/wire/change_decoder.hpp"

namespace dirsync::ldap {
namespace {

std::vector<std::string> attributes_to_watch(const std::vector<std::string>& names) {
    auto attributes = attributes_to_read(names, true);
    std::unordered_set<std::string> known;
    for (const auto& name : attributes) known.insert(text::lower(name));
    for (const auto& name : wire::watched_attributes()) {
        if (known.insert(text::lower(name)).second) attributes.push_back(name);
    }
    return attributes;
}

}  // namespace

DirSyncReader::DirSyncReader(DomainReader::Parts parts, std::uint32_t flags)
    : parts_(std::move(parts)), flags_(flags | dir_sync_flag::incremental_values) {}

Task<Result<std::string>> DirSyncReader::cookie_of_now() {
    SearchRequest request;
    request.base = parts_.facts.base_dn;
    // Of no class is nothing: no object is looked at, and none is sent.
    request.filter = "(objectClass=dirsyncd-no-such-class)";
    request.attributes = {"objectGUID"};
    request.dir_sync_flags = flags_;
    CollectedEntries nothing;
    auto asking = parts_.session->dir_sync(std::move(request), "", nothing);
    co_return co_await std::move(asking);
}

Task<Result<DirSyncReader::Read>> DirSyncReader::read(std::string cookie) {
    parts_.progress.phase = "asking for changes of " + parts_.facts.dns_name;
    SearchRequest request;
    request.base = parts_.facts.base_dn;
    request.filter = followed_filter();
    request.attributes = attributes_to_watch(parts_.names);
    request.dir_sync_flags = flags_;
    request.controls.push_back(extended_dn());
    request.controls.push_back(show_deleted());
    ReportedChanges changes;
    auto asking = parts_.session->dir_sync(std::move(request), std::move(cookie), changes);
    auto next = co_await std::move(asking);
    if (!next)
        co_return std::move(next).error().within(parts_.progress.phase + " from " + parts_.facts.server);
    if (changes.error()) {
        co_return Error(ErrorCode::cursor_refused,
                        "a change cannot be understood: " + changes.error()->message());
    }
    Read read;
    read.cookie = std::move(*next);
    read.any = !changes.empty();
    if (read.any) {
        auto reading = read_objects(changes);
        auto result = co_await std::move(reading);
        if (!result) co_return std::move(result).error();
    }
    co_return read;
}

Task<Result<void>> DirSyncReader::read_objects(ReportedChanges& changes) {
    OrderedEntries found;
    DomainReader::Parts parts{parts_.session, parts_.facts,    parts_.names,
                              found,          parts_.progress, parts_.page_size};
    DomainReader reader(std::move(parts));
    parts_.progress.phase = "reading changed objects of " + parts_.facts.dns_name;

    // Where there is a Recycle Bin, memberships come back with their object, and no group says so. Where
    // there is none they are gone for good, and no group says that either.
    const auto restored = changes.restored();
    std::vector<ObjectGuid> groups;
    auto finding = reader.find_groups_of(restored, groups);
    auto result = co_await std::move(finding);
    if (!result) co_return result;
    for (const auto& group : groups) changes.read_whole(group);

    DomainReader::Fates fates;
    const auto whole = changes.to_read_whole();
    auto reading_whole = reader.look_up(whole, true, fates);
    result = co_await std::move(reading_whole);
    if (!result) co_return result;
    const auto changed = changes.to_read();
    auto reading_changed = reader.look_up(changed, false, fates);
    result = co_await std::move(reading_changed);
    if (!result) co_return result;
    if (found.has_containers()) {
        // Objects below a renamed or moved container change their DN, and DirSync does not report them.
        found.drop_containers();
        auto reading_containers = reader.read_containers();
        result = co_await std::move(reading_containers);
        if (!result) co_return result;
    }
    for (auto& change : changes.take_member_changes()) found.take(std::move(change));
    for (const auto& guid : changes.deleted()) found.take_deleted(guid, parts_.facts.domain);
    for (const auto* guids : {&whole, &changed}) {
        for (const auto& guid : *guids) {
            if (fates.at(guid) == sync::Fate::invisible) found.take_unseen(guid);
        }
    }
    RestoredEntries entries(parts_.sink);
    for (const auto& guid : restored) entries.expect(guid);
    std::move(found).hand_on(entries);
    co_return Result<void>();
}

}  // namespace dirsync::ldap
