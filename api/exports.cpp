#include "api/exports.hpp"

#include <algorithm>
#include <iterator>
#include <memory>
#include <string>
#include <utility>

#include "admin/import.hpp"
#include "api/lists.hpp"
#include "api/responses.hpp"

namespace dirsync::api {
namespace {

class AssignmentLines final : public http::BodyPieces {
public:
    explicit AssignmentLines(std::vector<sync::ListedAssignment> assignments)
        : batches_(std::move(assignments)) {}

    Task<Result<std::string>> next() override {
        const auto batch = co_await batches_.next();
        if (!batch) co_return batch.error();
        co_return admin::export_text(*batch);
    }

private:
    KnownBatches<sync::ListedAssignment> batches_;
};

/// The lines of a snapshot after the first one, in batches of rows. Each batch is written as a snapshot of
/// its own, without its first line.
class SnapshotLines final : public http::BodyPieces {
public:
    explicit SnapshotLines(sync::SnapshotContents contents) : contents_(std::move(contents)) {}

    Task<Result<std::string>> next() override {
        sync::SnapshotContents part;
        part.about = contents_.about;
        std::size_t left = rows_at_once;
        take(contents_.users, part.users, left);
        take(contents_.groups, part.groups, left);
        take(contents_.memberships, part.memberships, left);
        take(contents_.permission_sets, part.permission_sets, left);
        take(contents_.assignments, part.assignments, left);
        if (left == rows_at_once) co_return std::string();
        std::string lines = lines_of(part);
        lines.erase(0, lines.find('\n') + 1);
        co_return lines;
    }

private:
    template <class Row>
    void take(std::vector<Row>& from, std::vector<Row>& to, std::size_t& left) {
        std::size_t& at = taken_[list_++ % lists];
        const std::size_t count = std::min(left, from.size() - at);
        const auto begin = from.begin() + static_cast<std::ptrdiff_t>(at);
        std::move(begin, begin + static_cast<std::ptrdiff_t>(count), std::back_inserter(to));
        at += count;
        left -= count;
    }

    static constexpr std::size_t lists = 5;
    sync::SnapshotContents contents_;
    std::size_t taken_[lists] = {};
    std::size_t list_ = 0;
};

}  // namespace

http::Response export_answer(std::vector<sync::ListedAssignment> assignments) {
    const bool is_short = assignments.size() <= rows_at_once;
    http::Response response = ok(is_short ? admin::export_text(assignments) : std::string());
    response.content_type = "application/x-ndjson";
    if (!is_short) response.more = std::make_unique<AssignmentLines>(std::move(assignments));
    return response;
}

http::Response export_answer(sync::SnapshotContents contents) {
    sync::SnapshotContents head;
    head.about = contents.about;
    http::Response response = ok(lines_of(head));
    response.content_type = "application/jsonl";
    response.more = std::make_unique<SnapshotLines>(std::move(contents));
    return response;
}

}  // namespace dirsync::api
