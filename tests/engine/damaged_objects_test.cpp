#include "engine/damaged_objects.hpp"

#include <gtest/gtest.h>

namespace dirsync::sync {
namespace {

TEST(DamagedObjects, AreReadAnewOnceEach) {  // semantics 5.18
    DamagedObjects damaged;
    EXPECT_FALSE(damaged.wants_whole_read());
    EXPECT_TRUE(damaged.found(std::vector<Node>{7, 3}));
    EXPECT_EQ(damaged.nodes(), (std::vector<Node>{3, 7}));
    EXPECT_TRUE(damaged.wants_whole_read());
    EXPECT_FALSE(damaged.found(std::vector<Node>{3})) << "no cycle begins again for a known one";

    MirrorDelta fresh;
    fresh.upserts.emplace_back().row.node = 3;
    EXPECT_NE(damaged.read_anew(fresh), "") << "the directory does not show the other one";
    EXPECT_FALSE(damaged.wants_whole_read());
    EXPECT_EQ(damaged.nodes(), std::vector<Node>{7});
    fresh.removed = {7};
    EXPECT_EQ(damaged.read_anew(fresh), "");
    EXPECT_TRUE(damaged.nodes().empty());
}

}  // namespace
}  // namespace dirsync::sync
