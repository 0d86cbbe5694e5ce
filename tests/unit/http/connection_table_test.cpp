#include "http/connection_table.hpp"

#include <gtest/gtest.h>

namespace dirsync::http {
namespace {

using State = ConnectionTable::State;

class ConnectionTableTest : public ::testing::Test {
protected:
    ConnectionTable::Admission come(std::optional<std::uint32_t> user, bool trusted = false) {
        return table.admit(user, trusted, now += std::chrono::seconds(1));
    }
    ConnectionTable::Id in_state(State state, std::optional<std::uint32_t> user = 1, bool trusted = false) {
        const auto admitted = come(user, trusted);
        EXPECT_TRUE(admitted.taken);
        EXPECT_FALSE(admitted.to_close);
        table.enter(admitted.id, state, now += std::chrono::seconds(1));
        return admitted.id;
    }

    ConnectionTable::Point now;
    ConnectionTable table{ConnectionTable::Limits{4, 0, SIZE_MAX}};
};

TEST_F(ConnectionTableTest, WhatIsMissedLeastMakesRoom) {
    in_state(State::working);
    const auto leaving = in_state(State::leaving);
    const auto arriving = in_state(State::arriving);
    const auto idle = in_state(State::idle);
    EXPECT_EQ(come(std::nullopt).to_close, idle);
    EXPECT_EQ(come(std::nullopt).to_close, arriving) << "the older one of two that arrive";
    table.enter(leaving, State::idle, now += std::chrono::seconds(1));
    EXPECT_EQ(come(std::nullopt).to_close, leaving);
}

TEST_F(ConnectionTableTest, OfTwoThatAreIdleTheOneThatHasBeenSoForLongerGoes) {
    const auto first = in_state(State::idle);
    const auto second = in_state(State::idle);
    in_state(State::working);
    in_state(State::working);
    table.enter(first, State::idle, now += std::chrono::seconds(1));
    EXPECT_EQ(come(1).to_close, second);
}

TEST_F(ConnectionTableTest, WhenAllWorkTheNewOneIsTurnedAwayAndFewAreToldSo) {
    for (int i = 0; i < 4; ++i) in_state(State::working);
    std::optional<ConnectionTable::Id> first;
    for (int i = 0; i < 16; ++i) {
        const auto turned_away = come(1);
        EXPECT_FALSE(turned_away.taken);
        EXPECT_FALSE(turned_away.to_close);
        if (!first) first = turned_away.id;
    }
    EXPECT_EQ(come(1).to_close, first) << "the door does not fill with them either";
    EXPECT_EQ(table.size(), 4U + 16U);
}

TEST_F(ConnectionTableTest, AUserBeyondTheirShareGivesUpTheirOwn) {
    table = ConnectionTable(ConnectionTable::Limits{10, 0, 2});
    in_state(State::idle, 8);
    in_state(State::working, 7);
    const auto own = in_state(State::idle, 7);
    EXPECT_EQ(come(7).to_close, own);
    table.enter(3, State::working, now);
    const auto third = come(7);
    EXPECT_TRUE(third.taken) << "the one before has not asked yet";
    table.enter(third.id, State::working, now);
    EXPECT_TRUE(come(8).taken);
}

TEST_F(ConnectionTableTest, AUserWhoKeepsAllOfTheirsBusyIsTurnedAway) {
    table = ConnectionTable(ConnectionTable::Limits{10, 0, 2});
    in_state(State::working, 7);
    in_state(State::working, 7);
    EXPECT_FALSE(come(7).taken);
    EXPECT_TRUE(come(8).taken);
    EXPECT_TRUE(come(7, true).taken) << "trusted: no share";
}

TEST_F(ConnectionTableTest, SomeAreKeptForTheTrusted) {
    table = ConnectionTable(ConnectionTable::Limits{4, 2, 10});
    in_state(State::working, 7);
    in_state(State::working, 8);
    EXPECT_FALSE(come(9).taken);
    in_state(State::working, 0, true);
    in_state(State::working, 0, true);
    EXPECT_FALSE(come(0, true).taken);
}

TEST_F(ConnectionTableTest, TheTrustedGoOnlyForOneAnother) {
    table = ConnectionTable(ConnectionTable::Limits{2, 0, 10});
    const auto trusted = in_state(State::idle, 0, true);
    in_state(State::working, 7);
    EXPECT_FALSE(come(8).taken);
    EXPECT_EQ(come(0, true).to_close, trusted);
}

TEST_F(ConnectionTableTest, WhoHasGoneNeitherCountsNorComesBack) {
    const auto gone = in_state(State::working);
    table.remove(gone);
    table.enter(gone, State::idle, now);
    EXPECT_EQ(table.size(), 0U);
    for (int i = 0; i < 4; ++i) in_state(State::idle);
}

}  // namespace
}  // namespace dirsync::http
