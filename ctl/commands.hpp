#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "api/messages/cycles.hpp"
#include "config/config.hpp"
#include "core/error.hpp"
#include "core/exit_code.hpp"
#include "ctl/client.hpp"
#include "ctl/text/layout.hpp"

namespace dirsync::ctl {

/// The options that every command takes.
struct Options {
    std::string socket;
    std::string config = "/etc/dirsyncd/dirsyncd.yaml";
    bool config_given = false;
    bool json = false;
};

/// Turns the JSON of an answer into text for a person, in lines of that width.
using Format = std::function<std::string(std::string_view, Width)>;

/// Sets the socket to the one that was given, else that of the configuration, else the default. Returns 0, or
/// an exit code after printing why there is no socket.
int find_socket(Options& options);

/// `dirsyncctl: TEXT` on standard error; returns `code`.
int complain(std::string_view text, int code);
/// Each as a compiler prints it: `file:line:col: path: message`; returns exit_config.
int complain_about(const std::vector<config::Problem>& problems);
/// Says why the daemon did not answer; returns the exit code.
int fail(const Error& error);
/// Escapes everything in a text that would move the cursor of a terminal, hide text or reverse it. `of_json`:
/// the text is JSON and keeps its meaning. For one line or many.
std::string safe_output(std::string_view text, bool of_json);
/// Prints an answer. Returns the exit code of a refusal, else `good`; exit_unavailable for an answer that is
/// not JSON, because it does not come from dirsyncd.
int print(const Options& options, const Answer& answer, const Format& format, int good);
int get(const Options& options, const std::string& target, const Format& format);
/// The same with any method.
int send(const Options& options, std::string_view method, const std::string& target, const std::string& body,
         const Format& format);
/// The status of the daemon; nullopt: no daemon answers, or the answer is not a status.
std::optional<messages::Status> status_of(const std::string& socket);
/// A command that only succeeds or fails; says `done` when it succeeded.
int post(const Options& options, const std::string& target, const std::string& done);

}  // namespace dirsync::ctl
