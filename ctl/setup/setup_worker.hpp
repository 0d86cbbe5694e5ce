#pragma once

#include <optional>
#include <string>

#include "ctl/commands.hpp"
#include "ctl/setup/setup_dialogue.hpp"
#include "ctl/survey_client.hpp"

namespace dirsync::ctl {

/// Does what the dialogue asks for. Blocking.
class SetupWorker {
public:
    SetupWorker(std::string socket, Surroundings around)
        : socket_(std::move(socket)), around_(std::move(around)) {}

    WorkDone perform(const Turn& turn, const Draft& draft);

private:
    WorkDone ask(const std::string& what, const std::string& body, const Draft& draft);
    WorkDone plan(const Draft& draft);
    WorkDone write(const Draft& draft);
    WorkDone start(const Draft& draft);
    std::string with_config(const Draft& draft) const;

    std::string socket_;
    Surroundings around_;
    std::optional<SurveyClient> client_;
};

/// What there is around a draft whose daemon would use `socket`.
Surroundings surroundings_of(const Draft& draft, const std::string& socket, const std::string& usual_file);

}  // namespace dirsync::ctl
