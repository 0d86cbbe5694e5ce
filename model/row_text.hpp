#pragma once

#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "model/rows.hpp"

namespace dirsync::sync {

/// What a journal line says of a row, read back: a JSON object of columns as `described` writes it. All of
/// these throw std::runtime_error for text that it never writes: the journal is damaged then.

/// The row of a `create` or `delete` line.
template <class Row>
Row row_of(std::string_view json);

/// The status that a line of a user sets; nullopt: it leaves it.
std::optional<Status> status_set_by(std::string_view json);

/// One column of an `update` line that a revert meets.
enum class Undo : std::uint8_t {
    done,     ///< had the value of `after`, has that of `before` now
    already,  ///< had the value of `before`
    changed,  ///< was changed since, or has another value by now: left alone
};
struct UndoneColumn {
    std::string name;
    Undo undo = Undo::done;
};
/// Takes the row back, column by column, but the scope and its clock together. `changed_since`: columns that
/// later runs wrote, whatever their value is now.
template <class Row>
std::vector<UndoneColumn> undo(Row& row, std::string_view before, std::string_view after,
                               const std::set<std::string>& changed_since = {});

/// The columns of an `update` line.
std::vector<std::string> columns_of(std::string_view json);

/// The columns in which `undone` differs from `kept`, with the values of `undone`, as a JSON object; empty
/// text when there are none. Scope and its clock are facts, not changes that anybody could object to: they
/// are left out.
template <class Row>
std::string columns_undone(const Row& undone, const Row& kept);

/// Such an object with the reason for which a status was set, if it holds a status: another reason is another
/// change, which the revert did not mean.
std::string with_cause(std::string undone, std::string_view reason);

/// The columns of two such objects, `newer` first; `{}` when there are none.
std::string merged_columns(std::string_view older, std::string_view newer);

/// Puts the values of `stored` in the place of those in `wanted` that equal the ones in `undone`. With
/// `status_only` no other column is looked at, and all others stay undone. `cause`: the reason for the status
/// in `wanted`.
struct KeptColumns {
    bool any = false;  ///< something was put back
    std::string rest;  ///< what of `undone` is to be remembered; empty: nothing
};
template <class Row>
KeptColumns keep_undone(std::string_view undone, const Row& stored, Row& wanted, bool status_only,
                        std::string_view cause);

struct MemberText {
    std::string user_id;
    std::string user_name;
};
/// Of an `add_member` or `remove_member` line.
MemberText member_of(std::string_view json);

}  // namespace dirsync::sync
