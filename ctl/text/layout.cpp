#include "ctl/text/layout.hpp"

#include <algorithm>

#include <utf8proc.h>

#include "core/code_point.hpp"

namespace dirsync::ctl {
namespace {

constexpr std::size_t gap = 2;
/// A narrower column is of no use to a reader.
constexpr std::size_t narrowest = 10;
constexpr std::string_view ellipsis = "...";

struct Character {
    std::size_t bytes = 1;
    std::size_t cells = 1;
};

Character first_character(std::string_view text) noexcept {
    const auto point = text::first_code_point(text);
    // A terminal shows a byte of no character as one sign.
    if (point.size == 0) return {};
    const int width = utf8proc_charwidth(static_cast<utf8proc_int32_t>(point.value));
    return {point.size, width < 0 ? 0 : static_cast<std::size_t>(width)};
}

/// Cells of the text up to the cell `most`; `bytes` says where that is. Combining marks stay with their
/// letter.
std::size_t fitting(std::string_view text, std::size_t most, std::size_t& bytes) noexcept {
    std::size_t taken = 0;
    for (bytes = 0; bytes < text.size();) {
        const auto next = first_character(text.substr(bytes));
        if (taken + next.cells > most) break;
        taken += next.cells;
        bytes += next.bytes;
    }
    return taken;
}

/// One line in pieces of at most `first` cells, then `others`.
std::vector<std::string_view> pieces(std::string_view line, std::size_t first, std::size_t others) {
    std::vector<std::string_view> found;
    for (std::size_t most = first;; most = others) {
        std::size_t end = 0;
        fitting(line, most, end);
        if (end < line.size() && line[end] != ' ') {
            const auto blank = line.rfind(' ', end);
            const auto word = line.find_first_not_of(' ');
            // The only word of the line is too wide: to its end.
            end = blank == std::string_view::npos || blank < word ? std::min(line.find(' ', end), line.size())
                                                                  : blank;
        }
        auto piece = line.substr(0, end);
        piece = piece.substr(0, piece.find_last_not_of(' ') + 1);
        found.push_back(piece);
        const auto next = line.find_first_not_of(' ', end);
        if (next == std::string_view::npos) return found;
        line.remove_prefix(next);
    }
}

void append_folded(std::string& out, std::string_view line, std::size_t width, std::size_t hanging) {
    const std::size_t indent = std::min(line.find_first_not_of(' '), line.size()) + hanging;
    // A narrower terminal folds by itself just as well.
    const std::size_t others = indent + narrowest > width ? width : width - indent;
    bool is_first = true;
    for (const auto piece : pieces(line, width, others)) {
        if (!is_first) out.append(1, '\n').append(width - others, ' ');
        out.append(piece);
        is_first = false;
    }
}

std::vector<std::size_t> widths_of(const std::vector<Row>& rows) {
    std::vector<std::size_t> widths;
    for (const auto& row : rows) {
        widths.resize(std::max(widths.size(), row.size()));
        for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], cells(row[i]));
    }
    return widths;
}

std::size_t total_of(const std::vector<std::size_t>& widths) {
    std::size_t total = widths.empty() ? 0 : gap * (widths.size() - 1);
    for (const auto width : widths) total += width;
    return total;
}

/// One row; a cell that is wider than its column goes on in further lines below it.
void append_row(std::string& out, const Row& row, const std::vector<std::size_t>& widths) {
    std::vector<std::vector<std::string_view>> columns;
    std::size_t lines = 1;
    for (std::size_t i = 0; i < row.size(); ++i) {
        columns.push_back(cells(row[i]) > widths[i] ? pieces(row[i], widths[i], widths[i])
                                                    : std::vector<std::string_view>{row[i]});
        lines = std::max(lines, columns.back().size());
    }
    for (std::size_t line = 0; line < lines; ++line) {
        std::string text;
        std::size_t wanted = 0;
        std::size_t have = 0;
        for (std::size_t i = 0; i < row.size(); ++i) {
            if (line < columns[i].size() && !columns[i][line].empty()) {
                // A word that is wider than its column pushes the next one.
                if (have >= wanted && have > 0) wanted = have + gap;
                text.append(wanted - have, ' ').append(columns[i][line]);
                have = wanted + cells(columns[i][line]);
            }
            wanted += widths[i] + gap;
        }
        text.erase(text.find_last_not_of(' ') + 1);
        out += text + "\n";
    }
}

