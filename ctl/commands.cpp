#include "ctl/commands.hpp"

#include <cstdio>

#include "core/visible_text.hpp"
#include "ctl/text/format.hpp"

namespace dirsync::ctl {
namespace {

/// Everything that dirsyncd says is an object or a list. The whole of it is not parsed for this: it may be
/// long, and is made safe as it is printed.
bool is_json(std::string_view text) {
    const std::size_t start = text.find_first_not_of(" \t\r\n");
    return start != std::string_view::npos && (text[start] == '{' || text[start] == '[');
}

}  // namespace

int fail(const Error& error) {
    std::fprintf(stderr, "dirsyncctl: %s\n", safe_output(error.message(), false).c_str());
    return exit_unavailable;
}

std::string safe_output(std::string_view text, bool of_json) {
    return of_json ? text::visible_json(text) : text::printable_lines(text);
}

int print(const Options& options, const Answer& answer, const Format& format, int good) {
    if (!answer.ok()) {
        const std::string text = safe_output(problem_text(answer.body), false);
        // Several lines are places in a file, each as an editor or a compiler would print it.
        const bool is_list = text.find('\n') != std::string::npos;
        std::fprintf(stderr, "%s%s\n", is_list ? "" : "dirsyncctl: ", text.c_str());
        return exit_code_of(answer.body, exit_unavailable);
    }
    if (!answer.body.empty() && !is_json(answer.body)) {
        return fail(Error(ErrorCode::protocol, "what answers on " + options.socket +
                                                   " sends no JSON: it is not dirsyncd, or it fails"));
    }
    const std::string text = options.json ? answer.body + "\n" : format(answer.body);
    std::fputs(safe_output(text, options.json).c_str(), stdout);
    return good;
}

int get(const Options& options, const std::string& target, const Format& format) {
    const auto answer = call(options.socket, "GET", target);
    return answer ? print(options, *answer, format, 0) : fail(answer.error());
}

int send(const Options& options, std::string_view method, const std::string& target, const std::string& body,
         const Format& format) {
    const auto answer = call(options.socket, method, target, body);
    return answer ? print(options, *answer, format, 0) : fail(answer.error());
}

int post(const Options& options, const std::string& target, const std::string& done) {
    return send(options, "POST", target, "", [&done](std::string_view) { return done + "\n"; });
}

}  // namespace dirsync::ctl
