#include "api/asked.hpp"

#include <pwd.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

namespace dirsync::api {
namespace {

using namespace std::chrono_literals;

constexpr auto longest_wait = 1s;
constexpr std::size_t largest_entry = 1 << 20;

/// Shared by the caller that asks for a name and the thread that finds it; the thread may outlive the caller.
struct Search {
    std::mutex mutex;
    std::condition_variable changed;
    bool is_under_way = false;
    std::string found;
};

void find(const std::shared_ptr<Search>& search, const UserLookUp& look_up, std::uint32_t uid) {
    std::string name = look_up(uid);
    const std::lock_guard lock(search->mutex);
    search->found = std::move(name);
    search->is_under_way = false;
    search->changed.notify_all();
}

}  // namespace

std::string look_up_user(std::uint32_t uid) {
    const long wanted = ::sysconf(_SC_GETPW_R_SIZE_MAX);
    std::vector<char> buffer(wanted > 0 ? static_cast<std::size_t>(wanted) : 16384);
    passwd entry{};
    passwd* found = nullptr;
    int code = 0;
    while ((code = ::getpwuid_r(uid, &entry, buffer.data(), buffer.size(), &found)) == ERANGE &&
           buffer.size() < largest_entry) {
        buffer.resize(buffer.size() * 2);
    }
    return code != 0 || found == nullptr ? std::string() : std::string(found->pw_name);
}

std::string name_of_user(std::uint32_t uid, const UserLookUp& look_up) {
    static const auto search = std::make_shared<Search>();
    std::unique_lock lock(search->mutex);
    std::string name;
    // A look-up that hangs costs one thread. Callers that come meanwhile do not wait at all.
    if (!search->is_under_way) {
        search->is_under_way = true;
        search->found.clear();
        try {
            std::thread([look_up, uid] { find(search, look_up, uid); }).detach();
            search->changed.wait_for(lock, longest_wait, [] { return !search->is_under_way; });
            if (!search->is_under_way) name = search->found;
        } catch (const std::system_error&) {
            search->is_under_way = false;
        }
    }
    return name.empty() ? "uid " + std::to_string(uid) : name;
}

sync::Asked asked_by(const http::Request& request) {
    sync::Asked by;
    if (request.peer) by.actor = sync::host_user(name_of_user(request.peer->uid));
    if (const auto reason = request.query.find("reason"); reason != request.query.end())
        by.reason = reason->second;
    return by;
}

}  // namespace dirsync::api
