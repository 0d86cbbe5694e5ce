#include "engine/skipped_warnings.hpp"

#include <algorithm>

namespace dirsync::sync {
namespace {

/// Memberships that stay although the domain of their users is no longer configured (semantics 5.17).
void append_frozen(const Memory& memory, const Clock& clock, std::vector<std::string>& lines) {
    const auto& active = memory.view().active_domains();
    if (std::find(active.begin(), active.end(), false) == active.end()) return;
    const Mirror& mirror = memory.mirror();
    const auto& domains = memory.domains().all();
    std::vector<std::uint64_t> users(domains.size());
    for (const Node node : memory.stored().all_users()) {
        if (!mirror.exists(node) || memory.view().is_active(mirror.domain(node))) continue;
        const bool ran_out = is_overdue(memory.stored().out_since(node), memory.settings().lifecycle, clock);
        if (!ran_out && mirror.domain(node) < users.size()) ++users[mirror.domain(node)];
    }
    for (std::size_t i = 0; i < users.size(); ++i) {
        if (users[i] == 0) continue;
        lines.push_back(domains[i].dns_name + " is no longer configured: " + std::to_string(users[i]) +
                        (users[i] == 1 ? " user of it keeps" : " users of it keep") +
                        " their memberships in groups of other domains until they have been out of scope for "
                        "lifecycle.out_of_scope.disable_after; add the domain again if it "
                        "was taken out by mistake");
    }
}

}  // namespace

bool SkippedWarnings::concerns(const Mirror& mirror, std::span<const Edge> changed) {
    return std::any_of(changed.begin(), changed.end(), [&mirror](Edge edge) {
        if (!mirror.exists(edge.member)) return true;
        const EntryKind kind = mirror.kind(edge.member);
        return kind != EntryKind::user && kind != EntryKind::group;
    });
}

Task<Result<void>> SkippedWarnings::work_out(const Memory& memory, const MirrorDelta& fresh,
                                             const Clock& clock) {
    const SkippedMembers skipped = skipped_members(memory.mirror(), memory.view());
    others_ = skipped.others;
    std::vector<std::string> lines;
    std::vector<Node> groups;
    for (const auto& [group, count] : skipped.foreign) groups.push_back(group);
    if (!groups.empty()) {
        auto texts = co_await store_.mirror_texts(groups);
        if (!texts) co_return texts.error();
        for (std::size_t i = 0; i < groups.size(); ++i) {
            const auto read =
                std::find_if(fresh.upserts.begin(), fresh.upserts.end(),
                             [&](const MirrorUpsert& upsert) { return upsert.row.node == groups[i]; });
            const std::string& name = read == fresh.upserts.end() ? (*texts)[i].dn : read->dn;
            lines.push_back(name + ": " + std::to_string(skipped.foreign[i].second) +
                            " members of domains that are not configured are skipped");
        }
    }
    append_frozen(memory, clock, lines);
    lines_ = std::move(lines);
    is_known_ = true;
    co_return Result<void>();
}

}  // namespace dirsync::sync
