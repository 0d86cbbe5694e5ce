#pragma once

#include <span>
#include <string>
#include <vector>

#include "model/plan.hpp"
#include "sync/mirror.hpp"

namespace dirsync::sync {

/// The memberships that holds of `absent` speak of (semantics 5.15), as edges of the mirror, sorted. Those of
/// objects that the mirror has no more are left out.
std::vector<Edge> held_links(std::span<const Hold> holds, const Mirror& mirror);
/// The same of approvals.
std::vector<Edge> approved_links(std::span<const Approval> approvals, const Mirror& mirror);

/// The hold of these edges, of which the mirror has both ends.
Hold hold_of_links(std::span<const Edge> edges, const Mirror& mirror);

/// One sentence a domain for an admin: what is wrong, what is not done, what to do. `domains`: DNS names, by
/// the mirror's DomainIndex.
std::vector<std::string> notes_on_held_links(std::span<const Hold> holds, const Mirror& mirror,
                                             std::span<const std::string> domains);

}  // namespace dirsync::sync
