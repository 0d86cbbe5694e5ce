#include "ctl/history_commands.hpp"

#include <boost/json.hpp>

#include "ctl/format.hpp"

namespace dirsync::ctl {

int revert(const Options& options, const std::string& run, bool dry_run) {
    const auto answer = call(options.socket, "POST", "/v1/runs/" + percent_encoded(run) + "/revert",
                             dry_run ? R"({"dry_run":true})" : "{}");
    if (!answer) return fail(answer.error());
    const Format format = [dry_run](std::string_view json) { return revert_text(json, dry_run); };
    return print(options, *answer, format, exit_code_of(answer->body, exit_unavailable));
}

std::string revert_text(std::string_view text, bool dry_run) {
    boost::system::error_code error;
    const auto parsed = boost::json::parse({text.data(), text.size()}, error);
    const auto* report = error ? nullptr : parsed.if_object();
    const auto* skipped = report == nullptr ? nullptr : report->if_contains("not_restored");
    const auto* count = report == nullptr ? nullptr : report->if_contains("change_count");
    if (skipped == nullptr || !skipped->is_array() || count == nullptr || !count->is_int64())
        return std::string(text);
    std::string out;
    if (count->get_int64() == 0) {
        out = "nothing left to undo\n";
    } else {
        out = dry_run ? plan_text(text) : sync_text(text);
    }
    if (skipped->get_array().empty()) return out;
    return out + "\nnot restored:\n" +
           table_text(boost::json::serialize(*skipped), {"action", "object_type", "name", "why"});
}

}  // namespace dirsync::ctl
