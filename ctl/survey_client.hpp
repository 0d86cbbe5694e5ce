#pragma once

#include <memory>
#include <string>

#include "config/config.hpp"
#include "core/error.hpp"
#include "ctl/client.hpp"

namespace dirsync::ctl {

/// Answers questions about a configuration that need not be in force: the running daemon about its own
/// configuration, else a process of `dirsyncd --survey` that is started here and ends with this object.
/// Blocking.
class SurveyClient {
public:
    /// Asks on `socket` first. If no daemon answers there, or it refuses to look at a draft with its
    /// own rights (semantics 11.2), `dirsyncd` is looked for beside this program, in `../sbin` and on the
    /// PATH, and started as the user that the daemon would run as: the owner of the store's folder
    /// (`store`), else `dirsyncd`, when root asks; else the user who asks. unreachable: it cannot be started,
    /// with the reason, or the socket may not be used.
    static Result<SurveyClient> open(const std::string& socket, const std::string& store);
    SurveyClient(SurveyClient&&) noexcept;
    SurveyClient& operator=(SurveyClient&&) noexcept;
    ~SurveyClient();

    /// `POST /v1/survey/WHAT`.
    Result<Answer> ask(const std::string& what, const std::string& body);

private:
    struct Parts;
    explicit SurveyClient(std::unique_ptr<Parts> parts);
    std::unique_ptr<Parts> parts_;
};

}  // namespace dirsync::ctl
