#include "ctl/survey_client.hpp"

#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <optional>
#include <string_view>
#include <vector>

#include <fmt/format.h>

namespace dirsync::ctl {
namespace {

constexpr int looks_for_socket = 200;
constexpr useconds_t between_looks = 25'000;
/// 409: it does not look at this configuration with its own rights (docs/control-api.md).
constexpr unsigned refused_by_daemon = 409;

/// The user that the daemon would run as; nullopt: unknown, or this process cannot become another user.
struct User {
    uid_t id = 0;
    gid_t group = 0;
    std::string name;
};
std::optional<User> service_user(const std::string& store) {
    if (::geteuid() != 0) return std::nullopt;
    struct stat folder {};
    const bool known = ::stat(std::filesystem::path(store).parent_path().c_str(), &folder) == 0;
    const auto* user = known ? ::getpwuid(folder.st_uid) : ::getpwnam("dirsyncd");
    if (user == nullptr || user->pw_uid == 0) return std::nullopt;
    return User{user->pw_uid, user->pw_gid, user->pw_name};
}

std::string program() {
    std::error_code error;
    const auto own = std::filesystem::read_symlink("/proc/self/exe", error).parent_path();
    std::vector<std::filesystem::path> places{own, own.parent_path() / "sbin"};
    const char* path = std::getenv("PATH");
    const std::string_view folders = path == nullptr ? "" : path;
    for (std::size_t at = 0; at < folders.size();) {
        const auto end = std::min(folders.find(':', at), folders.size());
        places.emplace_back(folders.substr(at, end - at));
        at = end + 1;
    }
    for (const auto& place : places) {
        const auto file = place / "dirsyncd";
        if (std::filesystem::is_regular_file(file, error) && ::access(file.c_str(), X_OK) == 0)
            return file.string();
    }
    return {};
}

Error cannot(const std::string& what) {
    return Error(ErrorCode::unreachable,
                 fmt::format("no daemon answers, and a temporary one cannot be started: {}: {}", what,
                             std::strerror(errno)));
}

/// In the child: becomes `user` and runs the program. This process has a single thread, so that no lock is
/// held across the fork.
[[noreturn]] void become(const std::string& file, const std::string& socket, const std::optional<User>& user,
                         int input) {
    if (user && (::initgroups(user->name.c_str(), user->group) != 0 || ::setgid(user->group) != 0 ||
                 ::setuid(user->id) != 0))
        ::_exit(126);
    ::setpgid(0, 0);  // Ctrl-C at the terminal is for the dialogue, which then ends us
    ::dup2(input, STDIN_FILENO);
    const char* arguments[] = {file.c_str(), "--survey", socket.c_str(), nullptr};
    ::execv(file.c_str(), const_cast<char* const*>(arguments));
    ::_exit(127);
}

bool answers(const std::string& socket) {
    // Any answer will do, even a 404.
    return call(socket, "GET", "/v1/survey").has_value();
}

}  // namespace

struct SurveyClient::Parts {
    std::string socket;
    std::string store;
    std::string folder;  ///< of the socket, removed at the end; empty: the daemon's own socket
    pid_t child = -1;
    int lifeline = -1;

    Parts() = default;
    Parts(const Parts&) = delete;
    Parts& operator=(const Parts&) = delete;
    ~Parts() {
        if (lifeline >= 0) ::close(lifeline);
        if (child > 0) {
            ::kill(child, SIGTERM);
            while (::waitpid(child, nullptr, 0) < 0 && errno == EINTR) {
            }
        }
        std::error_code ignored;
        if (!folder.empty()) std::filesystem::remove_all(folder, ignored);
    }

    bool is_daemon() const noexcept { return folder.empty(); }

    Result<void> start() {
        const std::string file = program();
        if (file.empty()) {
            return Error(
                ErrorCode::unreachable,
                "no daemon answers, and there is no 'dirsyncd' beside this program or on the PATH to "
                "ask instead");
        }
        const auto user = service_user(store);
        std::string name = (std::filesystem::temp_directory_path() / "dirsyncctl-XXXXXX").string();
        if (::mkdtemp(name.data()) == nullptr) return cannot(name);
        folder = name;
        socket = folder + "/survey.sock";
        if (user && ::chown(folder.c_str(), user->id, user->group) != 0) return cannot(folder);
        int ends[2] = {-1, -1};
        if (::pipe2(ends, O_CLOEXEC) != 0) return cannot("pipe");
        lifeline = ends[1];
        child = ::fork();
        if (child == 0) become(file, socket, user, ends[0]);
        ::close(ends[0]);
        if (child < 0) return cannot("fork");
        for (int i = 0; i < looks_for_socket; ++i) {
            if (answers(socket)) return {};
            int status = 0;
            if (::waitpid(child, &status, WNOHANG) == child) {
                child = -1;
                return Error(ErrorCode::unreachable,
                             fmt::format("{} --survey ended with exit code {}", file, WEXITSTATUS(status)));
            }
            ::usleep(between_looks);
        }
        return Error(ErrorCode::unreachable, file + " --survey does not answer");
    }
};

SurveyClient::SurveyClient(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
SurveyClient::SurveyClient(SurveyClient&&) noexcept = default;
SurveyClient& SurveyClient::operator=(SurveyClient&&) noexcept = default;
SurveyClient::~SurveyClient() = default;

Result<SurveyClient> SurveyClient::open(const std::string& socket, const std::string& store) {
    auto parts = std::make_unique<Parts>();
    parts->store = store;
    const auto daemon = call(socket, "POST", "/v1/survey/search");
    // One of an earlier version knows no surveys; a question without a text is refused by one that does.
    if (daemon && daemon->status != 404) {
        parts->socket = socket;
        return SurveyClient(std::move(parts));
    }
    if (auto started = parts->start(); !started) return std::move(started).error();
    return SurveyClient(std::move(parts));
}

Result<Answer> SurveyClient::ask(const std::string& what, const std::string& body) {
    const std::string target = "/v1/survey/" + what;
    auto answer = call(parts_->socket, "POST", target, body);
    if (!answer || answer->status != refused_by_daemon || !parts_->is_daemon()) return answer;
    const std::string of_daemon = parts_->socket;
    if (parts_->start()) return call(parts_->socket, "POST", target, body);
    // Without another process to ask, the refusal of the daemon is the answer.
    parts_->socket = of_daemon;
    return answer;
}

}  // namespace dirsync::ctl
