#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <boost/json.hpp>

namespace dirsync::ctl {

/// What the formats read answers with. A text that cannot be parsed is null, and so is a missing member. Any
/// value that is not an array has no elements.

boost::json::value parsed(std::string_view text);
const boost::json::value& member(const boost::json::value& value, std::string_view name);
const boost::json::array& elements(const boost::json::value& value);
/// A boolean member; false when it is none.
bool is_set(const boost::json::value& value, std::string_view name);
/// A value, or a member, for a person; null is the empty text.
std::string shown(const boost::json::value& value);
std::string shown(const boost::json::value& value, std::string_view name);
std::string joined(const boost::json::value& value, std::string_view separator);
std::string counted(std::size_t count, std::string_view one);
/// A member that is a count; none counts as 0.
std::string counted(const boost::json::value& object, std::string_view name, std::string_view one);
/// A line of the journal or of a plan, with `would` in front.
std::string change_line(const boost::json::value& change, std::string_view would);

}  // namespace dirsync::ctl
