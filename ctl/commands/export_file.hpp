#pragma once

#include "ctl/command.hpp"

namespace dirsync::ctl {

/// Writes the lines of an answer to `arguments.file`, or to standard output when that is empty or `-`. A new
/// file is closed to everybody else, because it names the people of the store. One that holds something is
/// replaced by --force only. Returns the exit code.
int write_export(const Arguments& arguments, const Answer& answer);

Parameter export_file_parameter();
Parameter export_force_parameter();

}  // namespace dirsync::ctl
