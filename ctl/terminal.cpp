#include "ctl/terminal.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <iostream>

#include <fmt/format.h>

#include "core/visible_text.hpp"

namespace dirsync::ctl {
namespace {

constexpr std::array signals{SIGINT, SIGHUP, SIGTERM};
volatile sig_atomic_t interrupted = 0;
std::array<struct sigaction, signals.size()> before;
/// A signal that comes between the look at `interrupted` and the read would else be lost.
std::array<int, 2> wake{-1, -1};

void note(int) {
    const int error = errno;
    interrupted = 1;
    [[maybe_unused]] const auto written = ::write(wake[1], "", 1);
    errno = error;
}

}  // namespace

Width terminal_width(int file) noexcept {
    winsize size{};
    const bool is_known = ::isatty(file) != 0 && ::ioctl(file, TIOCGWINSZ, &size) == 0;
    return Width{is_known ? size.ws_col : std::size_t{0}};
}

bool says_yes(const std::string& question) {
    const std::string text = wrapped(question + " [y/N] ", terminal_width(STDOUT_FILENO));
    std::fputs(text.c_str(), stdout);
    std::fflush(stdout);
    std::string line;
    return std::getline(std::cin, line) && (line == "y" || line == "Y" || line == "yes");
}

std::string dialogue_lines(const std::string& text, Width width) {
    std::string out;
    for (std::string_view rest = text; !rest.empty();) {
        const auto end = std::min(rest.find('\n'), rest.size());
        const auto line = rest.substr(0, end);
        const bool stays = line.starts_with("  ") || line.starts_with('#');
        out += stays ? std::string(line) : wrapped(line, width, 0);
        out += '\n';
        rest.remove_prefix(std::min(end + 1, rest.size()));
    }
    return out;
}

Terminal::Terminal() {
    interrupted = 0;
    struct sigaction action {};
    action.sa_handler = &note;
    if (::pipe2(wake.data(), O_CLOEXEC | O_NONBLOCK) != 0) wake = {-1, -1};
    for (std::size_t i = 0; i < signals.size(); ++i) ::sigaction(signals[i], &action, &before[i]);
    if (LineEditor::is_possible()) editor_ = std::make_unique<LineEditor>(&Terminal::wait_for_input);
}

Terminal::~Terminal() {
    for (std::size_t i = 0; i < signals.size(); ++i) ::sigaction(signals[i], &before[i], nullptr);
    for (int& end : wake) {
        ::close(end);
        end = -1;
    }
}

bool Terminal::is_there() { return ::isatty(STDIN_FILENO) != 0 && ::isatty(STDOUT_FILENO) != 0; }

bool Terminal::is_interrupted() noexcept { return interrupted != 0; }

bool Terminal::wait_for_input() noexcept {
    while (interrupted == 0) {
        std::array<pollfd, 2> files{pollfd{STDIN_FILENO, POLLIN, 0}, pollfd{wake[0], POLLIN, 0}};
        if (::poll(files.data(), files.size(), -1) > 0 && files[0].revents != 0) break;
    }
    return interrupted == 0;
}

void Terminal::say(const std::string& text) {
    std::fputs(dialogue_lines(text::printable_lines(text), terminal_width(STDOUT_FILENO)).c_str(), stdout);
    std::fflush(stdout);
}

std::optional<std::string> Terminal::ask(const std::string& question, const std::string& proposed) {
    const std::string whole = proposed.empty() ? question : fmt::format("{} [{}]", question, proposed);
    const std::string lines = wrapped(text::printable(whole), terminal_width(STDOUT_FILENO), 0) + ": ";
    const auto last = lines.rfind('\n') + 1;
    std::fputs(lines.substr(0, last).c_str(), stdout);
    const std::string prompt = lines.substr(last);
    auto line = editor_ ? editor_->line(prompt) : plain_line(prompt);
    if (!line) return std::nullopt;
    const bool empty = line->find_first_not_of(" \t\r") == std::string::npos;
    return empty ? proposed : line;
}

std::optional<std::string> Terminal::plain_line(const std::string& prompt) {
    std::fputs(prompt.c_str(), stdout);
    std::fflush(stdout);
    for (;;) {
        if (const auto end = pending_.find('\n'); end != std::string::npos) {
            std::string line = pending_.substr(0, end);
            pending_.erase(0, end + 1);
            return line;
        }
        char bytes[1024];
        if (!wait_for_input()) return std::nullopt;
        const auto count = ::read(STDIN_FILENO, bytes, sizeof bytes);
        if (count <= 0) return std::nullopt;
        pending_.append(bytes, static_cast<std::size_t>(count));
    }
}

}  // namespace dirsync::ctl
