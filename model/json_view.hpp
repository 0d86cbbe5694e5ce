#pragma once

#include <string_view>

#include <boost/json/string_view.hpp>

namespace dirsync::sync {

/// The text as Boost.JSON takes it; a view of the same bytes.
inline boost::json::string_view json_view(std::string_view text) noexcept {
    return {text.data(), text.size()};
}

}  // namespace dirsync::sync
