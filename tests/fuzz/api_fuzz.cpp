#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include <boost/json.hpp>

#include "api/control_api.hpp"
#include "core/error.hpp"
#include "core/text.hpp"
#include "tests/support/await.hpp"
#include "tests/unit/api/fake_operations.hpp"

namespace {

std::string_view cut(std::string_view& input, char end) {
    const auto at = input.find(end);
    const auto part = input.substr(0, at);
    input.remove_prefix(at == std::string_view::npos ? input.size() : at + 1);
    return part;
}

/// `METHOD v1/users/alice key=value&...` in the first line, as the HTTP server has taken it apart, then the
/// body.
dirsync::http::Request request_of(std::string_view input) {
    dirsync::http::Request request;
    auto line = cut(input, '\n');
    request.method = cut(line, ' ');
    auto path = cut(line, ' ');
    request.path = "/" + std::string(path);
    while (!path.empty()) request.segments.emplace_back(cut(path, '/'));
    while (!line.empty()) {
        auto pair = cut(line, '&');
        const auto key = std::string(cut(pair, '='));
        request.query[key] = std::string(pair);
    }
    request.body = input;
    return request;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace dirsync;
    api::FakeOperations operations;
    api::ControlApi control(operations);
    auto request = request_of({reinterpret_cast<const char*>(data), size});
    const auto response = testing::await(control.handle(std::move(request)));
    DIRSYNC_ASSERT(response.status >= 200 && response.status < 600);
    DIRSYNC_ASSERT(text::is_valid_utf8(response.body));
    if (response.status < 400) return 0;
    // RFC 9457: whatever was asked, the answer is one that a program can read.
    boost::system::error_code error;
    const auto problem = boost::json::parse(response.body, error);
    DIRSYNC_ASSERT(!error && problem.is_object() && problem.as_object().contains("detail"));
    DIRSYNC_ASSERT(response.content_type == "application/problem+json");
    return 0;
}
