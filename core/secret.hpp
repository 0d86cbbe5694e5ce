#pragma once

#include <string>
#include <string_view>

#include "core/error.hpp"

namespace dirsync {

/// A password or token. Cannot be printed or compared by accident, is overwritten when it is destroyed.
class Secret {
public:
    Secret() = default;
    /// The text that was given is overwritten as well, unless it was copied before.
    explicit Secret(std::string value);
    Secret(const Secret&) = delete;
    Secret& operator=(const Secret&) = delete;
    Secret(Secret&& other) noexcept;
    Secret& operator=(Secret&& other) noexcept;
    ~Secret();

    bool empty() const noexcept { return value_.empty(); }
    /// The only way to the text: for the one call that sends it.
    std::string_view reveal() const noexcept { return value_; }

private:
    void wipe() noexcept;
    std::string value_;
};

/// Reads a secret from a file; one trailing newline is not part of it. Fails, naming the path, when
/// the file is missing, empty, unreadable, larger than 64 KiB, or readable by everybody.
Result<Secret> read_secret_file(const std::string& path);

}  // namespace dirsync
