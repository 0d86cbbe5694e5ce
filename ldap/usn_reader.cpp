#include "ldap/usn_reader.hpp"

#include <utility>

#include "ldap/restored_entries.hpp"

namespace dirsync::ldap {

UsnReader::UsnReader(DomainReader::Parts parts) : parts_(std::move(parts)) {}

Task<Result<bool>> UsnReader::read(std::uint64_t usn) {
    const auto before = parts_.progress.objects;
    RestoredEntries entries(parts_.sink);
    DomainReader::Parts parts{parts_.session, parts_.facts,    parts_.names,
                              entries,        parts_.progress, parts_.page_size};
    DomainReader reader(std::move(parts));
    auto reading = reader.read_changed(usn + 1, entries);
    auto result = co_await std::move(reading);
    if (!result) co_return std::move(result).error();
    // Their memberships went with them; those that came back did so without a word from the groups.
    std::vector<ObjectGuid> groups;
    auto finding = reader.find_groups_of(entries.restored(), groups);
    result = co_await std::move(finding);
    if (!result) co_return std::move(result).error();
    DomainReader::Fates fates;
    auto reading_groups = reader.look_up(groups, true, fates);
    result = co_await std::move(reading_groups);
    if (!result) co_return std::move(result).error();
    // After the living: who is deleted in between is a tombstone now, and an entry that went before is
    // mended.
    std::vector<ObjectGuid> deleted;
    auto reading_deleted = reader.read_deleted(usn + 1, deleted);
    result = co_await std::move(reading_deleted);
    if (!result) co_return std::move(result).error();
    for (const auto& guid : deleted) parts_.sink.take_deleted(guid, parts_.facts.domain);
    co_return parts_.progress.objects != before || !deleted.empty();
}

}  // namespace dirsync::ldap
