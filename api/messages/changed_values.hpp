#pragma once

#include <string>

#include <boost/json/value.hpp>

namespace dirsync::messages {

/// What an update changed, in plain words: `e-mail from 'a@x' to 'b@x', department set to 'IT', title 'Boss'
/// cleared`. `before` and `after` are those of a line of the journal. Nothing in it moves the cursor of a
/// terminal. Empty: they do not differ. Both programs print it.
std::string changed_values(const boost::json::value& before, const boost::json::value& after);

}  // namespace dirsync::messages
