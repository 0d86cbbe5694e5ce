#pragma once

#include <map>
#include <set>
#include <string>
#include <utility>

#include "model/describe.hpp"

namespace dirsync::sync {

/// Decisions of the runs after the one that is reverted: what they wrote is left alone, even where it has
/// come to the same value again (semantics 5.10). What a revert wrote since is none: it put a value back.
class LaterChanges {
public:
    /// The lines of those runs, the first one first. Throws std::runtime_error for a line that this program
    /// never writes.
    void take(const ChangeLine& line);

    /// The row was created or removed.
    bool is_about_row(const std::string& id) const { return rows_.contains(id); }
    /// The columns of the row that were changed.
    const std::set<std::string>& columns(const std::string& id) const;
    bool is_about_member(const std::string& group, const std::string& user) const {
        return members_.contains({group, user});
    }

private:
    std::set<std::string> rows_;
    std::map<std::string, std::set<std::string>> columns_;
    std::set<std::pair<std::string, std::string>> members_;
};

}  // namespace dirsync::sync
