#include <sys/resource.h>

#include "lab.hpp"
#include "ldap/directory.hpp"

namespace dirsync::lab {
namespace {

class CountingSink : public sync::EntrySink {
public:
    void take(sync::Entry&&) override { ++count; }
    void take(sync::QuarantinedEntry&&) override { ++count; }
    void take(sync::MemberChanges&&) override { ++count; }
    void take_deleted(const ObjectGuid&, sync::DomainIndex) override { ++count; }
    void take_unseen(const ObjectGuid&) override { ++count; }
    std::uint64_t count = 0;
};

double cpu_microseconds() {
    rusage usage{};
    ::getrusage(RUSAGE_SELF, &usage);
    const auto micros = [](const timeval& time) {
        return static_cast<double>(time.tv_sec) * 1e6 + static_cast<double>(time.tv_usec);
    };
    return micros(usage.ru_utime) + micros(usage.ru_stime);
}

class ReadCost : public LabTest {};

/// Prints what a full read costs the client. The server needs about 300 us of its own an entry, so wall time
/// says nothing. The bound only catches a slip by an order of magnitude, in an unoptimized build, too.
TEST_F(ReadCost, OfAnEntryOverLdaps) {
    ldap::Directory directory(executor(), {lab().domain_config({"ldaps://" + lab().ip()}, lab().simple())});
    ASSERT_TRUE(run(directory.connect({})));
    const std::vector<std::string> names{"sAMAccountName", "userPrincipalName", "mail", "givenName", "sn",
                                         "displayName",    "description"};
    double best = 1e9;
    for (int i = 0; i < 3; ++i) {
        CountingSink sink;
        const auto before = cpu_microseconds();
        ASSERT_TRUE(run(directory.read_all(names, sink)));
        const auto each = (cpu_microseconds() - before) / static_cast<double>(sink.count);
        best = std::min(best, each);
        std::printf("%llu entries, %.1f us of CPU each\n", static_cast<unsigned long long>(sink.count), each);
    }
    EXPECT_LT(best, 300.0);
}

/// Prints what a cycle costs in which nothing changed: one round trip.
TEST_F(ReadCost, OfACycleWithoutChanges) {
    for (const auto wanted : {config::ChangeDetection::automatic, config::ChangeDetection::usn}) {
        auto config = lab().domain_config({"ldaps://" + lab().ip()}, lab().simple());
        config.change_detection = wanted;
        ldap::Directory directory(executor(), {config});
        const std::vector<std::string> names{"sAMAccountName", "mail"};
        CountingSink sink;
        ASSERT_TRUE(run(directory.connect({})));
        const auto whole = run(directory.read_all(names, sink));
        ASSERT_TRUE(whole);
        constexpr int cycles = 20;
        const auto before = cpu_microseconds();
        for (int i = 0; i < cycles; ++i) {
            ASSERT_TRUE(run(directory.connect({})));
            const auto read = run(directory.read_changes(whole->domains, names, sink));
            ASSERT_TRUE(read) << read.error().message();
        }
        const auto each = (cpu_microseconds() - before) / cycles;
        std::printf("%s: %.0f us of CPU a cycle without changes\n", whole->domains[0].detection.c_str(),
                    each);
        EXPECT_LT(each, 2000.0);
    }
}

}  // namespace
}  // namespace dirsync::lab
