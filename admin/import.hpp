#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "admin/edits.hpp"

namespace dirsync::admin {

enum class ImportKind { users, groups, assignments };
enum class ImportFormat { csv, json_lines };

struct ImportOptions {
    std::string file;  ///< as the admin named it, for `file:line: message`
    ImportKind kind = ImportKind::users;
    ImportFormat format = ImportFormat::csv;
    bool create_permission_sets = false;  ///< those that assignments name and that are missing
};

/// The edits of a file, one a line; a line that is none is `Malformed`, and so is a file whose header is.
///
/// CSV has a header line; JSON Lines an object a line. Columns and members are named as in the v1_ views or
/// as attributes (`user_name`, `userName`); those that a view has and an import cannot set are passed over,
/// so that an exported list can be read back. A column that is not there leaves its attribute as it is, an
/// empty field clears it. A byte-order mark is passed over. Assignments are JSON Lines only.
std::vector<Edit> read_import(std::string_view text, const ImportOptions& options);

/// A line of JSON for each assignment, as `read_import` reads it, and a newline behind each.
std::string export_text(const std::vector<sync::ListedAssignment>& assignments);

}  // namespace dirsync::admin
