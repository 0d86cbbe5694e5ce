#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "core/error.hpp"
#include "core/exit_code.hpp"
#include "ctl/client.hpp"

namespace dirsync::ctl {

/// What the command line says besides the command.
struct Options {
    std::string socket;
    std::string config = "/etc/dirsyncd/dirsyncd.yaml";
    bool config_given = false;
    bool json = false;
    bool may_be_alone = false;  ///< the command works without a daemon, and on a configuration with problems
};

/// The JSON of an answer for a person.
using Format = std::function<std::string(std::string_view)>;

/// Says why the daemon did not answer; returns the exit code.
int fail(const Error& error);
/// Nothing that an answer holds moves the cursor of a terminal, hides or turns text around, whoever answers.
/// `of_json`: as JSON that means the same. For one line or many.
std::string safe_output(std::string_view text, bool of_json);
/// Prints an answer; the exit code is what it says, or `good`. What is no JSON does not come from a dirsyncd:
/// exit_unavailable.
int print(const Options& options, const Answer& answer, const Format& format, int good);
int get(const Options& options, const std::string& target, const Format& format);
/// Any other method.
int send(const Options& options, std::string_view method, const std::string& target, const std::string& body,
         const Format& format);
/// A command that only succeeds or fails; says `done` when it succeeded.
int post(const Options& options, const std::string& target, const std::string& done);

}  // namespace dirsync::ctl
