#include "ctl/service.hpp"

#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <memory>

namespace dirsync::ctl {
namespace {

struct ClosePipe {
    void operator()(FILE* pipe) const noexcept { ::pclose(pipe); }
};

/// The first line that a command prints.
std::string first_line(const char* command) {
    const std::unique_ptr<FILE, ClosePipe> pipe(::popen(command, "re"));
    char line[200] = "";
    if (!pipe || std::fgets(line, sizeof line, pipe.get()) == nullptr) return {};
    std::string text(line);
    while (!text.empty() && text.back() == '\n') text.pop_back();
    return text;
}

}  // namespace

ServiceState service_state() {
    ServiceState state;
    struct stat facts {};
    state.has_systemd = ::lstat("/run/systemd/system", &facts) == 0 && S_ISDIR(facts.st_mode);
    if (!state.has_systemd) return state;
    state.enabled = first_line("systemctl is-enabled dirsyncd.service 2>/dev/null");
    if (state.enabled == "not-found") state.enabled.clear();
    state.active = first_line("systemctl is-active dirsyncd.service 2>/dev/null");
    return state;
}

int run_program(const std::vector<std::string>& command) {
    std::vector<char*> arguments;
    for (const auto& word : command) arguments.push_back(const_cast<char*>(word.c_str()));
    arguments.push_back(nullptr);
    const pid_t child = ::fork();
    if (child == 0) {
        ::execvp(arguments.front(), arguments.data());
        ::_exit(127);
    }
    int status = 0;
    while (child > 0 && ::waitpid(child, &status, 0) < 0) {
        if (errno != EINTR) return 127;
    }
    return child > 0 && WIFEXITED(status) ? WEXITSTATUS(status) : 127;
}

StartBy start_by(bool runs_by_this_file, bool is_usual_file, const ServiceState& service) noexcept {
    if (runs_by_this_file) return StartBy::reload;
    if (service.has_systemd && !service.enabled.empty() && is_usual_file) return StartBy::systemctl;
    return StartBy::hand;
}

}  // namespace dirsync::ctl
