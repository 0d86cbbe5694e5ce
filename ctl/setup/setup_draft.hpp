#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/config.hpp"

namespace dirsync::ctl {

/// What was answered so far: a configuration that is growing, and how setup itself goes on. Kept and given as
/// YAML: a configuration with one section more,
///
///     setup: {step: scope, start: true, replace: true, go_on: true}
///
/// so that what is wrong with it is told as of any configuration. Never holds a secret.
struct Draft {
    config::Config config;
    std::string step;             ///< where setup was left; empty: at its beginning
    std::optional<bool> start;    ///< unattended: bring it into force
    std::optional<bool> replace;  ///< unattended: a file that is there already may be replaced
    bool go_on = false;           ///< unattended: write it although checks failed
};

struct ReadDraft {
    Draft draft;
    std::vector<config::Problem> problems;  ///< of answers that are there
};

/// Answers from the text of `file`. `complete`: for an unattended setup; then answers that are missing are
/// problems as well, and so are files that do not exist. Otherwise what can be read is taken.
ReadDraft read_draft(std::string_view text, const std::string& file, bool complete);

/// As `read_draft` takes it.
std::string draft_text(const Draft& draft);

/// The configuration that is in the draft, as the file that setup writes. Its reader finds nothing wrong with
/// it, or `problems` says what.
std::string configuration_text(const Draft& draft, std::vector<config::Problem>& problems);

}  // namespace dirsync::ctl
