#include "config/yaml_text.hpp"

#include <algorithm>

namespace dirsync::config {

std::string yaml_scalar(std::string_view text) {
    const auto word = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '/' || c == '.';
    };
    const auto tame = [&](char c) { return word(c) || (c >= '0' && c <= '9') || c == '-' || c == '@'; };
    const bool reserved = text == "true" || text == "false" || text == "null";
    if (!text.empty() && word(text.front()) && std::all_of(text.begin(), text.end(), tame) && !reserved) {
        return std::string(text);
    }
    std::string out = "'";
    for (const char c : text) {
        out += c;
        if (c == '\'') out += c;
    }
    return out + "'";
}

}  // namespace dirsync::config
