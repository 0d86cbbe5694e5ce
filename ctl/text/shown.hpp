#pragma once

#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/json/value.hpp>

#include "api/messages/rows.hpp"

namespace dirsync::ctl {

// Values of messages for a person: nothing in them moves the cursor of a terminal. What is null is empty.
std::string shown(std::string_view text);
std::string shown(const std::optional<std::string>& text);
std::string shown(const boost::json::value& value);
template <std::integral Number>
std::string shown(Number number) {
    return std::to_string(number);
}
inline std::string shown(bool is_so) { return is_so ? "true" : "false"; }
inline std::string shown(const std::string& text) { return shown(std::string_view(text)); }
/// Counts by their names; those that are 0 are left out, because a run has a dozen of them.
std::string shown(const messages::Named<std::uint64_t>& counts);

std::string joined(const std::vector<std::string>& texts, std::string_view separator);
/// `1 user`, `2 users`.
std::string counted(std::uint64_t count, std::string_view one);
/// `users_created` as `users created`.
std::string in_words(std::string name);
/// A line of the journal or of a plan, with `would` in front.
std::string change_line(const messages::Change& change, std::string_view would);

}  // namespace dirsync::ctl
