#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace dirsync::ctl {

/// How many cells a line may take. 0: any number, as in a file or a pipe.
struct Width {
    std::size_t cells = 0;
};

/// Cells that a text takes on a terminal: two for each character of CJK, none for a combining mark.
std::size_t cells(std::string_view text) noexcept;

/// The beginning of a text that fits into `most` cells, with "..." at its end where something is missing.
std::string cut(std::string_view text, std::size_t most);

/// Lines folded at blanks, so that none is wider than `width`. What follows a fold begins `hanging` cells
/// further right than its line. A word that is wider than a line stays whole: it may be a path or an id.
std::string wrapped(std::string_view text, Width width, std::size_t hanging = 2);

using Row = std::vector<std::string>;

/// Rows as columns of one width each.
std::string aligned(const std::vector<Row>& rows);
/// The same; where that is wider than a terminal, the last column is folded within itself.
std::string aligned(const std::vector<Row>& rows, Width width);
/// The same; `rows` begin with the names of the columns. Where that is wider than a terminal, sentences are
/// folded within their column and other cells are cut. Ids and times stay whole, because they are copied.
std::string table(const std::vector<Row>& rows, Width width);

}  // namespace dirsync::ctl
