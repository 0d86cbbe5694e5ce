#pragma once

#include <cstdint>

#include "core/error.hpp"
#include "core/task.hpp"
#include "ldap/domain_reader.hpp"

namespace dirsync::ldap {

/// Follows one domain by uSNChanged, on the DC that the USN belongs to (MS-ADTS 3.1.1.1.9). Groups that
/// changed are read with all their members, because a USN does not tell who came or left. Lives for one read.
class UsnReader {
public:
    explicit UsnReader(DomainReader::Parts parts);

    /// Hands on what changed after `usn`. True when there was anything. After an error what the sink got is
    /// no evidence.
    Task<Result<bool>> read(std::uint64_t usn);

private:
    DomainReader::Parts parts_;
};

}  // namespace dirsync::ldap
