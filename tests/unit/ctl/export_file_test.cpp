#include "ctl/commands/export_file.hpp"

#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include <gtest/gtest.h>

namespace dirsync::ctl {
namespace {

class ExportFile : public ::testing::Test {
protected:
    ExportFile() {
        std::string name = (std::filesystem::temp_directory_path() / "dirsync-export-XXXXXX").string();
        folder = ::mkdtemp(name.data());
        arguments.file = folder / "export.jsonl";
        answer.status = 200;
        answer.body = "{\"a\":1}\n{\"b\":2}\n";
    }
    ~ExportFile() override { std::filesystem::remove_all(folder); }
    std::string content() const {
        std::ifstream in(arguments.file);
        std::ostringstream text;
        text << in.rdbuf();
        return text.str();
    }

    std::filesystem::path folder;
    Arguments arguments;
    Answer answer;
};

TEST_F(ExportFile, IsClosedToEverybodyElse) {
    EXPECT_EQ(write_export(arguments, answer), 0);
    EXPECT_EQ(content(), answer.body);
    struct stat facts {};
    ASSERT_EQ(::stat(arguments.file.c_str(), &facts), 0);
    EXPECT_EQ(facts.st_mode & 0777, 0600u);
}

TEST_F(ExportFile, ReplacesNothingUnasked) {
    std::ofstream(arguments.file) << "of somebody";
    EXPECT_EQ(write_export(arguments, answer), exit_usage);
    EXPECT_EQ(content(), "of somebody");
    arguments.force = true;
    EXPECT_EQ(write_export(arguments, answer), 0);
    EXPECT_EQ(content(), answer.body);
}

TEST_F(ExportFile, FillsAnEmptyFileAndADevice) {
    { std::ofstream made(arguments.file); }
    EXPECT_EQ(write_export(arguments, answer), 0);
    EXPECT_EQ(content(), answer.body);
    arguments.file = "/dev/null";
    EXPECT_EQ(write_export(arguments, answer), 0);
    arguments.file = folder / "missing" / "export.jsonl";
    EXPECT_EQ(write_export(arguments, answer), exit_usage);
}

}  // namespace
}  // namespace dirsync::ctl
