#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "api/messages/list_text.hpp"
#include "api/responses.hpp"
#include "api/row_messages.hpp"
#include "core/task.hpp"
#include "model/seams/row_reader.hpp"

// Lists as answers. A short list is sent at once. A longer list is read, written and sent piece by piece, so
// that it neither fills memory nor blocks the loop.
namespace dirsync::api {

/// The number of rows that are read and written at once.
inline constexpr std::size_t rows_at_once = 1000;

/// The elements of a list, read in batches.
template <class Item>
class Batches {
public:
    virtual ~Batches() = default;
    /// The next elements; an empty batch ends the list.
    virtual Task<Result<std::vector<Item>>> next() = 0;
};

/// The rest of a JSON list, one piece for each batch.
template <class Item>
class ListPieces final : public http::BodyPieces {
public:
    ListPieces(messages::ListText text, std::unique_ptr<Batches<Item>> batches)
        : text_(text), batches_(std::move(batches)) {}

    Task<Result<std::string>> next() override {
        if (is_done_) co_return std::string();
        const auto batch = co_await batches_->next();
        if (!batch) co_return batch.error();
        is_done_ = batch->empty();
        co_return is_done_ ? text_.end() : text_.piece(messages_of(*batch));
    }

private:
    messages::ListText text_;
    std::unique_ptr<Batches<Item>> batches_;
    bool is_done_ = false;
};

/// An answer that begins with `first` and goes on with `batches`.
template <class Item>
http::Response long_list(const std::vector<Item>& first, std::unique_ptr<Batches<Item>> batches) {
    messages::ListText text;
    http::Response response = ok(text.piece(messages_of(first)));
    response.more = std::make_unique<ListPieces<Item>>(text, std::move(batches));
    return response;
}

/// Elements that are in memory already.
template <class Item>
class KnownBatches final : public Batches<Item> {
public:
    explicit KnownBatches(std::vector<Item> items) : items_(std::move(items)) {}

    Task<Result<std::vector<Item>>> next() override {
        const std::size_t count = std::min(rows_at_once, items_.size() - at_);
        const auto begin = items_.begin() + static_cast<std::ptrdiff_t>(at_);
        at_ += count;
        co_return std::vector<Item>(begin, begin + static_cast<std::ptrdiff_t>(count));
    }

private:
    std::vector<Item> items_;
    std::size_t at_ = 0;
};

/// The answer for a list that is in memory, or for the error of the call that should have given it.
template <class Item>
http::Response list_answer(Result<std::vector<Item>> items) {
    if (!items) return failure(items.error());
    if (items->size() <= rows_at_once) return ok(messages::text_of(messages_of(*items)));
    return long_list<Item>({}, std::make_unique<KnownBatches<Item>>(std::move(*items)));
}

template <class Item>
using ReadPage = std::function<Task<Result<sync::Listed<Item>>>(sync::Page)>;

/// The rows of a list of the store whose places are in front of `end`; 0: all rows.
template <class Item>
class PageBatches final : public Batches<Item> {
public:
    PageBatches(ReadPage<Item> read, std::uint64_t from, std::uint64_t end)
        : read_(std::move(read)), at_(from), end_(end) {}

    Task<Result<std::vector<Item>>> next() override {
        if (at_ == 0) co_return std::vector<Item>();
        const sync::Page page{at_, rows_at_once};
        auto listed = co_await read_(page);
        if (!listed) co_return listed.error();
        at_ = listed->next;
        const auto is_behind = [this](const Item& row) { return end_ != 0 && row.place >= end_; };
        if (std::erase_if(listed->rows, is_behind) > 0) at_ = 0;
        co_return std::move(listed->rows);
    }

private:
    ReadPage<Item> read_;
    std::uint64_t at_;
    std::uint64_t end_;
};

/// The place where the page after this one begins; 0: this is the last page.
template <class Item>
Task<Result<std::uint64_t>> end_of(sync::Page page, ReadPage<Item> read) {
    for (;;) {
        const sync::Page part{page.from, std::min(page.limit, rows_at_once)};
        const auto listed = co_await read(part);
        if (!listed) co_return listed.error();
        page.from = listed->next;
        page.limit -= part.limit;
        if (page.from == 0 || page.limit == 0) co_return page.from;
    }
}

/// The page that the parameters `limit` and `after` ask for. refused: one of them is not a number.
Result<sync::Page> page_of(const http::Request& request);
/// Adds a link to the page that begins at `next` (RFC 8288); 0: there is no such page.
void add_link(http::Response& response, const http::Request& request, std::size_t limit, std::uint64_t next);

/// A page of a list of the store.
template <class Item>
Task<http::Response> page_answer(http::Request request, ReadPage<Item> read) {
    // Places are 32 bits wide, so that no list can be longer and need a link.
    constexpr std::size_t every_row = std::size_t{1} << 32;
    const auto page = page_of(request);
    if (!page) co_return bad_request(page.error().message());
    const sync::Page first{page->from, std::min(page->limit, rows_at_once)};
    auto listed = co_await read(first);
    if (!listed) co_return failure(listed.error());
    const bool is_all = listed->next == 0 || page->limit == first.limit;
    std::uint64_t end = is_all ? listed->next : 0;
    if (!is_all && page->limit < every_row) {
        const sync::Page rest{listed->next, page->limit - first.limit};
        const auto found = co_await end_of<Item>(rest, read);
        if (!found) co_return failure(found.error());
        end = *found;
    }
    http::Response response = is_all ? list_answer<Item>(std::move(listed->rows))
                                     : long_list<Item>(listed->rows, std::make_unique<PageBatches<Item>>(
                                                                         std::move(read), listed->next, end));
    add_link(response, request, page->limit, end);
    co_return response;
}

}  // namespace dirsync::api
