#include "core/secret.hpp"

#include <cerrno>
#include <optional>
#include <system_error>

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

namespace dirsync {
namespace {

constexpr std::size_t max_size = std::size_t{64} * 1024;

/// Overwrites the whole buffer, not only the part in use: a string that was moved from or shortened
/// still holds the old bytes.
void overwrite(std::string& text) noexcept {
    text.resize(text.capacity());
    explicit_bzero(text.data(), text.size());
    text.clear();
}

class Descriptor {
public:
    explicit Descriptor(int number) noexcept : number_(number) {}
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    ~Descriptor() {
        if (number_ >= 0) ::close(number_);
    }
    int number() const noexcept { return number_; }

private:
    int number_;
};

Error refusal(const std::string& path, const std::string& why, ErrorCode code = ErrorCode::config_invalid) {
    return Error(code, "secret file " + quoted_peer_text(path) + " " + why);
}

std::string text_of_errno(int number) { return std::generic_category().message(number); }

/// Number of bytes read into `buffer`, at most its size; nothing when reading failed (errno says why).
std::optional<std::size_t> read_all(int descriptor, std::string& buffer) {
    std::size_t size = 0;
    while (size < buffer.size()) {
        const auto count = ::read(descriptor, buffer.data() + size, buffer.size() - size);
        if (count == 0) break;
        if (count < 0) {
            if (errno == EINTR) continue;
            return std::nullopt;
        }
        size += static_cast<std::size_t>(count);
    }
    return size;
}

std::string_view without_newline(std::string_view text) noexcept {
    if (text.ends_with('\n')) {
        text.remove_suffix(1);
        if (text.ends_with('\r')) text.remove_suffix(1);
    }
    return text;
}

}  // namespace

Secret::Secret(std::string value) : value_(std::move(value)) { overwrite(value); }

Secret::Secret(Secret&& other) noexcept : value_(std::move(other.value_)) { other.wipe(); }

Secret& Secret::operator=(Secret&& other) noexcept {
    if (this != &other) {
        wipe();
        value_ = std::move(other.value_);
        other.wipe();
    }
    return *this;
}

Secret::~Secret() { wipe(); }

void Secret::wipe() noexcept { overwrite(value_); }

Result<Secret> read_secret_file(const std::string& path) {
    // O_NONBLOCK: opening a FIFO must not wait for its writer; regular files do not care.
    const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK));
    if (file.number() < 0) {
        const int why = errno;
        return refusal(path, "cannot be opened: " + text_of_errno(why),
                       why == ENOENT || why == ENOTDIR ? ErrorCode::not_found : ErrorCode::config_invalid);
    }
    struct stat facts {};
    if (::fstat(file.number(), &facts) != 0) {
        return refusal(path, "cannot be examined: " + text_of_errno(errno));
    }
    if (!S_ISREG(facts.st_mode)) return refusal(path, "is not a regular file");
    if ((facts.st_mode & S_IROTH) != 0) {
        return refusal(path, "can be read by everybody on this host: run chmod o= " + quoted_peer_text(path));
    }

    std::string buffer(max_size + 1, '\0');
    const auto size = read_all(file.number(), buffer);
    const int why = errno;
    if (!size) {
        overwrite(buffer);
        return refusal(path, "cannot be read: " + text_of_errno(why));
    }
    Secret secret(std::string(without_newline(std::string_view(buffer).substr(0, *size))));
    overwrite(buffer);
    if (*size > max_size) return refusal(path, "is larger than 64 KiB");
    if (secret.empty()) return refusal(path, "is empty");
    return secret;
}

}  // namespace dirsync
