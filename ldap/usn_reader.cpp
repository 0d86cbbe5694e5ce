#include "ldap/usn_reader.hpp"

#include <utility>

namespace dirsync::ldap {

UsnReader::UsnReader(DomainReader::Parts parts) : parts_(std::move(parts)) {}

Task<Result<bool>> UsnReader::read(std::uint64_t usn) {
    const auto before = parts_.progress.objects;
    auto copy = parts_;
    DomainReader reader(std::move(copy));
    auto reading = reader.read_changed(usn + 1);
    auto result = co_await std::move(reading);
    if (!result) co_return std::move(result).error();
    // After the living: who is deleted in between is a tombstone now, and an entry that went before is
    // mended.
    std::vector<ObjectGuid> deleted;
    auto reading_deleted = reader.read_deleted(usn + 1, deleted);
    result = co_await std::move(reading_deleted);
    if (!result) co_return std::move(result).error();
    for (const auto& guid : deleted) parts_.sink.take_deleted(guid);
    co_return parts_.progress.objects != before || !deleted.empty();
}

}  // namespace dirsync::ldap
