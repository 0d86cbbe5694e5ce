// dirsyncctl: the admin's tool; asks the running daemon over its unix socket.
#include <unistd.h>

#include <cstdio>
#include <string>
#include <vector>

#include "ctl/command_line.hpp"
#include "ctl/terminal.hpp"

int main(int argc, char** argv) {
    namespace ctl = dirsync::ctl;
    auto line = ctl::parsed_line(std::vector<std::string>(argv + 1, argv + argc), DIRSYNC_VERSION,
                                 ctl::terminal_width(STDOUT_FILENO));
    if (line.command == nullptr) {
        if (line.code != 0) return ctl::complain(line.said, line.code);
        std::fputs(line.said.c_str(), stdout);
        return 0;
    }
    if (!line.command->alone) {
        if (const int code = ctl::find_socket(line.arguments); code != 0) return code;
    }
    return line.command->run(line.arguments);
}
