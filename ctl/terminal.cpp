#include "ctl/terminal.hpp"

#include <signal.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <iostream>

#include "core/visible_text.hpp"

namespace dirsync::ctl {
namespace {

constexpr std::array signals{SIGINT, SIGHUP, SIGTERM};
volatile sig_atomic_t interrupted = 0;
std::array<struct sigaction, signals.size()> before;

void note(int) { interrupted = 1; }

}  // namespace

bool says_yes(const std::string& question) {
    std::printf("%s [y/N] ", question.c_str());
    std::fflush(stdout);
    std::string line;
    return std::getline(std::cin, line) && (line == "y" || line == "Y" || line == "yes");
}

Terminal::Terminal() {
    interrupted = 0;
    struct sigaction action {};
    action.sa_handler = &note;  // no SA_RESTART: a read that waits has to come back
    for (std::size_t i = 0; i < signals.size(); ++i) ::sigaction(signals[i], &action, &before[i]);
}

Terminal::~Terminal() {
    for (std::size_t i = 0; i < signals.size(); ++i) ::sigaction(signals[i], &before[i], nullptr);
}

bool Terminal::is_there() { return ::isatty(STDIN_FILENO) != 0 && ::isatty(STDOUT_FILENO) != 0; }

bool Terminal::is_interrupted() noexcept { return interrupted != 0; }

void Terminal::say(const std::string& text) {
    std::fputs(text::printable_lines(text).c_str(), stdout);
    if (!text.empty() && text.back() != '\n') std::fputc('\n', stdout);
    std::fflush(stdout);
}

std::optional<std::string> Terminal::ask(const std::string& question, const std::string& proposed) {
    std::printf("%s%s: ", question.c_str(), proposed.empty() ? "" : (" [" + proposed + "]").c_str());
    std::fflush(stdout);
    for (;;) {
        if (const auto end = pending_.find('\n'); end != std::string::npos) {
            std::string line = pending_.substr(0, end);
            pending_.erase(0, end + 1);
            const bool empty = line.find_first_not_of(" \t\r") == std::string::npos;
            return empty ? proposed : line;
        }
        char bytes[1024];
        if (interrupted != 0) return std::nullopt;
        const auto count = ::read(STDIN_FILENO, bytes, sizeof bytes);
        if (count <= 0) return std::nullopt;
        pending_.append(bytes, static_cast<std::size_t>(count));
    }
}

}  // namespace dirsync::ctl
