#include "ctl/commands.hpp"

#include <cstdio>

#include "ctl/format.hpp"

namespace dirsync::ctl {

int fail(const Error& error) {
    std::fprintf(stderr, "dirsyncctl: %s\n", error.message().c_str());
    return exit_unavailable;
}

int print(const Options& options, const Answer& answer, const Format& format, int good) {
    if (!answer.ok()) {
        const std::string text = problem_text(answer.body);
        // Several lines are places in a file, each as an editor or a compiler would print it.
        const bool is_list = text.find('\n') != std::string::npos;
        std::fprintf(stderr, "%s%s\n", is_list ? "" : "dirsyncctl: ", text.c_str());
        return exit_code_of(answer.body, exit_unavailable);
    }
    std::fputs((options.json ? answer.body + "\n" : format(answer.body)).c_str(), stdout);
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
