#include "ctl/commands/source_commands.hpp"

#include <unistd.h>

#include <cstdio>
#include <fstream>
#include <iostream>

#include <fmt/format.h>

#include "ctl/commands/export_file.hpp"
#include "ctl/text/format.hpp"
#include "ctl/text/shown.hpp"
#include "ctl/text/source_format.hpp"
#include "ctl/text/table_text.hpp"

namespace dirsync::ctl {
namespace {

/// The daemon takes 1 MiB at once.
constexpr std::size_t largest_piece = 900'000;

/// Shows the change that waits, and asks for the word. Other than nullopt: the exit code to end with.
std::optional<int> ask_for_word(const Arguments& arguments, messages::SourceConsent& consent) {
    const auto seen =
        call(arguments.socket, "GET", std::string("/v1/source/change") + (arguments.names ? "?names=1" : ""));
    if (!seen) return fail(seen.error());
    if (!seen->ok()) return print(arguments, *seen, nullptr, 0);
    const auto preview = messages::read_answer<messages::SourcePreview>(seen->body);
    if (!preview || !preview->pending)
        return complain("no change of the identity source waits; nothing was changed", exit_usage);
    const std::string wrong = wrong_type(arguments.source_type, preview->pending->to);
    if (!wrong.empty()) return complain(wrong, exit_waits);
    print(
        arguments, *seen,
        [&arguments](std::string_view text, Width width) {
            return source_change_text(text, arguments.names, width);
        },
        0);
    if (::isatty(STDIN_FILENO) == 0) {
        return complain(
            "no terminal to ask at: '--accept ACCEPT' consents to this change; nothing was changed",
            exit_waits);
    }
    std::fputs("\nType the word ACCEPT to go on: ", stderr);
    std::string word;
    // As it was typed, blanks and all.
    if (!std::getline(std::cin, word)) word.clear();
    consent.accept.value = word;
    consent.from.value = preview->pending->from;
    consent.to.value = preview->pending->to;
    return std::nullopt;
}

int change(Arguments& arguments) {
    messages::SourceConsent consent;
    if (!arguments.source_type.empty()) consent.type.value = arguments.source_type;
    if (arguments.accept)
        consent.accept.value = *arguments.accept;
    else if (const auto code = ask_for_word(arguments, consent))
        return *code;
    const auto answer = call(arguments.socket, "POST", "/v1/source/change", messages::text_of(consent));
    if (!answer) return fail(answer.error());
    return print(arguments, *answer, source_changed_text, exit_code_of(answer->body, exit_unavailable));
}

/// The id of the snapshot that was named by it, or by its beginning.
Result<std::string> snapshot_id(const Arguments& arguments) {
    const auto answer = call(arguments.socket, "GET", "/v1/source/snapshots");
    const auto all = answer && answer->ok()
                         ? messages::read_answer<std::vector<messages::Snapshot>>(answer->body)
                         : std::nullopt;
    return all ? id_beginning_with(*all, arguments.name) : arguments.name;
}

int restore(Arguments& arguments) {
    const auto id = snapshot_id(arguments);
    if (!id) return complain(id.error().message(), exit_usage);
    return send(arguments, "POST", fmt::format("/v1/source/snapshots/{}/restore", percent_encoded(*id)),
                messages::text_of(messages::RestoreRequest{arguments.assignments_only}), restored_text);
}

int export_snapshot(Arguments& arguments) {
    const auto id = snapshot_id(arguments);
    if (!id) return complain(id.error().message(), exit_usage);
    const auto answer = call(arguments.socket, "GET", "/v1/source/snapshots/" + percent_encoded(*id));
    return answer ? write_export(arguments, *answer) : fail(answer.error());
}

/// In pieces that begin with the first line each: the daemon adds what it does not have.
int import_snapshot(Arguments& arguments) {
    std::ifstream in(arguments.file, std::ios::binary);
    std::string first;
    if (!in || !std::getline(in, first)) return complain("cannot read " + arguments.file, exit_usage);
    std::string line;
    std::uint64_t lines = 1;
    for (bool more = true;;) {
        std::string piece = first + "\n";
        const std::uint64_t before = lines;
        while (piece.size() < largest_piece && (more = static_cast<bool>(std::getline(in, line)))) {
            piece += line + "\n";
            ++lines;
        }
        const auto answer = call(arguments.socket, "POST", "/v1/source/snapshots", piece);
        if (!answer) return fail(answer.error());
        if (!answer->ok()) {
            complain(fmt::format("{}, after line {}", arguments.file, before), 0);
            return print(arguments, *answer, nullptr, 0);
        }
        if (more) continue;
        const Format taken = [](std::string_view text, Width) {
            const auto snapshot = messages::read_answer<messages::Snapshot>(text);
            return snapshot ? fmt::format("imported: snapshot {}\n", shown(snapshot->id)) : std::string(text);
        };
        return print(arguments, *answer, taken, 0);
    }
}

int show(Arguments& arguments) {
    return get(arguments, "/v1/source", [](std::string_view text, Width width) {
        using messages::Source;
        const auto shown_columns = columns<Source>(&Source::type, &Source::identity, &Source::state,
                                                   &Source::since, &Source::store_id);
        return list_text(text, shown_columns, "source", width);
    });
}

Parameter snapshot_named(const std::string& help) {
    return {"id", "ID", help, &Arguments::name, Need::required};
}

}  // namespace

std::vector<Command> source_commands() {
    return {
        {"source show", "Show where users and groups come from", {json_parameter}, &show},
        {"source change",
         "Consent to the change of the source that waits",
         {{"type", "TYPE",
           "The type that the configuration is expected to name: directory, active_directory, ...",
           &Arguments::source_type},
          {"--accept", "ACCEPT", "The literal word ACCEPT", &Arguments::accept},
          {"--names", "", "List every user, group and assignment that would be removed", &Arguments::names},
          json_parameter},
         &change},
        {"source snapshots",
         "List what the store held before each change of the source",
         {json_parameter},
         [](Arguments& arguments) { return get(arguments, "/v1/source/snapshots", snapshots_text); }},
        {"source snapshots export",
         "Write a snapshot as JSON Lines",
         {snapshot_named("Id of the snapshot, or its beginning"), export_file_parameter(),
          export_force_parameter()},
         &export_snapshot},
        {"source snapshots import",
         "Import an exported snapshot",
         {{"file", "FILE", "File to read", &Arguments::file, Need::required}},
         &import_snapshot},
        {"source restore",
         "Bring back what a snapshot has and the store lacks",
         {snapshot_named("Id of the snapshot, or its beginning, from 'source snapshots'"),
          {"--assignments-only", "", "Leave users and groups as they are", &Arguments::assignments_only},
          json_parameter},
         &restore},
    };
}

Result<std::string> id_beginning_with(const std::vector<messages::Snapshot>& snapshots,
                                      const std::string& beginning) {
    constexpr std::size_t shortest = 4;
    if (beginning.size() < shortest) return beginning;
    std::vector<std::string> found;
    for (const auto& snapshot : snapshots) {
        if (snapshot.id == beginning) return beginning;
        if (snapshot.id.starts_with(beginning)) found.push_back(snapshot.id);
    }
    if (found.empty()) return beginning;
    if (found.size() == 1) return found.front();
    return Error(ErrorCode::refused, fmt::format("{} is the beginning of several ids: {}",
                                                 quoted_peer_text(beginning), fmt::join(found, ", ")));
}

std::string wrong_type(std::string_view type, std::string_view label) {
    const std::string_view configured = label.substr(0, label.find(':'));
    if (type.empty() || type == configured) return {};
    return fmt::format(
        "the configuration names '{}' as the identity source, not '{}': change identity_source.type and "
        "reload first; nothing was changed",
        configured, type);
}

}  // namespace dirsync::ctl
