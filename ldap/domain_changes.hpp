#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "config/config.hpp"
#include "core/error.hpp"
#include "core/task.hpp"
#include "ldap/domain_link.hpp"
#include "ldap/domain_reader.hpp"
#include "ldap/newest_told.hpp"
#include "model/entry.hpp"

namespace dirsync::ldap {

/// How the changes of one domain are followed: which method, and whether a cursor may still be used
/// (semantics 6.1, 6.4, 6.6). Outlives reads and connections. All members on the loop thread.
class DomainChanges {
public:
    explicit DomainChanges(config::ChangeDetection wanted) : wanted_(wanted) {}

    /// Before a full read, so that what changes during it is told again: chooses the method and puts it, with
    /// the cursor to go on from after that read, into the facts that come back. Watermarks begin anew.
    Task<Result<sync::DomainFacts>> begin(DomainLink& link, DomainReader::Parts parts);

    /// Hands on what changed since `from`; the facts to go on from next time. With nothing new these are
    /// `from`, though the reader itself goes on from where it is: an unchanged directory gives an unchanged
    /// cursor. cursor_refused as DirectorySource::read_changes says.
    Task<Result<sync::DomainFacts>> read(DomainLink& link, DomainReader::Parts parts, sync::DomainFacts from);

    /// Once a read is over: what another DC must have to be believed (DomainFacts::seen). The mark of this DC
    /// is the USN of the newest change that was told and replicates, and not its highestCommittedUSN: that
    /// counts logons as well, and no other DC might ever reach them once this one is gone.
    Task<Result<std::vector<sync::Watermark>>> seen(DomainLink& link, DomainReader::Parts parts,
                                                    const NewestTold& told, bool is_whole);

    /// False when no deleted object is visible, as DomainReader::sees_deleted_objects says; asks once until
    /// `begin`.
    Task<Result<bool>> sees_deleted_objects(DomainReader::Parts parts);

    /// "dirsync", "usn", "full"; empty before the first read.
    const std::string& detection() const noexcept { return detection_; }

private:
    struct Choice {
        std::string detection;
        std::string reason;
        std::string cookie;
    };
    Task<Result<Choice>> choice(bool offers_dir_sync, DomainReader::Parts parts);
    Task<Result<sync::DomainFacts>> read_dir_sync(DomainLink& link, DomainReader::Parts parts,
                                                  sync::DomainFacts from);
    Task<Result<sync::DomainFacts>> read_usn(DomainLink& link, DomainReader::Parts parts,
                                             sync::DomainFacts from);

    config::ChangeDetection wanted_;
    std::string detection_;
    std::optional<std::uint32_t> flags_;  // DirSync's, once some were accepted
    std::optional<bool> sees_deleted_;
    // Nothing was new between these: a cursor in the store, and where the reader has come since.
    struct Quiet {
        std::string from_cookie, cookie;
        sync::Watermark from_mark;
        std::uint64_t usn = 0;
    } quiet_;
};

/// Why the DC's database cannot be the one that the watermark of the same DC was taken of; empty when it may
/// be. A DC that was restored from a backup has another invocation id (MS-ADTS 3.1.1.1.9), or, restored as a
/// disk image, a lower USN.
std::string sign_of_a_restore(const sync::Watermark& now, const std::vector<sync::Watermark>& known);

/// `known` with `mark` in place of the one of its DC.
std::vector<sync::Watermark> with_watermark(std::vector<sync::Watermark> known, const sync::Watermark& mark);

}  // namespace dirsync::ldap
