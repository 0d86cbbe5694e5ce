#pragma once

#include <string>

#include <boost/describe/class.hpp>

#include "api/messages/json.hpp"

namespace dirsync::messages {

/// RFC 9457 problem details, and what dirsyncctl ends with.
struct Problem {
    std::string type = "about:blank";
    std::string title;
    unsigned status = 500;
    std::string detail;
    int exit_code = 70;
};
BOOST_DESCRIBE_STRUCT(Problem, (), (type, title, status, detail, exit_code))

/// What every answer about a piece of work has besides.
struct ExitCode {
    int exit_code = 0;
};
BOOST_DESCRIBE_STRUCT(ExitCode, (), (exit_code))

}  // namespace dirsync::messages
