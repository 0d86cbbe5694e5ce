#pragma once

#include <string>
#include <string_view>

namespace dirsync {

/// What an admin reads below a hold: what is wrong, what stays as it is meanwhile, and what to do. Where a
/// class has no limit, `limit_of_hold` says what is wrong. `hold_class` is a word of v1_holds, `command`
/// releases the hold. Ends a line. Both programs print it.
std::string advice_on_hold(std::string_view hold_class, std::string_view command);

/// `(limit: 500 or 10%)`, or for classes that have no limit the reason alone.
std::string limit_of_hold(std::string_view hold_class, std::string_view limit);

}  // namespace dirsync
