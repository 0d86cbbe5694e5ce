#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "ctl/command.hpp"
#include "ctl/text/layout.hpp"

namespace dirsync::ctl {

/// A command line that was understood, or what to print instead.
struct CommandLine {
    const Command* command = nullptr;  ///< nullptr: print `said` and end
    Arguments arguments;
    std::string said;
    int code = 0;  ///< 0: `said` was asked for, such as help; else it says what is wrong
};

/// `words`: without the name of the program. `width`: of the terminal where help is read.
CommandLine parsed_line(const std::vector<std::string>& words, std::string_view version, Width width = {});

}  // namespace dirsync::ctl
