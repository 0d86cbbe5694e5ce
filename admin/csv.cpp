#include "admin/csv.hpp"

#include <algorithm>

namespace dirsync::admin {

bool CsvReader::at_line_end() const noexcept {
    return rest_.empty() || rest_.starts_with('\n') || rest_.starts_with("\r\n");
}

void CsvReader::skip_line_end() {
    if (rest_.empty()) return;
    rest_.remove_prefix(rest_.front() == '\r' ? 2 : 1);
    ++line_;
}

std::string CsvReader::quoted_field(CsvRecord& record) {
    std::string field;
    rest_.remove_prefix(1);
    for (;;) {
        const std::size_t end = rest_.find('"');
        const std::string_view part = rest_.substr(0, end);
        field += part;
        line_ += static_cast<std::size_t>(std::ranges::count(part, '\n'));
        if (end == std::string_view::npos) {
            rest_ = {};
            record.fault = "a quote is opened and not closed";
            return field;
        }
        rest_.remove_prefix(end + 1);
        if (!rest_.starts_with('"')) break;
        field += '"';
        rest_.remove_prefix(1);
    }
    if (!at_line_end() && !rest_.starts_with(',')) {
        record.fault = "something follows a closing quote; a quote inside of a field is written twice";
        rest_.remove_prefix(std::min(rest_.find_first_of(",\n"), rest_.size()));
    }
    return field;
}

std::optional<CsvRecord> CsvReader::next() {
    while (!rest_.empty() && at_line_end()) skip_line_end();
    if (rest_.empty()) return std::nullopt;
    CsvRecord record;
    record.line = line_;
    for (;;) {
        if (rest_.starts_with('"')) {
            record.fields.push_back(quoted_field(record));
        } else {
            std::size_t end = std::min(rest_.find_first_of(",\n"), rest_.size());
            if (end > 0 && end < rest_.size() && rest_[end] == '\n' && rest_[end - 1] == '\r') --end;
            record.fields.emplace_back(rest_.substr(0, end));
            rest_.remove_prefix(end);
        }
        if (!rest_.starts_with(',')) break;
        rest_.remove_prefix(1);
    }
    skip_line_end();
    return record;
}

}  // namespace dirsync::admin
