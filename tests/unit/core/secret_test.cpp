#include "core/secret.hpp"

#include <array>
#include <cstddef>
#include <filesystem>
#include <fstream>
#include <new>
#include <string>
#include <type_traits>
#include <utility>

#include <sys/stat.h>
#include <unistd.h>

#include <gtest/gtest.h>

namespace dirsync {
namespace {

static_assert(!std::is_copy_constructible_v<Secret> && !std::is_copy_assignable_v<Secret>);
static_assert(!std::is_constructible_v<std::string, Secret>);

class SecretFile : public testing::Test {
protected:
    void SetUp() override {
        std::string name = (std::filesystem::temp_directory_path() / "dirsync-secret-XXXXXX").string();
        ASSERT_NE(::mkdtemp(name.data()), nullptr);
        folder_ = name;
    }
    void TearDown() override { std::filesystem::remove_all(folder_); }

    std::string file(std::string_view content, mode_t mode = 0600) const {
        const auto path = folder_ / "password";
        std::ofstream(path, std::ios::binary) << content;
        ::chmod(path.c_str(), mode);
        return path;
    }
    const std::filesystem::path& folder() const { return folder_; }

private:
    std::filesystem::path folder_;
};

TEST(Secret, MovesWithoutLeavingACopy) {
    for (const std::string& text : {std::string("short"), std::string(100, 'x')}) {
        Secret first{std::string(text)};
        Secret second(std::move(first));
        EXPECT_EQ(second.reveal(), text);
        EXPECT_TRUE(first.empty());  // NOLINT(bugprone-use-after-move): that is what is asked
        Secret third;
        third = std::move(second);
        EXPECT_EQ(third.reveal(), text);
        EXPECT_TRUE(second.empty());  // NOLINT(bugprone-use-after-move)
    }
}

TEST(Secret, IsOverwrittenInPlace) {
    Secret secret{std::string("short")};
    const char* const where = secret.reveal().data();
    Secret other(std::move(secret));
    // A short text lives inside the object, which is still there after the move.
    EXPECT_EQ(std::string_view(where, 5), std::string_view("\0\0\0\0\0", 5));
    EXPECT_EQ(other.reveal(), "short");
}

TEST(Secret, IsGoneWithTheObject) {
    alignas(Secret) std::array<std::byte, sizeof(Secret)> memory{};
    const auto holds = [&memory](std::string_view text) {
        const std::string_view bytes(reinterpret_cast<const char*>(memory.data()), memory.size());
        return bytes.find(text) != std::string_view::npos;
    };
    auto* const secret = ::new (memory.data()) Secret(std::string("short"));
    EXPECT_TRUE(holds("short"));
    secret->~Secret();
    EXPECT_FALSE(holds("hort"));
}

TEST_F(SecretFile, GivesItsContentWithoutOneNewline) {
    EXPECT_EQ(read_secret_file(file("hunter2"))->reveal(), "hunter2");
    EXPECT_EQ(read_secret_file(file("hunter2\n"))->reveal(), "hunter2");
    EXPECT_EQ(read_secret_file(file("hunter2\r\n"))->reveal(), "hunter2");
    EXPECT_EQ(read_secret_file(file("hunter2\n\n"))->reveal(), "hunter2\n");
    EXPECT_EQ(read_secret_file(file(" hunter 2 "))->reveal(), " hunter 2 ");
    EXPECT_EQ(read_secret_file(file(std::string(64 * 1024, 'x')))->reveal().size(), 64U * 1024);
}

TEST_F(SecretFile, NamesThePathOfWhatItRefuses) {
    const auto refused = [](const std::string& path, std::string_view why) {
        const auto read = read_secret_file(path);
        ASSERT_FALSE(read.has_value()) << why;
        EXPECT_NE(read.error().message().find(path), std::string::npos) << read.error().message();
        EXPECT_NE(read.error().message().find(why), std::string::npos) << read.error().message();
        EXPECT_EQ(read.error().error_class(), ErrorClass::config);
    };
    refused(folder() / "missing", "No such file");
    refused(folder(), "not a regular file");
    refused(file(""), "is empty");
    refused(file("\n"), "is empty");
    refused(file(std::string(64 * 1024 + 1, 'x')), "larger than 64 KiB");
    const std::string open = file("hunter2", 0604);
    refused(open, "can be read by everybody on this host: run chmod o= '" + open + "'");
    ASSERT_EQ(::mkfifo((folder() / "fifo").c_str(), 0600), 0);
    refused(folder() / "fifo", "not a regular file");
}

TEST_F(SecretFile, ReadableByItsGroupIsFine) {
    EXPECT_EQ(read_secret_file(file("hunter2", 0640))->reveal(), "hunter2");
}

}  // namespace
}  // namespace dirsync
