#include "ldap/domain_changes.hpp"

#include <gmock/gmock.h>

namespace dirsync::ldap {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

sync::Watermark mark(const std::string& dc, int id, std::uint64_t usn) {
    sync::Watermark made;
    made.dc = dc;
    made.invocation_id =
        parse<ObjectGuid>("00000000-0000-0000-0000-00000000000" + std::to_string(id)).value();
    made.highest_usn = usn;
    return made;
}

// semantics 6.4
TEST(Watermarks, DcThatWasRestoredIsNoticed) {
    const std::vector known{mark("dc1", 1, 100), mark("dc2", 2, 900)};
    EXPECT_EQ(sign_of_a_restore(mark("dc1", 1, 100), known), "");
    EXPECT_EQ(sign_of_a_restore(mark("dc1", 1, 101), known), "");
    EXPECT_THAT(sign_of_a_restore(mark("dc1", 3, 500), known), HasSubstr("restored from a backup"));
    EXPECT_THAT(sign_of_a_restore(mark("dc1", 1, 99), known), HasSubstr("earlier state"));
    EXPECT_EQ(sign_of_a_restore(mark("dc3", 4, 1), known), "");
    EXPECT_EQ(sign_of_a_restore(mark("dc1", 1, 1), {}), "");
}

TEST(Watermarks, EachDcHasOne) {
    const std::vector known{mark("dc1", 1, 100), mark("dc2", 2, 900)};
    EXPECT_THAT(with_watermark(known, mark("dc1", 1, 120)),
                ElementsAre(mark("dc2", 2, 900), mark("dc1", 1, 120)));
    EXPECT_THAT(with_watermark({}, mark("dc1", 1, 120)), ElementsAre(mark("dc1", 1, 120)));
}

}  // namespace
}  // namespace dirsync::ldap
