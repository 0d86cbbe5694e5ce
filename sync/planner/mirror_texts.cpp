#include "sync/planner/mirror_texts.hpp"

namespace dirsync::sync {

MirrorTexts::MirrorTexts(const MirrorDelta& fresh, IdentityStore& rows) : rows_(rows) {
    for (const auto& upsert : fresh.upserts) fresh_.emplace(upsert.row.node, upsert.attributes);
}

Result<std::vector<std::string_view>> MirrorTexts::attributes_of(std::span<const Node> nodes) {
    std::vector<Node> on_disk;
    for (const Node node : nodes) {
        if (!is_fresh(node)) on_disk.push_back(node);
    }
    read_.clear();
    if (!on_disk.empty()) {
        auto texts = rows_.mirror_texts(on_disk);
        if (!texts) return texts.error();
        read_ = std::move(*texts);
        for (std::size_t i = 0; i < read_.size(); ++i) {
            if (read_[i].damaged) damaged_.insert(on_disk[i]);
        }
    }
    std::vector<std::string_view> attributes;
    attributes.reserve(nodes.size());
    std::size_t next = 0;
    for (const Node node : nodes) {
        const auto found = fresh_.find(node);
        attributes.push_back(found != fresh_.end() ? found->second
                                                   : std::string_view(read_[next++].attributes));
    }
    return attributes;
}

}  // namespace dirsync::sync
