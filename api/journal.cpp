#include "api/journal.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "model/row_text.hpp"
#include "model/rows.hpp"

namespace dirsync::api {
namespace {

bool is_called(const ChangeFilter& wanted, const std::string& id, const std::string& name) {
    if (id == wanted.user || (!wanted.user_id.empty() && id == wanted.user_id)) return true;
    const auto key = sync::name_key(wanted.user);
    return sync::name_key(name) == key ||
           (wanted.by_account_name &&
            sync::name_key(std::string_view(name).substr(0, name.find('@'))) == key);
}

/// Whether a membership with these columns is that of the user.
bool is_member(const ChangeFilter& wanted, const std::string& columns) {
    if (columns.empty()) return false;
    try {
        const sync::MemberText member = sync::member_of(columns);
        return is_called(wanted, member.user_id, member.user_name);
    } catch (const std::runtime_error&) {
        return false;
    }
}

bool is_about(const sync::ChangeLine& change, const ChangeFilter& wanted) {
    if (change.object_type == sync::ObjectType::user) return is_called(wanted, change.object_id, change.name);
    if (change.action != sync::LineAction::add_member && change.action != sync::LineAction::remove_member)
        return false;
    return is_member(wanted, change.action == sync::LineAction::add_member ? change.after : change.before);
}

}  // namespace

bool ChangeFilter::takes(const sync::JournalLine& line) const {
    return line.seq <= until_seq && (!run || line.run == *run) && (!from || line.at >= *from) &&
           (!until || line.at <= *until) && (user.empty() || is_about(line.change, *this));
}

Task<Result<std::vector<sync::JournalLine>>> JournalBatches::next() {
    while (left_ > 0) {
        const std::size_t wanted = filter_.takes_all() ? std::min(left_, rows_at_once) : rows_at_once;
        auto lines = co_await rows_.changes_after(at_, wanted);
        if (!lines) co_return lines.error();
        if (!lines->empty()) at_ = lines->back().seq;
        is_at_end_ = lines->size() < wanted || at_ >= filter_.until_seq;
        std::erase_if(*lines, [this](const sync::JournalLine& line) { return !filter_.takes(line); });
        if (lines->size() > left_) lines->resize(left_);
        left_ -= lines->size();
        if (!lines->empty() || is_at_end_) co_return std::move(*lines);
    }
    co_return std::vector<sync::JournalLine>();
}

Task<Result<std::vector<sync::JournalLine>>> latest_changes(sync::RowClient& rows, ChangeFilter filter,
                                                            std::size_t limit) {
    const auto last = co_await rows.latest_changes(1);
    if (!last) co_return last.error();
    std::vector<sync::JournalLine> found;
    // Numbers have no gaps, so that the thousand numbers below `end` are the thousand lines in front of it.
    std::uint64_t end = last->empty() ? 0 : std::min(last->front().seq, filter.until_seq);
    while (end > 0 && found.size() < limit) {
        const std::uint64_t begin = end - std::min<std::uint64_t>(end, rows_at_once);
        auto lines = co_await rows.changes_after(begin, static_cast<std::size_t>(end - begin));
        if (!lines) co_return lines.error();
        std::erase_if(*lines, [&](const sync::JournalLine& line) { return line.seq > end; });
        // Older lines were pruned.
        if (lines->empty()) break;
        for (auto line = lines->rbegin(); line != lines->rend() && found.size() < limit; ++line) {
            if (filter.takes(*line)) found.push_back(std::move(*line));
        }
        end = begin;
    }
    std::ranges::reverse(found);
    co_return found;
}

}  // namespace dirsync::api
