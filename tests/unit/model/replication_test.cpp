#include "model/replication.hpp"

#include <string>

#include <gmock/gmock.h>

namespace dirsync::sync {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

ObjectGuid id(int number) {
    return parse<ObjectGuid>("00000000-0000-0000-0000-00000000000" + std::to_string(number)).value();
}

Watermark mark(const std::string& dc, int number, std::uint64_t usn) { return {dc, id(number), usn}; }

// semantics 5.16
TEST(Replication, DcThatLacksWhatWasReadIsToldByItsVector) {
    const std::vector seen{mark("dc1", 1, 100)};
    const auto dc2 = mark("dc2", 2, 9000);
    const auto lacked = [&](std::uint64_t usn) {
        const std::vector cursors{ReplicationCursor{id(3), 500}, ReplicationCursor{id(1), usn}};
        return lacked_by(dc2, cursors, seen);
    };
    EXPECT_EQ(lacked(99), seen[0]);
    EXPECT_EQ(lacked(100), std::nullopt);
    EXPECT_EQ(lacked(101), std::nullopt);
    EXPECT_EQ(lacked_by(dc2, {}, seen), seen[0]) << "it never heard of that one";
    EXPECT_EQ(lacked_by(dc2, {}, {}), std::nullopt) << "nothing was read before";
}

// semantics 5.16, 6.4
TEST(Replication, DcThatWasPutBackLacksWhatItHad) {
    const std::vector seen{mark("dc2", 2, 900), mark("dc1", 1, 100)};
    const std::vector others{ReplicationCursor{id(2), 900}};
    EXPECT_EQ(lacked_by(mark("dc1", 1, 100), others, seen), std::nullopt);
    EXPECT_EQ(lacked_by(mark("dc1", 1, 99), others, seen), seen[1]);
    EXPECT_EQ(lacked_by(mark("dc1", 1, 99), {}, seen), seen[1]) << "no vector is needed to tell";
    EXPECT_EQ(lacked_by(mark("dc1 renamed", 1, 50), others, seen), seen[1]);
}

TEST(Replication, DcThatWasRestoredIsBelievedOnceItsPartnersGaveItBackWhatItHad) {
    const std::vector seen{mark("dc1", 1, 100)};
    const auto restored = mark("dc1", 7, 50);
    EXPECT_EQ(lacked_by(restored, {}, seen), seen[0]);
    EXPECT_EQ(lacked_by(restored, std::vector{ReplicationCursor{id(1), 60}}, seen), seen[0]);
    EXPECT_EQ(lacked_by(restored, std::vector{ReplicationCursor{id(1), 100}}, seen), std::nullopt);
    EXPECT_EQ(lacked_by(restored, {}, {}), std::nullopt) << "an admin says that the old one is lost";
}

// semantics 5.16: its numbers grow past the mark, and what was read before has not come back
TEST(Replication, DcThatWasPutBackIsNotBelievedWhenItsNumbersGrow) {
    std::vector seen{mark("dc1", 1, 100), mark("dc2", 2, 900)};
    seen[0].was_put_back = true;
    const std::vector all{ReplicationCursor{id(1), 100}, ReplicationCursor{id(2), 900}};
    EXPECT_EQ(lacked_by(mark("dc1", 1, 5000), all, seen), seen[0]);
    EXPECT_EQ(lacked_by(mark("dc2", 2, 950), all, seen), std::nullopt) << "a partner has what it lost";
    EXPECT_EQ(lacked_by(mark("dc1", 7, 5000), all, seen), std::nullopt) << "restored as it should be";
    EXPECT_THAT(seen_through(mark("dc2", 2, 950), true, seen), ElementsAre(seen[0], seen[1]))
        << "it comes back as the preferred one";
    EXPECT_THAT(seen_through(mark("dc1", 7, 5000), true, seen), IsEmpty());
}

TEST(Replication, WhoHasAllStandsForTheOthers) {
    const std::vector seen{mark("dc1", 1, 100), mark("dc2", 2, 900)};
    EXPECT_THAT(seen_through(mark("dc2", 2, 950), true, seen), ElementsAre(mark("dc2", 2, 900)));
    EXPECT_THAT(seen_through(mark("dc3", 3, 1), true, seen), IsEmpty());
    EXPECT_THAT(seen_through(mark("dc3", 3, 1), false, seen), ElementsAre(seen[0], seen[1]));
    EXPECT_THAT(seen_through(mark("dc1", 5, 1), false, seen), ElementsAre(seen[1])) << "the old id is gone";
}

}  // namespace
}  // namespace dirsync::sync
