#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "core/error.hpp"

namespace dirsync::ctl {

struct Answer {
    unsigned status = 0;
    std::string body;
    std::string next;  ///< target of the next page of a list (RFC 8288); empty: there is none
    bool ok() const noexcept { return status >= 200 && status < 300; }
};

/// One request to the daemon on its unix socket; waits as long as the daemon works on it. Blocking. The error
/// (unreachable, connection_lost) names the socket and says what to do.
Result<Answer> call(const std::string& socket, std::string_view method, const std::string& target,
                    const std::string& body = "");

/// A list that comes in pages, as one array of its first `most` elements at most. The error as that of
/// `call`; an answer that is not good is given as it is.
Result<Answer> call_list(const std::string& socket, const std::string& target, std::size_t most = SIZE_MAX);

/// Percent-encoded, fit as one segment of a path or the value of a parameter.
std::string percent_encoded(std::string_view text);

}  // namespace dirsync::ctl
