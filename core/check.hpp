#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/error.hpp"

namespace dirsync {

enum class CheckOutcome : std::uint8_t { ok, warning, failed, skipped };

std::string_view name_of(CheckOutcome outcome) noexcept;

/// One thing that was looked at before or after something went wrong, for `setup` and `doctor`.
struct Check {
    std::string name;     ///< what was looked at, one of a fixed set (docs/setup.md): `tls`, `dirsync`, ...
    std::string subject;  ///< of which domain, server or file; may be empty
    CheckOutcome outcome = CheckOutcome::ok;
    std::string seen;    ///< what was found, a sentence without a full stop
    std::string advice;  ///< what to do, maybe in several lines; empty when there is nothing to do
    int exit_code = 0;   ///< 75, 77 or 78 when the check failed
};

Check passed(std::string name, std::string subject, std::string seen);
Check warned(std::string name, std::string subject, std::string seen, std::string advice);
Check skipped(std::string name, std::string subject, std::string why);
/// The exit code is that of the error's class: 77 denied, 78 config, else 75.
Check failed(std::string name, std::string subject, const Error& why, std::string advice);

/// 0 when nothing failed, else the first of 78, 77 and 75 that a failed check has.
int exit_code_of(const std::vector<Check>& checks) noexcept;

}  // namespace dirsync