std::string drawn(const std::vector<Row>& rows, const std::vector<std::size_t>& widths) {
    std::string text;
    for (const auto& row : rows) append_row(text, row, widths);
    return text;
}

enum class Fit : unsigned char { whole, cut, fold };

Fit fit_of(std::string_view column) {
    const auto ends = [column](std::string_view end) { return column == end || column.ends_with(end); };
    if (column == "id" || ends("_id") || ends("_at") || column == "since") return Fit::whole;
    if (column == "message" || column == "reason" || column == "why") return Fit::fold;
    return Fit::cut;
}

/// Narrows the widest column, one cell at a time, until all columns fit or none can be narrowed.
void shrink(std::vector<std::size_t>& widths, const std::vector<Fit>& fits, std::size_t most) {
    for (std::size_t total = total_of(widths); total > most; --total) {
        std::size_t widest = widths.size();
        for (std::size_t i = 0; i < widths.size(); ++i) {
            if (fits[i] == Fit::whole || widths[i] <= narrowest) continue;
            if (widest == widths.size() || widths[i] > widths[widest]) widest = i;
        }
        if (widest == widths.size()) return;
        --widths[widest];
    }
}

}  // namespace

std::size_t cells(std::string_view text) noexcept {
    std::size_t bytes = 0;
    return fitting(text, text.size() * 2, bytes);
}

std::string cut(std::string_view text, std::size_t most) {
    std::size_t bytes = 0;
    fitting(text, most, bytes);
    if (bytes == text.size()) return std::string(text);
    if (most <= ellipsis.size()) return std::string(text.substr(0, bytes));
    fitting(text, most - ellipsis.size(), bytes);
    return std::string(text.substr(0, bytes)).append(ellipsis);
}

std::string wrapped(std::string_view text, Width width, std::size_t hanging) {
    if (width.cells == 0) return std::string(text);
    std::string out;
    for (;;) {
        const auto end = text.find('\n');
        const auto line = text.substr(0, end);
        if (cells(line) > width.cells)
            append_folded(out, line, width.cells, hanging);
        else
            out.append(line);
        if (end == std::string_view::npos) return out;
        out += '\n';
        text.remove_prefix(end + 1);
    }
}

std::string aligned(const std::vector<Row>& rows) { return drawn(rows, widths_of(rows)); }

std::string aligned(const std::vector<Row>& rows, Width width) {
    auto widths = widths_of(rows);
    const std::size_t total = total_of(widths);
    if (width.cells != 0 && total > width.cells) {
        const std::size_t others = total - widths.back();
        if (others + narrowest <= width.cells) widths.back() = width.cells - others;
    }
    return drawn(rows, widths);
}

std::string table(const std::vector<Row>& rows, Width width) {
    if (rows.empty()) return {};
    auto widths = widths_of(rows);
    if (width.cells == 0 || total_of(widths) <= width.cells) return drawn(rows, widths);
    std::vector<Fit> fits;
    for (std::size_t i = 0; i < widths.size(); ++i)
        fits.push_back(i < rows[0].size() ? fit_of(rows[0][i]) : Fit::cut);
    shrink(widths, fits, width.cells);
    std::vector<Row> fitted = rows;
    for (auto& row : fitted) {
        for (std::size_t i = 0; i < row.size(); ++i) {
            if (fits[i] == Fit::cut) row[i] = cut(row[i], widths[i]);
        }
    }
    return drawn(fitted, widths);
}

}  // namespace dirsync::ctl
