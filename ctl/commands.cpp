#include "ctl/commands.hpp"

#include <unistd.h>

#include <cstdio>
#include <filesystem>

#include <fmt/format.h>

#include "core/visible_text.hpp"
#include "ctl/terminal.hpp"
#include "ctl/text/format.hpp"

namespace dirsync::ctl {
namespace {

/// Every answer of dirsyncd is an object or a list. The first character decides, because the answer may be
/// long; all of it is made safe when it is printed.
bool is_json(std::string_view text) {
    const std::size_t start = text.find_first_not_of(" \t\r\n");
    return start != std::string_view::npos && (text[start] == '{' || text[start] == '[');
}

}  // namespace

int find_socket(Options& options) {
    if (!options.socket.empty()) return 0;
    options.socket = config::Config{}.control_socket;
    std::error_code ignored;
    if (!options.config_given && !std::filesystem::exists(options.config, ignored)) return 0;
    // While the file has problems, the daemon goes on under the last good configuration and can be asked.
    const auto loaded = config::load(options.config);
    options.socket = loaded.config.control_socket;
    const bool usable = loaded.problems.empty() || std::filesystem::exists(options.socket, ignored);
    return usable || !options.config_given ? 0 : complain_about(loaded.problems);
}

int complain(std::string_view text, int code) {
    const std::string line = fmt::format("dirsyncctl: {}\n", safe_output(text, false));
    std::fputs(wrapped(line, terminal_width(STDERR_FILENO)).c_str(), stderr);
    return code;
}

int complain_about(const std::vector<config::Problem>& problems) {
    for (const auto& problem : problems) std::fprintf(stderr, "%s\n", config::to_text(problem).c_str());
    return exit_config;
}

int fail(const Error& error) { return complain(error.message(), exit_unavailable); }

std::string safe_output(std::string_view text, bool of_json) {
    return of_json ? text::visible_json(text) : text::printable_lines(text);
}

int print(const Options& options, const Answer& answer, const Format& format, int good) {
    if (!answer.ok()) {
        const std::string text = problem_text(answer.body);
        const int code = exit_code_of(answer.body, exit_unavailable);
        if (text.find('\n') == std::string::npos) return complain(text, code);
        // Several lines are places in a file, each as an editor or a compiler would print it.
        std::fprintf(stderr, "%s\n", safe_output(text, false).c_str());
        return code;
    }
    if (!answer.body.empty() && !is_json(answer.body)) {
        return fail(Error(
            ErrorCode::protocol,
            fmt::format("the answer on {} is not JSON: another program listens there, or dirsyncd fails",
                        options.socket)));
    }
    const std::string text =
        options.json ? answer.body + "\n" : format(answer.body, terminal_width(STDOUT_FILENO));
    std::fputs(safe_output(text, options.json).c_str(), stdout);
    return good;
}

int get(const Options& options, const std::string& target, const Format& format) {
    return send(options, "GET", target, "", format);
}

int send(const Options& options, std::string_view method, const std::string& target, const std::string& body,
         const Format& format) {
    const auto answer = call(options.socket, method, target, body);
    return answer ? print(options, *answer, format, 0) : fail(answer.error());
}

std::optional<messages::Status> status_of(const std::string& socket) {
    const auto answer = call(socket, "GET", "/v1/status");
    return answer && answer->ok() ? messages::read_answer<messages::Status>(answer->body) : std::nullopt;
}

int post(const Options& options, const std::string& target, const std::string& done) {
    return send(options, "POST", target, "", [&done](std::string_view, Width) { return done + "\n"; });
}

}  // namespace dirsync::ctl
