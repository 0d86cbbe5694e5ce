#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/task.hpp"
#include "engine/hidden_values.hpp"
#include "engine/memory.hpp"
#include "engine/read_notes.hpp"
#include "engine/timekeeper.hpp"
#include "model/seams/directory_source.hpp"
#include "sync/folded.hpp"

namespace dirsync::sync {

/// Brings what the directory says into a fold: by its changes where they can be followed, else by reading it
/// all. Places domains in memory, and leaves the mirror alone.
class DirectoryReader {
public:
    struct Parts {
        DirectorySource& source;
        StoreClient& store;
        Memory& memory;
        Timekeeper& time;
        ReadNotes& notes;
        std::function<bool()> stopping;  ///< empty: never
    };
    explicit DirectoryReader(Parts parts) : parts_(std::move(parts)), hidden_(parts_.store, parts_.source) {}

    /// What a cycle knows once the directory was read.
    struct Read {
        ReadSummary summary;
        Folded folded;
        FoundNames found;
        std::uint64_t objects = 0;  ///< that were delivered
        bool nothing_new = false;   ///< the directory told nothing at all
        std::vector<Node> damaged;  ///< objects whose texts were needed, and are not what was written
    };
    /// Reads from the servers that were `reached`; when one breaks the read off or is too slow to end, begins
    /// anew on the next one (semantics 5.19, 6.4), each at most once. `why_whole`: why everything is read;
    /// empty: changes are followed, and it is filled when their cursor is refused. The time is judged again
    /// by each server. Memory is ahead of the store afterwards.
    Task<Result<Read>> read(std::vector<DomainFacts> reached, std::string& why_whole);

private:
    Task<Result<Read>> read_once(std::vector<DomainFacts> reached, std::string& why_whole);
    Task<Result<Read>> folded(std::vector<DomainFacts> from, std::vector<std::uint64_t> unchanged,
                              bool whole);
    FoldContext context(std::vector<DomainIndex> places, NameResolver& resolver,
                        std::vector<std::uint64_t> unchanged, bool whole) const;
    Task<Result<void>> settle(Settling& fold, std::vector<ObjectGuid> absent);
    Task<Result<void>> prove(Proving& fold, std::vector<Node>& damaged);
    void append_due(const FoldState& fold, std::span<const ObjectGuid> approved,
                    std::vector<ObjectGuid>& absent) const;
    void append_displaced(const FoldState& fold, std::span<const ObjectGuid> found,
                          std::vector<ObjectGuid>& absent) const;
    std::vector<QuarantinedEntry> not_mended(const FoldState& fold, std::size_t& asked_again) const;

    Parts parts_;
    HiddenValues hidden_;
};

}  // namespace dirsync::sync
