#include "history/later_changes.hpp"

#include "model/row_text.hpp"

namespace dirsync::sync {
namespace {

template <class Set, class Key>
void mark(Set& set, Key key, bool is_put_back) {
    if (is_put_back) {
        set.erase(key);
    } else {
        set.insert(std::move(key));
    }
}

}  // namespace

void LaterChanges::take(const ChangeLine& line) {
    const bool is_put_back = line.reason == text_of(Reason::reverted);
    switch (line.action) {
        case LineAction::create:
        case LineAction::remove:
            mark(rows_, line.object_id, is_put_back);
            break;
        case LineAction::update: {
            auto& columns = columns_[line.object_id];
            for (auto& column : columns_of(line.after)) mark(columns, std::move(column), is_put_back);
            break;
        }
        case LineAction::add_member:
        case LineAction::remove_member: {
            const auto& text = line.action == LineAction::add_member ? line.after : line.before;
            mark(members_, std::pair(line.object_id, member_of(text).user_id), is_put_back);
            break;
        }
    }
}

const std::set<std::string>& LaterChanges::columns(const std::string& id) const {
    static const std::set<std::string> none;
    const auto found = columns_.find(id);
    return found == columns_.end() ? none : found->second;
}

}  // namespace dirsync::sync
