#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <iterator>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

#include "tests/sim/history.hpp"
#include "tests/sim/trace.hpp"

// tools/sim: histories by the thousand.
namespace {

using namespace dirsync::sim;

struct Wanted {
    std::optional<std::uint64_t> seed;  ///< this one alone
    std::uint64_t first = 1;
    std::uint64_t seeds = 1000;
    std::optional<double> seconds;
    std::uint64_t cycles = 0;         ///< 0: no limit
    std::string history;              ///< a file
    std::vector<std::string> themes;  ///< that each history has in any case
    bool sqlite = false;
    bool brief = false;
    bool goes_on = false;  ///< after a failure
    bool shows = false;    ///< the history of `seed`, without running it
};

int usage() {
    std::cerr
        << "simulate [--seeds N] [--seconds S] [--cycles N] [--first SEED] [--sqlite] [--brief] [--all]\n"
           "         [--theme NAME]...\n"
           "simulate --seed SEED [--show] [--theme NAME]...\n"
           "simulate --history FILE\n"
           "themes:";
    for (const auto& name : theme_names()) std::cerr << ' ' << name;
    std::cerr << '\n';
    return 64;
}

std::optional<Wanted> wanted_of(int argc, char** argv) {
    Wanted wanted;
    for (int i = 1; i < argc; ++i) {
        const std::string name = argv[i];
        bool* const flag = name == "--sqlite"  ? &wanted.sqlite
                           : name == "--show"  ? &wanted.shows
                           : name == "--brief" ? &wanted.brief
                           : name == "--all"   ? &wanted.goes_on
                                               : nullptr;
        if (flag != nullptr) {
            *flag = true;
            continue;
        }
        if (i + 1 == argc) return std::nullopt;
        const char* value = argv[++i];
        const auto number = std::strtoull(value, nullptr, 10);
        if (name == "--seed") {
            wanted.seed = number;
        } else if (name == "--first") {
            wanted.first = number;
        } else if (name == "--seeds") {
            wanted.seeds = number;
        } else if (name == "--cycles") {
            wanted.cycles = number;
        } else if (name == "--seconds") {
            wanted.seconds = std::strtod(value, nullptr);
        } else if (name == "--history") {
            wanted.history = value;
        } else if (name == "--theme") {
            const auto known = theme_names();
            if (std::count(known.begin(), known.end(), value) == 0) return std::nullopt;
            wanted.themes.emplace_back(value);
        } else {
            return std::nullopt;
        }
    }
    return wanted;
}

int run_file(const std::string& path) {
    std::ifstream file(path);
    const std::string text((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
    const auto history = parse_history(text);
    if (!history) {
        std::cerr << path << ": no history\n";
        return 64;
    }
    const auto outcome = run(*history);
    if (!outcome.verdict) {
        std::cout << "every rule held\n";
        return 0;
    }
    if (is_traced()) {
        // A trace is of this history and not of shorter ones.
        std::cout << "the rules are broken: " << *outcome.verdict << '\n';
        return 1;
    }
    std::cout << report(*history, outcome, "tools/sim --history " + path);
    return 1;
}

int run_seeds(const Wanted& wanted) {
    const auto start = std::chrono::steady_clock::now();
    const auto seconds = [start] {
        return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    };
    std::uint64_t cycles = 0;
    std::uint64_t reads_of_changes = 0;
    std::uint64_t histories = 0;
    std::uint64_t failures = 0;
    for (; histories < wanted.seeds && (!wanted.seconds || seconds() < *wanted.seconds) &&
           (wanted.cycles == 0 || cycles < wanted.cycles);
         ++histories) {
        const std::uint64_t seed = wanted.first + histories;
        auto history = drawn_history(seed, wanted.themes);
        history.setup.sqlite = wanted.sqlite;
        const auto outcome = run(history);
        cycles += outcome.cycles;
        reads_of_changes += outcome.reads_of_changes;
        if (!outcome.verdict) continue;
        std::cout << "seed " << seed << " after " << cycles << " cycles, step " << outcome.step << ": ";
        if (wanted.brief) {
            std::cout << *outcome.verdict << std::endl;
        } else {
            std::cout << report(
                history, outcome,
                "tools/sim --seed " + std::to_string(seed) + (wanted.sqlite ? " --sqlite" : ""));
        }
        if (!wanted.goes_on) return 1;
        ++failures;
    }
    std::printf(
        "%s: seeds %llu to %llu, %llu cycles (%llu by reads of changes) in %.1f s: %.0f a "
        "second\n",
        failures == 0 ? "every rule held" : (std::to_string(failures) + " histories failed").c_str(),
        static_cast<unsigned long long>(wanted.first),
        static_cast<unsigned long long>(wanted.first + histories - 1),
        static_cast<unsigned long long>(cycles), static_cast<unsigned long long>(reads_of_changes), seconds(),
        static_cast<double>(cycles) / seconds());
    return failures == 0 ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
    auto wanted = wanted_of(argc, argv);
    if (!wanted) return usage();
    if (!wanted->history.empty()) return run_file(wanted->history);
    if (wanted->seed) {
        if (wanted->shows) {
            std::cout << to_text(drawn_history(*wanted->seed, wanted->themes));
            return 0;
        }
        wanted->first = *wanted->seed;
        wanted->seeds = 1;
    }
    return run_seeds(*wanted);
}
