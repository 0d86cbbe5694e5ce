#include "ctl/names.hpp"

#include <vector>

#include <fmt/format.h>

#include "ctl/text/shown.hpp"

namespace dirsync::ctl {
namespace {

constexpr unsigned not_found = 404;

std::string in_a_list(const messages::NameMatch& match) {
    std::string text = shown(match.name);
    const std::string display_name = match.display_name == match.name ? "" : shown(match.display_name);
    if (!display_name.empty() || !match.email.empty()) {
        text += fmt::format(" ({}{}{})", display_name,
                            display_name.empty() || match.email.empty() ? "" : ", ", shown(match.email));
    }
    return text;
}

}  // namespace

Result<std::optional<messages::NameMatch>> meant(const std::string& socket, const std::string& name,
                                                 std::string_view kind) {
    std::string target = "/v1/names?name=" + percent_encoded(name);
    if (!kind.empty()) target += fmt::format("&kind={}", kind);
    const auto answer = call(socket, "GET", target);
    if (!answer) return answer.error();
    const auto found =
        answer->ok() ? messages::read_answer<std::vector<messages::NameMatch>>(answer->body) : std::nullopt;
    if (!found || found->empty()) return std::optional<messages::NameMatch>();
    if (found->size() == 1) return std::optional(found->front());
    std::string candidates;
    for (const auto& match : *found) candidates += "\n  " + in_a_list(match);
    return Error(ErrorCode::refused,
                 fmt::format("{} may mean one of these; say which:{}", quoted_peer_text(name), candidates));
}

std::optional<Answer> answer_about(const Options& options, const std::string& name, std::string_view kind,
                                   const std::function<std::string(const std::string&)>& target_of,
                                   int& code) {
    auto answer = call(options.socket, "GET", target_of(name));
    if (answer && answer->status == not_found) {
        const auto match = meant(options.socket, name, kind);
        if (!match) {
            code = match.error().code() == ErrorCode::refused ? complain(match.error().message(), exit_usage)
                                                              : fail(match.error());
            return std::nullopt;
        }
        if (*match) answer = call(options.socket, "GET", target_of((*match)->object_id));
    }
    if (answer) return std::move(*answer);
    code = fail(answer.error());
    return std::nullopt;
}

}  // namespace dirsync::ctl
