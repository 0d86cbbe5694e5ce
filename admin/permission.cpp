#include "admin/permission.hpp"

#include "model/source_identity.hpp"

namespace dirsync::admin {
namespace {

bool may_edit_rows(sync::SourceKind kind, const sync::Actor& actor) {
    const sync::SourceTraits& traits = sync::traits_of(kind);
    return actor.kind == sync::Actor::Kind::scim_token ? traits.is_pushed : traits.is_edited;
}

}  // namespace

std::optional<Error> why_refused(const EditContext& context) {
    const auto& [source, configured, actor, of_the_directory] = context;
    if (source.change_pending) {
        return Error(ErrorCode::refused,
                     "the store is frozen: a change of its identity source waits for consent; 'dirsyncctl "
                     "status' shows it");
    }
    const bool is_provider = actor.kind == sync::Actor::Kind::scim_token;
    if (!of_the_directory) {
        if (!is_provider) return std::nullopt;
        return Error(ErrorCode::refused,
                     "permission sets and assignments are not an identity provider's to change");
    }
    if (!may_edit_rows(source.kind, actor)) {
        return Error(ErrorCode::refused, "users and groups come from " + source_label(source) +
                                             (is_provider ? ", not from an identity provider"
                                                          : ": change them there; only the built-in "
                                                            "directory is edited here"));
    }
    if (!may_edit_rows(configured, actor)) {
        return Error(ErrorCode::refused,
                     "the configuration names " + std::string(text_of(configured)) +
                         " as the identity source: users and groups come from there, and are "
                         "not edited here");
    }
    return std::nullopt;
}

}  // namespace dirsync::admin
