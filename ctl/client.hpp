#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "core/error.hpp"

namespace dirsync::ctl {

struct Answer {
    unsigned status = 0;
    std::string body;
    bool ok() const noexcept { return status >= 200 && status < 300; }
};

/// One request to the daemon on its unix socket; waits as long as the daemon works on it. Blocking. The error
/// (unreachable, connection_lost) names the socket and says what to do.
Result<Answer> call(const std::string& socket, std::string_view method, const std::string& target,
                    const std::string& body = "");

/// Percent-encoded, fit as one segment of a path or the value of a parameter.
std::string percent_encoded(std::string_view text);

}  // namespace dirsync::ctl
