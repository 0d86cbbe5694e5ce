#include "ctl/setup/setup_worker.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <ctime>
#include <filesystem>

#include <fmt/format.h>

#include "api/messages/surveys.hpp"
#include "ctl/atomic_file.hpp"
#include "ctl/setup/setup_plan.hpp"
#include "ctl/text/format.hpp"

namespace dirsync::ctl {
namespace {

WorkDone not_done(const std::string& why) { return {false, why, ""}; }

WorkDone done_with(const Result<Answer>& answer) {
    if (!answer) return not_done(answer.error().message());
    if (!answer->ok()) return not_done(problem_text(answer->body));
    return {true, "", answer->body};
}

/// The draft as it would be in force: with what scope.d adds.
config::Config whole(const Draft& draft, const Surroundings& around) {
    config::Config config = draft.config;
    for (const auto& entry : around.other_entries) {
        // One that cannot be is a mistake in its own file, of which --check-config tells.
        if (auto added = add_entry(config, entry); !added) continue;
    }
    return config;
}

/// `KIND:` in front of what is searched for.
void split_kind(std::string& text, std::string& kind) {
    const auto colon = text.find(':');
    const std::string word = text.substr(0, colon == std::string::npos ? 0 : colon);
    if (word == "group" || word == "user") kind = word;
    if (word == "ou" || word == "unit") kind = "organizational_unit";
    if (kind.empty()) return;
    text.erase(0, colon + 1);
    text.erase(0, text.find_first_not_of(' '));
}

std::string now_text() {
    const std::time_t now = std::time(nullptr);
    std::tm parts{};
    ::gmtime_r(&now, &parts);
    char text[32];
    std::strftime(text, sizeof text, "%Y%m%d-%H%M%S", &parts);
    return text;
}

/// Makes the folder of the file when it is missing, closed to others.
Result<void> make_folder(const std::filesystem::path& folder) {
    if (::mkdir(folder.c_str(), 0750) == 0 || errno == EEXIST) return {};
    return file_error(folder, "cannot be made");
}

}  // namespace

std::string SetupWorker::with_config(const Draft& draft) const {
    messages::DraftRequest request;
    request.config.value = config::redacted_dump(whole(draft, around_));
    return messages::text_of(request);
}

WorkDone SetupWorker::ask(const std::string& what, const std::string& body, const Draft& draft) {
    if (!client_) {
        auto opened = SurveyClient::open(socket_, draft.config.store.sqlite_path);
        if (!opened) return not_done(opened.error().message());
        client_.emplace(std::move(*opened));
    }
    auto answer = client_->ask(what, body);
    // It may have ended meanwhile: another one is looked for at the next question.
    if (!answer) client_.reset();
    return done_with(answer);
}

WorkDone SetupWorker::perform(const Turn& turn, const Draft& draft) {
    switch (turn.work) {
        case SetupWork::none:
            break;
        case SetupWork::locate: {
            const auto& domains = draft.config.domains;
            const auto domain = std::find_if(domains.begin(), domains.end(),
                                             [&turn](const auto& one) { return one.name == turn.argument; });
            messages::LocateRequest request;
            request.domain = turn.argument;
            request.ldaps = domain != domains.end() && domain->bind.method != config::BindMethod::gssapi &&
                            !domain->tls.start_tls;
            return ask("locate", messages::text_of(request), draft);
        }
        case SetupWork::check:
            return ask("check", with_config(draft), draft);
        case SetupWork::sample: {
            messages::SampleRequest request;
            request.config.value = config::redacted_dump(draft.config);
            if (!turn.argument.empty()) request.names.value.emplace(1, turn.argument);
            return ask("sample", messages::text_of(request), draft);
        }
        case SetupWork::search: {
            messages::SearchRequest request;
            request.config.value = config::redacted_dump(draft.config);
            request.text = turn.argument;
            std::string kind;
            split_kind(request.text, kind);
            if (!kind.empty()) request.kind.value = kind;
            return ask("search", messages::text_of(request), draft);
        }
        case SetupWork::plan:
            return plan(draft);
        case SetupWork::write:
            return write(draft);
        case SetupWork::start:
            return start(draft);
    }
    return not_done("nothing was asked for");
}

/// The running daemon plans against its store where it can: with the same domains. Else the plan is that of a
/// first run.
WorkDone SetupWorker::plan(const Draft& draft) {
    if (around_.daemon_runs) {
        const auto planned = call(socket_, "POST", "/v1/plan", with_config(draft));
        if (planned && planned->ok()) return done_with(planned);
    }
    return ask("plan", with_config(draft), draft);
}

WorkDone SetupWorker::write(const Draft& draft) {
    const std::filesystem::path file = draft.config.file;
    std::vector<config::Problem> problems;
    const std::string text = configuration_text(draft, problems);
    if (!problems.empty()) return not_done(problems.front().path + ": " + problems.front().message);
    if (auto made = make_folder(file.parent_path()); !made) return not_done(made.error().message());
    struct stat like {};
    std::string old;
    if (::stat(file.c_str(), &like) == 0) {
        old = file.string() + ".old-" + now_text();
        if (::link(file.c_str(), old.c_str()) != 0)
            return not_done(file_error(old, "cannot be made").message());
    } else {
        if (::stat(file.parent_path().c_str(), &like) != 0)
            return not_done(file_error(file.parent_path(), "cannot be read").message());
        like.st_mode = 0640;
    }
    if (auto replaced = replace_file(file, text, like); !replaced) {
        if (!old.empty()) ::unlink(old.c_str());
        return not_done(replaced.error().message());
    }
    // As the daemon will read it, scope.d and all.
    const auto loaded = config::load(file);
    if (!loaded.problems.empty()) {
        if (old.empty()) ::unlink(file.c_str());
        if (!old.empty()) ::rename(old.c_str(), file.c_str());
        sync_folder(file.parent_path());
        return not_done("nothing was written: " + config::to_text(loaded.problems.front()));
    }
    const std::string kept = old.empty() ? "" : "; the old one is " + old;
    return {true, fmt::format("{} is written{}.", file.string(), kept), ""};
}

WorkDone SetupWorker::start(const Draft& draft) {
    const auto way = start_by(around_.runs_by_this_file, around_.is_usual_file, around_.service);
    if (way == StartBy::reload) {
        const auto answer = call(socket_, "POST", "/v1/reload");
        if (!answer || !answer->ok()) return done_with(answer);
        std::string said = "The daemon has read it: " + reload_text(answer->body);
        while (said.ends_with('\n')) said.pop_back();
        if (const std::string change = source_change_of(draft.config, around_); !change.empty())
            said += "\n" + change;
        return {true, said, ""};
    }
    if (way == StartBy::hand) return {true, how_to_start(draft.config, around_), ""};
    const int code = run_program({"systemctl", "enable", "--now", "dirsyncd"});
    if (code == 0) return {true, "The service runs: dirsyncctl status", ""};
    return not_done(fmt::format(
        "systemctl ended with exit code {}; journalctl -u dirsyncd and dirsyncctl doctor say more", code));
}

Surroundings surroundings_of(const Draft& draft, const std::string& socket, const std::string& usual_file) {
    Surroundings around;
    std::error_code ignored;
    const std::filesystem::path file = draft.config.file;
    around.file_exists = std::filesystem::exists(file, ignored);
    around.is_usual_file = file == usual_file;
    around.service = service_state();
    for (auto& entry : scope_entries(file)) {
        if (std::filesystem::path(entry.file).parent_path().filename() == "scope.d")
            around.other_entries.push_back(std::move(entry));
    }
    char host[256] = "";
    if (::gethostname(host, sizeof host - 1) == 0) {
        const std::string name(host);
        if (const auto dot = name.find('.'); dot != std::string::npos)
            around.host_domain = name.substr(dot + 1);
    }
    const auto status = status_of(socket);
    if (!status) return around;
    around.daemon_runs = true;
    around.runs_by_this_file = std::filesystem::equivalent(status->config.path, file, ignored);
    around.source_type = status->source.type;
    around.source_label = status->source.identity;
    around.users = status->counts.users;
    around.groups = status->counts.groups;
    around.memberships = status->counts.memberships;
    if (const auto answer = call(socket, "GET", "/v1/assignments"); answer && answer->ok()) {
        const auto assignments = messages::read_answer<std::vector<messages::ListedAssignment>>(answer->body);
        around.assignments = assignments ? assignments->size() : 0;
    }
    const auto colon = around.source_label.find(':');
    for (std::size_t at = colon == std::string::npos ? around.source_label.size() : colon + 1;
         at < around.source_label.size();) {
        const auto end = std::min(around.source_label.find(',', at), around.source_label.size());
        around.source_domains.push_back(around.source_label.substr(at, end - at));
        at = end + 1;
    }
    return around;
}

}  // namespace dirsync::ctl
