#include "ctl/line_editor.hpp"

#include <histedit.h>
#include <unistd.h>

#include <cerrno>
#include <clocale>
#include <cstdio>
#include <cstdlib>
#include <string_view>

#include "core/code_point.hpp"
#include "ctl/terminal.hpp"

namespace dirsync::ctl {
namespace {

constexpr int remembered_lines = 100;
constexpr wchar_t replacement = 0xFFFD;

std::size_t size_of_character(unsigned char lead) noexcept {
    if (lead >= 0xF0) return 4;
    if (lead >= 0xE0) return 3;
    return lead >= 0xC0 ? 2 : 1;
}

}  // namespace

struct LineEditor::Parts {
    bool (*wait)() = nullptr;
    std::string prompt;
    std::unique_ptr<EditLine, void (*)(EditLine*)> editor{nullptr, &::el_end};
    std::unique_ptr<History, void (*)(History*)> past{nullptr, &::history_end};

    static Parts& of(EditLine* editor) {
        void* parts = nullptr;
        ::el_get(editor, EL_CLIENTDATA, &parts);
        return *static_cast<Parts*>(parts);
    }

    static char* prompt_of(EditLine* editor) { return of(editor).prompt.data(); }

    /// In place of libedit's own: that one reads on after a signal.
    static int read_character(EditLine* editor, wchar_t* character) {
        std::string bytes;
        for (;;) {
            if (!of(editor).wait()) return -1;
            char byte = 0;
            const auto count = ::read(STDIN_FILENO, &byte, 1);
            if (count < 0 && errno == EINTR) continue;
            if (count <= 0) return static_cast<int>(count);
            // Half a character: the byte after it, an end of line maybe, counts for itself.
            if (!bytes.empty() && (static_cast<unsigned char>(byte) & 0xC0U) != 0x80U) bytes.clear();
            bytes += byte;
            if (bytes.size() < size_of_character(static_cast<unsigned char>(bytes.front()))) continue;
            const auto point = text::first_code_point(bytes);
            *character = point.size == 0 ? replacement : static_cast<wchar_t>(point.value);
            return 1;
        }
    }
};

bool LineEditor::is_possible() {
    const char* terminal = std::getenv("TERM");
    const std::string_view name = terminal == nullptr ? "" : terminal;
    return !name.empty() && name != "dumb" && ::isatty(STDIN_FILENO) != 0 &&
           terminal_width(STDOUT_FILENO).cells != 0;
}

LineEditor::LineEditor(bool (*wait)()) : parts_(std::make_unique<Parts>()) {
    // All that this program prints is UTF-8, whatever the locale says.
    std::setlocale(LC_CTYPE, "C.UTF-8");
    parts_->wait = wait;
    parts_->editor.reset(::el_init("dirsyncctl", stdin, stdout, stderr));
    parts_->past.reset(::history_init());
    EditLine* const editor = parts_->editor.get();
    ::el_set(editor, EL_CLIENTDATA, parts_.get());
    ::el_set(editor, EL_PROMPT, &Parts::prompt_of);
    ::el_set(editor, EL_EDITOR, "emacs");
    ::el_set(editor, EL_GETCFN, &Parts::read_character);
    ::el_set(editor, EL_HIST, &::history, parts_->past.get());
    HistEvent event{};
    ::history(parts_->past.get(), &event, H_SETSIZE, remembered_lines);
    ::history(parts_->past.get(), &event, H_SETUNIQUE, 1);
}

LineEditor::~LineEditor() = default;

std::optional<std::string> LineEditor::line(const std::string& prompt) {
    parts_->prompt = prompt;
    ::el_resize(parts_->editor.get());
    // Before the prompt: what is typed as soon as it shows is not for the kernel's own editing any more.
    ::el_set(parts_->editor.get(), EL_PREP_TERM, 1);
    int size = 0;
    const char* typed = ::el_gets(parts_->editor.get(), &size);
    if (typed == nullptr || size <= 0) return std::nullopt;
    std::string line(typed, static_cast<std::size_t>(size));
    while (!line.empty() && (line.back() == '\n' || line.back() == '\r')) line.pop_back();
    if (line.find_first_not_of(" \t") != std::string::npos) {
        HistEvent event{};
        ::history(parts_->past.get(), &event, H_ENTER, line.c_str());
    }
    return line;
}

}  // namespace dirsync::ctl
