#include "http/router.hpp"

#include <algorithm>
#include <set>
#include <utility>

namespace dirsync::http {
namespace {

bool is_named(std::string_view segment) { return segment.starts_with('{') && segment.ends_with('}'); }

std::vector<std::string> segments_of(std::string_view pattern) {
    std::vector<std::string> segments;
    while (!pattern.empty()) {
        pattern.remove_prefix(1);
        const auto end = std::min(pattern.find('/'), pattern.size());
        segments.emplace_back(pattern.substr(0, end));
        pattern.remove_prefix(end);
    }
    return segments;
}

bool fits(const std::vector<std::string>& pattern, const std::vector<std::string>& path) {
    return std::equal(pattern.begin(), pattern.end(), path.begin(), path.end(),
                      [](const std::string& wanted, const std::string& segment) {
                          return is_named(wanted) ? !segment.empty() : wanted == segment;
                      });
}

}  // namespace

void Router::add(std::string_view method, std::string_view pattern, Handler handler) {
    routes_.push_back({std::string(method), segments_of(pattern), std::move(handler)});
}

Router::Match Router::match(Request& request) const {
    Match match;
    std::set<std::string_view> allowed;
    for (const auto& route : routes_) {
        if (!fits(route.segments, request.segments)) continue;
        if (allowed.insert(route.method).second)
            match.allow += (match.allow.empty() ? "" : ", ") + route.method;
        if (match.handler != nullptr || route.method != request.method) continue;
        match.handler = &route.handler;
        for (std::size_t i = 0; i < route.segments.size(); ++i) {
            const std::string& name = route.segments[i];
            if (is_named(name)) request.named[name.substr(1, name.size() - 2)] = request.segments[i];
        }
    }
    return match;
}

}  // namespace dirsync::http
