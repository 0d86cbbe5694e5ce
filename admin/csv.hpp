#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace dirsync::admin {

/// One record of a CSV file (RFC 4180).
struct CsvRecord {
    std::size_t line = 0;  ///< where it starts, from 1: a quoted field may hold line ends
    std::vector<std::string> fields;
    std::string fault;  ///< not empty: what is wrong with its quotes; the fields are then no use
};

/// Reads record by record; lines end with CRLF or LF, empty ones are left out. `text` outlives the reader.
class CsvReader {
public:
    explicit CsvReader(std::string_view text) noexcept : rest_(text) {}
    std::optional<CsvRecord> next();

private:
    std::string quoted_field(CsvRecord& record);
    bool at_line_end() const noexcept;
    void skip_line_end();

    std::string_view rest_;
    std::size_t line_ = 1;
};

}  // namespace dirsync::admin
