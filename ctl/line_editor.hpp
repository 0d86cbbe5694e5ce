#pragma once

#include <memory>
#include <optional>
#include <string>

namespace dirsync::ctl {

/// A line editor for a terminal, with arrow keys, moves by word, and the previous lines, which are forgotten
/// at the end. Standard input and output have to be a terminal.
class LineEditor {
public:
    /// True if the terminal supports it and its width is known.
    static bool is_possible();

    /// `wait`: until there is something to read; false ends the line.
    explicit LineEditor(bool (*wait)());
    LineEditor(const LineEditor&) = delete;
    LineEditor& operator=(const LineEditor&) = delete;
    ~LineEditor();

    /// One line, without its end. nullopt: the end of input, or `wait` said so.
    std::optional<std::string> line(const std::string& prompt);

private:
    struct Parts;
    std::unique_ptr<Parts> parts_;
};

}  // namespace dirsync::ctl
