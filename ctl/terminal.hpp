#pragma once

#include <optional>
#include <string>

namespace dirsync::ctl {

/// Asks a question that is answered by yes or no on standard input and output; whatever is not yes is no.
bool says_yes(const std::string& question);

/// Plain lines at a terminal, as they pass through ssh: no cursor is moved. One at a time: it takes SIGINT,
/// SIGHUP and SIGTERM for as long as it lives, so that they end the dialogue and not the program.
class Terminal {
public:
    Terminal();
    ~Terminal();
    Terminal(const Terminal&) = delete;
    Terminal& operator=(const Terminal&) = delete;

    /// Standard input and output are terminals.
    static bool is_there();

    void say(const std::string& text);
    /// One line, without its end; what is proposed for an empty one. nullopt: the end of input, or a signal.
    std::optional<std::string> ask(const std::string& question, const std::string& proposed);
    /// A signal came.
    static bool is_interrupted() noexcept;

private:
    std::string pending_;  // read, not yet asked for
};

}  // namespace dirsync::ctl
