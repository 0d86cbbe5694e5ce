#pragma once

#include <memory>
#include <optional>
#include <string>

#include "ctl/line_editor.hpp"
#include "ctl/text/layout.hpp"

namespace dirsync::ctl {

/// The width of the terminal `file`; unlimited if it is not a terminal, or its width is unknown.
Width terminal_width(int file) noexcept;

/// Asks a question on standard input and output; any answer other than yes is a no.
bool says_yes(const std::string& question);

/// A dialogue at a terminal, also through ssh. One at a time: it takes SIGINT, SIGHUP and SIGTERM for as long
/// as it lives, so that they end the dialogue and not the program.
class Terminal {
public:
    Terminal();
    ~Terminal();
    Terminal(const Terminal&) = delete;
    Terminal& operator=(const Terminal&) = delete;

    /// Standard input and output are terminals.
    static bool is_there();

    /// Sentences are folded at the terminal's width. Lines that begin with two blanks are tables and
    /// commands, those that begin with # belong to a file: they stay as they are.
    void say(const std::string& text);
    /// One line without its line break; an empty line stands for the proposal. nullopt: end of input, or a
    /// signal.
    std::optional<std::string> ask(const std::string& question, const std::string& proposed);
    /// Whether a signal has come.
    static bool is_interrupted() noexcept;
    /// Waits for input; false: a signal came first.
    static bool wait_for_input() noexcept;

private:
    std::optional<std::string> plain_line(const std::string& prompt);

    std::unique_ptr<LineEditor> editor_;  // none where the terminal cannot do it
    std::string pending_;                 // read, not yet asked for
};

/// The lines of a dialogue, as `Terminal::say` folds them.
std::string dialogue_lines(const std::string& text, Width width);

}  // namespace dirsync::ctl
