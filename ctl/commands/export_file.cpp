#include "ctl/commands/export_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

#include <fmt/format.h>

#include "ctl/atomic_file.hpp"

namespace dirsync::ctl {
namespace {

int cannot_write(const std::string& path) {
    return complain(fmt::format("cannot write {}: {}", path, std::strerror(errno)), exit_usage);
}

/// A pipe or a device holds nothing that could be lost.
bool holds_something(const std::string& path) {
    struct stat facts {};
    return ::stat(path.c_str(), &facts) == 0 && S_ISREG(facts.st_mode) && facts.st_size > 0;
}

}  // namespace

int write_export(const Arguments& arguments, const Answer& answer) {
    if (!answer.ok()) return print(arguments, answer, nullptr, 0);
    const std::string& path = arguments.file;
    if (path.empty() || path == "-") {
        std::fputs(safe_output(answer.body, true).c_str(), stdout);
        return 0;
    }
    if (holds_something(path) && !arguments.force)
        return complain(path + " exists: --force replaces it", exit_usage);
    const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (file < 0) return cannot_write(path);
    const bool written = write_all(file, answer.body);
    if (::close(file) != 0 || !written) return cannot_write(path);
    return 0;
}

Parameter export_file_parameter() {
    return {"file", "FILE", "File to write; default: standard output", &Arguments::file};
}

Parameter export_force_parameter() { return {"--force", "", "Replace the file", &Arguments::force}; }

}  // namespace dirsync::ctl
