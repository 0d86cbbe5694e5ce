#pragma once

#include <cstdint>
#include <optional>

#include "core/uuid.hpp"
#include "model/seams/identity_store.hpp"
#include "store/sqlite/file/db.hpp"
#include "store/sqlite/journal_writer.hpp"

namespace dirsync::store {

/// One run that writes: its rows, its lines in the journal, its own line in `runs`. Inside the caller's write
/// transaction; throws DbFailure.
class RunWriter {
public:
    struct Meta {
        std::uint64_t generation;
        sync::StateStamp state;
        std::int64_t next_node;
        std::uint64_t next_seq;
        std::int64_t next_run;
    };

    /// Reads where the store stands.
    explicit RunWriter(Db& db);

    const Meta& before() const noexcept { return before_; }
    /// For lines that no plan brings.
    JournalWriter& journal() noexcept { return journal_; }
    /// Writes the plan's rows and lines, and counts them; its errors and holds are the caller's.
    void write(const sync::Plan& plan, Time at);
    bool has_lines() const noexcept { return journal_.next_seq() != before_.next_seq; }
    /// For writes that no plan brings: what cycles build on is another than before.
    void renew_state();
    /// The line of the run, the last thing to write. `run.ended` is the time of all its changes.
    RowId finish(const sync::RunRecord& run);

private:
    Db& db_;
    Meta before_;
    JournalWriter journal_;
};

/// The state that the store is in.
sync::StateStamp read_state_stamp(Db& db);

}  // namespace dirsync::store
