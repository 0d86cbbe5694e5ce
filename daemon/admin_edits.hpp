#pragma once

#include <functional>

#include "api/admin_operations.hpp"
#include "core/task.hpp"
#include "engine/engine.hpp"
#include "engine/store/store_client.hpp"

namespace dirsync::daemon {

/// AdminOperations on the daemon's store. Each call is one job on the store's thread, so that it never falls
/// into the middle of a commit. Loop thread.
class AdminEdits final : public api::AdminOperations {
public:
    /// The store outlives this object. `wrote` runs after each edit that wrote something.
    struct Parts {
        sync::StoreClient& store;
        /// The kind of the source that the configuration names.
        std::function<sync::SourceKind()> configured;
        std::function<Task<void>()> wrote;
        std::function<Time()> now;
    };
    explicit AdminEdits(Parts parts) : parts_(std::move(parts)) {}

    Task<Result<admin::Decision>> edit(std::vector<admin::Edit> edits, api::EditOptions options) override;
    Task<Result<api::Edited>> edit_one(admin::Edit edit, api::EditOptions options) override;
    Task<Result<std::vector<sync::ListedAssignment>>> assignments() override;
    Task<Result<std::vector<admin::EffectiveAssignment>>> effective(std::string user) override;

    /// Why a user or group is in the store of the built-in directory: an admin made it. not_found when
    /// nothing has that name.
    Task<Result<sync::Explanation>> explain(std::string name);

private:
    Result<admin::Decision> decided(sync::IdentityStore& store, const std::vector<admin::Edit>& edits,
                                    const api::EditOptions& options, sync::SourceKind configured) const;

    Parts parts_;
};

}  // namespace dirsync::daemon
