#pragma once

#include <stdlib.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "ctl/setup/setup_dialogue.hpp"

namespace dirsync::ctl {

inline constexpr const char* good_checks =
    R"({"checks":[{"check":"bind","subject":"dc1","outcome":"ok","seen":"logged in","advice":null,"exit_code":0},
    {"check":"scope","subject":"","outcome":"warning","seen":"nobody","advice":"x","exit_code":0}],"exit_code":0})";
inline constexpr const char* bad_checks =
    R"({"checks":[{"check":"bind","subject":"dc1","outcome":"failed","seen":"wrong","advice":"mend","exit_code":77}]})";
inline constexpr const char* three_users =
    R"({"users":[{"name":"alice@a.b","dn":"CN=a","disabled":false,"attributes":{"email":{"value":"a@b","template":"${mail}"}}},
    {"name":"bob@a.b","dn":"CN=b","disabled":true,"attributes":{"email":{"value":"","template":null}}}]})";
inline constexpr const char* found =
    R"({"names":[{"kind":"group","scope_name":"staff@a.b","title":"All staff","account":"staff","dn":"CN=s","disabled":false},
    {"kind":"user","scope_name":"alice@a.b","title":"Alicé, of whom the directory tells more than fits into a line of a terminal","account":"alice","dn":"CN=a","disabled":true},
    {"kind":"organizational_unit","scope_name":"OU=Staff,DC=a,DC=b","title":"","account":"Staff","dn":"x","disabled":false}],
    "more":true})";

/// A folder with a password file; a dialogue that is talked to line by line.
class SetupDialogueTest : public ::testing::Test {
protected:
    SetupDialogueTest() {
        std::string name = (std::filesystem::temp_directory_path() / "setup-XXXXXX").string();
        folder = ::mkdtemp(name.data());
        password = folder / "password";
        std::ofstream(password) << "secret";
        ::chmod(password.c_str(), 0640);
        draft.config.file = folder / "dirsyncd.yaml";
    }
    ~SetupDialogueTest() override { std::filesystem::remove_all(folder); }

    void begin() { dialogue = std::make_unique<SetupDialogue>(draft, around); }
    /// Answers the question that is due, which has to hold `about`; an empty answer takes what is proposed.
    void say(const std::string& about, const std::string& answer) {
        const Turn turn = dialogue->turn();
        EXPECT_EQ(turn.work, SetupWork::none) << turn.saying;
        EXPECT_THAT(turn.question, ::testing::HasSubstr(about));
        dialogue->answer(answer.empty() ? turn.proposed : answer);
    }
    void work(SetupWork expected, const std::string& json, const std::string& argument = "") {
        const Turn turn = dialogue->turn();
        EXPECT_EQ(turn.work, expected) << turn.question;
        EXPECT_EQ(turn.argument, argument);
        dialogue->worked({true, "", json});
    }
    std::string step() { return dialogue->draft().step; }
    const config::Config& config() { return dialogue->draft().config; }

    void answer_until_check() {
        say("Source", "1");
        say("DNS name", "A.b");
        say("Login", "2");
        say("Account", "svc@a.b");
        say("holds its password", password);
        work(SetupWork::locate, R"({"servers":["ldaps://dc1.a.b"]})", "a.b");
        say("Servers", "");
        say("PEM file", "");
    }
    void answer_until_scope() {
        answer_until_check();
        work(SetupWork::check, good_checks);
        say("Go on", "");
        say("another domain", "");
        work(SetupWork::sample, three_users);
        say("Keep", "");
    }

    std::filesystem::path folder;
    std::filesystem::path password;
    Draft draft;
    Surroundings around;
    std::unique_ptr<SetupDialogue> dialogue;
};

}  // namespace dirsync::ctl
