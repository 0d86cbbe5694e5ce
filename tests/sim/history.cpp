#include "tests/sim/history.hpp"

#include <cstdlib>
#include <filesystem>

#include <sqlite3.h>

#include "store/memory/store.hpp"
#include "store/sqlite/store.hpp"
#include "tests/sim/expect.hpp"

namespace dirsync::sim {
namespace {

/// A folder that goes with the history.
class Folder {
public:
    Folder() : path_((std::filesystem::temp_directory_path() / "dirsync-sim-XXXXXX").string()) {
        if (::mkdtemp(path_.data()) == nullptr) std::abort();
    }
    ~Folder() {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }
    Folder(const Folder&) = delete;
    Folder& operator=(const Folder&) = delete;
    std::string file() const { return path_ + "/identity.db"; }
    std::string copy() const { return path_ + "/copy.db"; }

private:
    std::string path_;
};

/// As `.restore` of sqlite3 does it, whether anybody has the other one open or not.
void copy_database(const std::string& from, const std::string& to) {
    sqlite3* source = nullptr;
    sqlite3* target = nullptr;
    sqlite3_backup* backup = nullptr;
    if (sqlite3_open(from.c_str(), &source) == SQLITE_OK && sqlite3_open(to.c_str(), &target) == SQLITE_OK)
        backup = sqlite3_backup_init(target, "main", source, "main");
    const bool copied = backup != nullptr && sqlite3_backup_step(backup, -1) == SQLITE_DONE;
    sqlite3_backup_finish(backup);
    sqlite3_close(source);
    sqlite3_close(target);
    if (!copied) std::abort();
}

Outcome run_on(std::unique_ptr<sync::IdentityStore> store, World::BackUp back_up, const History& history) {
    World world(history.setup, std::move(store), std::move(back_up));
    Outcome outcome;
    for (const auto& step : history.steps) {
        outcome.verdict = world.apply(step);
        if (outcome.verdict) break;
        ++outcome.step;
    }
    if (!outcome.verdict) outcome.verdict = world.finish();
    outcome.cycles = world.cycles();
    outcome.reads_of_changes = world.reads_of_changes();
    return outcome;
}

/// The number of a verdict's rule: what stands before its first blank.
std::string rule_of(const Outcome& outcome) {
    return outcome.verdict ? outcome.verdict->substr(0, outcome.verdict->find(' ')) : std::string();
}

}  // namespace

Outcome run(const History& history) {
    if (!history.setup.sqlite) {
        auto store = store::make_memory_store();
        auto& memory = *store;
        return run_on(
            std::move(store), [&memory] { return store::backup_of(memory); }, history);
    }
    const Folder folder;
    store::SqliteOptions options;
    options.path = folder.file();
    return run_on(
        must(store::open_sqlite(options), options.path),
        [&folder] {
            copy_database(folder.file(), folder.copy());
            return [&folder] { copy_database(folder.copy(), folder.file()); };
        },
        history);
}

History shrunk(const History& history, const Outcome& outcome) {
    const std::string rule = rule_of(outcome);
    History best = history;
    best.steps.resize(std::min(best.steps.size(), outcome.step + 1));
    const auto fails = [&rule](const History& candidate) { return rule_of(run(candidate)) == rule; };
    if (!fails(best)) best = history;
    History memory = best;
    memory.setup.sqlite = false;
    if (fails(memory)) best = memory;
    for (std::size_t part = std::max<std::size_t>(best.steps.size() / 2, 1); part > 0; part /= 2) {
        for (bool again = true; again;) {
            again = false;
            for (std::size_t at = 0; at < best.steps.size();) {
                History candidate = best;
                const auto first = candidate.steps.begin() + static_cast<std::ptrdiff_t>(at);
                const auto count = std::min(part, candidate.steps.size() - at);
                candidate.steps.erase(first, first + static_cast<std::ptrdiff_t>(count));
                if (fails(candidate)) {
                    best = std::move(candidate);
                    again = part == 1;
                } else {
                    at += part;
                }
            }
        }
    }
    return best;
}

std::string report(const History& history, const Outcome& outcome, const std::string& again) {
    const History shortest = shrunk(history, outcome);
    const Outcome last = run(shortest);
    return "the rules are broken: " + *outcome.verdict + "\n" + std::to_string(history.steps.size()) +
           " steps; the shortest history found has " + std::to_string(shortest.steps.size()) + ":\n" +
           to_text(shortest) + "# " + last.verdict.value_or("(holds)") + "\nagain: " + again + "\n";
}

}  // namespace dirsync::sim
