#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "api/lists.hpp"
#include "engine/store/row_client.hpp"

namespace dirsync::api {

/// The lines of the journal that are wanted.
struct ChangeFilter {
    std::optional<RowId> run;
    /// userName or id: lines of the user and of their memberships; empty: no condition.
    std::string user;
    std::string user_id;           ///< of the same user, who may have had other names; may be empty
    bool by_account_name = false;  ///< a name also fits by what stands in front of its '@'
    std::optional<Time> from;
    std::optional<Time> until;
    std::uint64_t until_seq = UINT64_MAX;

    /// No condition on run, user or time.
    bool takes_all() const noexcept { return !run && user.empty() && !from && !until; }
    bool takes(const sync::JournalLine& line) const;
};

/// The lines of the journal after a number that a filter takes, in their order.
class JournalBatches final : public Batches<sync::JournalLine> {
public:
    /// At most `limit` lines. `rows` outlives this.
    JournalBatches(sync::RowClient& rows, ChangeFilter filter, std::uint64_t after, std::size_t limit)
        : rows_(rows), filter_(std::move(filter)), at_(after), left_(limit) {}

    /// Once the end was reached, a further call gives the lines that have been written since.
    Task<Result<std::vector<sync::JournalLine>>> next() override;
    /// `limit` was reached, or the last call read to the end of the journal.
    bool is_at_end() const noexcept { return is_at_end_ || left_ == 0; }

private:
    sync::RowClient& rows_;
    ChangeFilter filter_;
    std::uint64_t at_;
    std::size_t left_;
    bool is_at_end_ = false;
};

/// The latest lines that a filter takes, the oldest first. Reads the journal backwards.
Task<Result<std::vector<sync::JournalLine>>> latest_changes(sync::RowClient& rows, ChangeFilter filter,
                                                            std::size_t limit);

}  // namespace dirsync::api
