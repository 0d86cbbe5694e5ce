#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "config/config.hpp"
#include "core/error.hpp"
#include "core/exit_code.hpp"
#include "ctl/client.hpp"
#include "ctl/text/layout.hpp"

namespace dirsync::ctl {

/// What the command line says besides the command.
struct Options {
    std::string socket;
    std::string config = "/etc/dirsyncd/dirsyncd.yaml";
    bool config_given = false;
    bool json = false;
};

/// The JSON of an answer for a person, on lines of that width.
using Format = std::function<std::string(std::string_view, Width)>;

/// The socket that was given, or that of the configuration, or the usual one. Other than 0: there is none,
/// and the reason was printed.
int find_socket(Options& options);

/// `dirsyncctl: TEXT` on standard error; returns `code`.
int complain(std::string_view text, int code);
/// Each as a compiler prints it: `file:line:col: path: message`; returns exit_config.
int complain_about(const std::vector<config::Problem>& problems);
/// Says why the daemon did not answer; returns the exit code.
int fail(const Error& error);
/// Makes a text safe: nothing in it moves the cursor of a terminal, hides, or turns text around.
/// `of_json`: as JSON that means the same. For one line or many.
std::string safe_output(std::string_view text, bool of_json);
/// Prints an answer; the exit code is what it says, or `good`. An answer that is not JSON does not come from
/// dirsyncd: exit_unavailable.
int print(const Options& options, const Answer& answer, const Format& format, int good);
int get(const Options& options, const std::string& target, const Format& format);
/// Any other method.
int send(const Options& options, std::string_view method, const std::string& target, const std::string& body,
         const Format& format);
/// A command that only succeeds or fails; says `done` when it succeeded.
int post(const Options& options, const std::string& target, const std::string& done);

}  // namespace dirsync::ctl
