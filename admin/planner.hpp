#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "admin/edits.hpp"
#include "model/describe.hpp"

namespace dirsync::admin {

/// What the edits have to know of the store.
sync::AdminKeys keys_of(std::span<const Edit> edits);

/// Something that is wrong with one edit, or, of an import of assignments, that found no match.
struct Problem {
    std::size_t edit = 0;
    std::string place;
    ErrorCode code = ErrorCode::refused;  ///< or not_found
    std::string message;
};
/// `users.csv:7: userName is empty`.
std::string to_text(const Problem& problem);
/// The one problem as it is; of several a line each.
Error error_of(std::span<const Problem> problems);

struct Decision {
    sync::AdminPlan plan;  ///< without the edits that have problems
    std::vector<Problem> problems;
    std::vector<Problem> unmatched;
    std::vector<RowId> objects;  ///< what each edit was about, by its place; nil: nothing
    /// Edits by what they do.
    std::uint64_t created = 0;
    std::uint64_t updated = 0;
    std::uint64_t removed = 0;
    std::uint64_t unchanged = 0;
    std::vector<sync::ChangeLine> lines;  ///< of the plan, but for memberships that go with a removed row
};

/// Decides on all edits together: names are judged on the state that they lead to, so that two users may swap
/// their addresses in one file (semantics 3.5). `new_id` gives ids of new rows.
Decision planned(std::span<const Edit> edits, const sync::AdminFacts& facts,
                 const std::function<RowId()>& new_id);

}  // namespace dirsync::admin
