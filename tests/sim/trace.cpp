#include "tests/sim/trace.hpp"

#include <cstdio>
#include <cstdlib>

namespace dirsync::sim {
namespace {

std::string mark(const ObjectGuid& guid) { return to_text(guid).substr(0, 8); }

const char* text_of(sync::EntryKind kind) {
    switch (kind) {
        case sync::EntryKind::user:
            return "user";
        case sync::EntryKind::group:
            return "group";
        case sync::EntryKind::container:
            return "container";
        default:
            return "foreign";
    }
}

void print_replica(const Forest& forest, const Replica& replica) {
    for (const auto& [guid, held] : replica.objects()) {
        const Object& object = *held.object;
        std::string text = "    " + mark(guid) + ' ' + text_of(object.kind) + ' ' + object.name;
        if (!object.parent.is_nil()) text += " in " + mark(object.parent);
        if (object.deleted) text += " deleted";
        if (object.disabled) text += " disabled";
        if (object.primary_group != 0) text += " primary " + std::to_string(object.primary_group);
        if (!object.deleted && !forest.is_visible(object, replica)) text += " hidden";
        if (forest.denied.controls.contains(guid)) text += " unreadable";
        for (const auto& [name, value] : object.attributes) text += ' ' + name + '=' + value;
        for (const auto& [member, link] : held.links) text += (link.present ? " +" : " -") + mark(member);
        std::printf("%s\n", text.c_str());
    }
}

}  // namespace

bool is_traced() {
    static const bool wanted = std::getenv("DIRSYNC_SIM_TRACE") != nullptr;
    return wanted;
}

void print_cycle(const sync::CycleReport& report, std::uint64_t number, Time now,
                 const std::vector<JournalLine>& lines) {
    std::printf("cycle %llu at %s%s%s%s%s\n", static_cast<unsigned long long>(number), to_text(now).c_str(),
                report.full_reason.empty() ? "" : ", all is read: ", report.full_reason.c_str(),
                report.error ? ": " : "", report.error ? report.error->message().c_str() : "");
    if (report.pending)
        std::printf("    waits: %s -> %s %s\n", report.pending->from.c_str(), report.pending->to.c_str(),
                    report.pending->note.c_str());
    if (report.changed) std::printf("    the source was changed\n");
    for (const auto& line : lines) std::printf("    %s\n", line.text().c_str());
    for (const auto& hold : report.holds) {
        std::printf("    held %s %s:", hold.id.c_str(), std::string(sync::text_of(hold.hold)).c_str());
        for (const auto& [first, second] : hold.objects)
            std::printf(" %s/%s", mark(first).c_str(), mark(second).c_str());
        std::printf("\n");
    }
}

void print_world(const Forest& forest, const ForestSource& source, const Choice& choice) {
    for (const auto& listed : choice.listed)
        std::printf("%s: %s\n", std::string(sync::text_of(listed.list)).c_str(), listed.text.c_str());
    if (!choice.department.empty()) std::printf("department: %s\n", choice.department.c_str());
    for (std::size_t i = 0; i < forest.domains().size(); ++i) {
        const Domain& domain = forest.domains()[i];
        std::printf("%s as it is\n", domain.name.c_str());
        print_replica(forest, domain.truth);
        for (const auto& dc : domain.dcs) {
            if (dc.replica.position() == domain.log.size()) continue;
            std::printf("%s%s\n", dc.name.c_str(), source.serving(i) == &dc ? ", which is read" : "");
            print_replica(forest, dc.replica);
        }
    }
}

}  // namespace dirsync::sim
