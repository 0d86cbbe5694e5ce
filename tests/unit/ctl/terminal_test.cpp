#include "ctl/terminal.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace dirsync::ctl {
namespace {

using ::testing::HasSubstr;

/// A person at a terminal: what a child process asks there, keys that are typed, what the child made of them.
class AtTerminal {
public:
    /// `name`: of the kind of terminal. Each answer of the child is one line of `answers`.
    AtTerminal(const char* name, unsigned short columns, int questions) {
        screen_ = ::posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
        ::grantpt(screen_);
        ::unlockpt(screen_);
        int ends[2] = {-1, -1};
        if (::pipe(ends) != 0) return;
        child_ = ::fork();
        if (child_ == 0) ask(name, columns, questions, ends[1]);
        ::close(ends[1]);
        answers_ = ends[0];
    }
    AtTerminal(const AtTerminal&) = delete;
    AtTerminal& operator=(const AtTerminal&) = delete;
    ~AtTerminal() {
        ::kill(child_, SIGKILL);
        ::waitpid(child_, nullptr, 0);
        ::close(answers_);
        ::close(screen_);
    }

    void wait_for(const std::string& text) {
        while (seen_.find(text) == std::string::npos) {
            pollfd waiting{screen_, POLLIN, 0};
            char bytes[4096];
            if (::poll(&waiting, 1, 10'000) <= 0) break;
            const auto count = ::read(screen_, bytes, sizeof bytes);
            if (count <= 0) break;
            seen_.append(bytes, static_cast<std::size_t>(count));
        }
        ASSERT_THAT(seen_, HasSubstr(text));
        seen_.erase(0, seen_.find(text) + text.size());
    }
    void type(const std::string& keys) {
        ASSERT_EQ(::write(screen_, keys.data(), keys.size()), static_cast<ssize_t>(keys.size()));
    }
    void signal(int number) { ::kill(child_, number); }
    std::string answers() {
        std::string all;
        char bytes[4096];
        for (;;) {
            const auto count = ::read(answers_, bytes, sizeof bytes);
            if (count <= 0) return all;
            all.append(bytes, static_cast<std::size_t>(count));
        }
    }

private:
    [[noreturn]] void ask(const char* name, unsigned short columns, int questions, int out) {
        ::setsid();
        const int own = ::open(::ptsname(screen_), O_RDWR);
        ::ioctl(own, TIOCSCTTY, 0);
        const winsize size{24, columns, 0, 0};
        ::ioctl(own, TIOCSWINSZ, &size);
        for (int file = 0; file < 3; ++file) ::dup2(own, file);
        ::setenv("TERM", name, 1);
        Terminal terminal;
        for (int i = 0; i < questions; ++i) {
            const auto line = terminal.ask("Question " + std::to_string(i), i == 0 ? "proposed" : "");
            const std::string answer = line ? *line + "\n" : "(left)\n";
            if (::write(out, answer.data(), answer.size()) < 0 || !line) break;
        }
        ::_exit(0);
    }

    int screen_ = -1;
    int answers_ = -1;
    pid_t child_ = -1;
    std::string seen_;
};

constexpr const char* left = "\x1b[D";
constexpr const char* up = "\x1b[A";

TEST(Dialogue, LinesAreEdited) {
    AtTerminal person("xterm", 80, 2);
    person.wait_for("Question 0 [proposed]: ");
    person.type(std::string("alce") + left + left + "i\n");
    person.wait_for("Question 1: ");
    person.type(
        "\x17gr\xc3\xbc\xc3\x9f"
        "e \xe5\xb1\xb1\x7f\n");
    EXPECT_EQ(person.answers(),
              "alice\ngr\xc3\xbc\xc3\x9f"
              "e \n");
}

TEST(Dialogue, TheLinesBeforeComeBack) {
    AtTerminal person("xterm", 80, 3);
    person.wait_for("Question 0 [proposed]: ");
    person.type("first\n");
    person.wait_for("Question 1: ");
    person.type(std::string(up) + "!\n");
    person.wait_for("Question 2: ");
    person.type(std::string(up) + up + "\n");
    EXPECT_EQ(person.answers(), "first\nfirst!\nfirst\n");
}

TEST(Dialogue, AnEmptyLineTakesWhatIsProposed) {
    for (const auto* terminal : {"xterm", "dumb"}) {
        AtTerminal person(terminal, 80, 2);
        person.wait_for("Question 0 [proposed]: ");
        person.type("\n");
        person.wait_for("Question 1: ");
        person.type("\n");
        EXPECT_EQ(person.answers(), "proposed\n\n") << terminal;
    }
}

TEST(Dialogue, EndsByCtrlCAndCtrlDAndASignal) {
    for (const auto* terminal : {"xterm", "dumb"}) {
        for (const auto* key : {"\x03", "\x04", ""}) {
            AtTerminal person(terminal, 80, 2);
            person.wait_for("Question 0 [proposed]: ");
            if (*key == '\0')
                person.signal(SIGTERM);
            else
                person.type(key);
            EXPECT_EQ(person.answers(), "(left)\n") << terminal << " " << int{*key};
        }
    }
}

TEST(Dialogue, WhatWasTypedAheadIsNotLost) {
    for (const auto* terminal : {"xterm", "dumb"}) {
        AtTerminal person(terminal, 80, 3);
        person.type("one\ntwo\nthree\n");
        EXPECT_EQ(person.answers(), "one\ntwo\nthree\n") << terminal;
    }
}

TEST(Dialogue, ALongQuestionIsFoldedAtItsWords) {
    for (const auto* terminal : {"xterm", "dumb"}) {
        AtTerminal person(terminal, 16, 1);
        person.wait_for("Question 0\r\n[proposed]: ");
        person.type("x\n");
        EXPECT_EQ(person.answers(), "x\n");
    }
}

TEST(Dialogue, FoldsSentencesAlone) {
    EXPECT_EQ(dialogue_lines("one two three\n  table of it all\n# a comment of a file\nend", {9}),
              "one two\nthree\n  table of it all\n# a comment of a file\nend\n");
    EXPECT_EQ(dialogue_lines("", {9}), "");
    EXPECT_EQ(dialogue_lines("a\n", {}), "a\n");
}

TEST(TerminalWidth, IsOfATerminalAlone) {
    const int file = ::open("/dev/null", O_RDWR | O_CLOEXEC);
    EXPECT_EQ(terminal_width(file).cells, 0u);
    ::close(file);
}

}  // namespace
}  // namespace dirsync::ctl
