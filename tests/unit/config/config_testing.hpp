#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "config/config.hpp"

namespace dirsync::config {

/// What is wrong with `yaml`, without the file's name: `3:5: path: message`.
inline std::vector<std::string> problems_of(std::string_view yaml) {
    std::vector<std::string> out;
    const std::string prefix = "f:";
    for (const Problem& problem : load_text(yaml, "f").problems)
        out.push_back(to_text(problem).substr(prefix.size()));
    return out;
}

/// The configuration in `yaml`, which has to be good.
inline Config good(std::string_view yaml) {
    Loaded loaded = load_text(yaml, "/etc/dirsyncd/dirsyncd.yaml");
    for (const Problem& problem : loaded.problems) ADD_FAILURE() << to_text(problem);
    return std::move(loaded.config);
}

/// `text` with each line moved in by `indent` blanks.
inline std::string indented(std::string_view text, std::size_t indent) {
    std::string out;
    while (!text.empty()) {
        const std::size_t end = std::min(text.find('\n'), text.size());
        out += std::string(indent, ' ') + std::string(text.substr(0, end)) + "\n";
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return out;
}

/// A file with one domain whose keys are `keys`. They start on line 4, column 9.
inline std::string with_domain(std::string_view keys) {
    return "identity_source:\n  type: active_directory\n  active_directory:\n    domains:\n      -\n" +
           indented(keys, 8);
}

inline constexpr std::string_view good_bind =
    "bind: {method: gssapi, principal: svc@CORP.EXAMPLE.COM, keytab_file: /k}";

/// A file with the domain corp.example.com and `rest` behind it, from line 7 on.
inline std::string with_corp(std::string_view rest) {
    return with_domain("name: corp.example.com\n" + std::string(good_bind)) + std::string(rest);
}

}  // namespace dirsync::config
