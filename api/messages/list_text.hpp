#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "api/messages/json.hpp"

namespace dirsync::messages {

/// The text of a JSON list that is written in pieces: all of them together are what `text_of` gives of the
/// whole list.
class ListText {
public:
    template <class Element>
    std::string piece(const std::vector<Element>& elements) {
        std::string text = text_of(elements);
        text.pop_back();
        if (is_begun_ && has_elements_ && !elements.empty())
            text.front() = ',';
        else if (is_begun_)
            text.erase(0, 1);
        is_begun_ = true;
        has_elements_ |= !elements.empty();
        return text;
    }
    std::string end() const { return is_begun_ ? "]" : "[]"; }

private:
    bool is_begun_ = false;
    bool has_elements_ = false;
};

}  // namespace dirsync::messages
