#include "os/init_system.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <filesystem>

#include "os/file_descriptor.hpp"

namespace posthouse::os {
namespace {

void promise(const std::string& process, const char* count, const char* names) {
    ::setenv("LISTEN_PID", process.c_str(), 1);
    ::setenv("LISTEN_FDS", count, 1);
    ::setenv("LISTEN_FDNAMES", names, 1);
}

TEST(init_system, sockets_for_another_process_are_none_of_ours) {
    promise("1", "2", "smtp:submission");
    EXPECT_TRUE(take_handed_sockets().empty());
    EXPECT_EQ(std::getenv("LISTEN_FDS"), nullptr) << "no child takes them for its own";
    promise(std::to_string(::getpid()), "many", "");
    EXPECT_TRUE(take_handed_sockets().empty());
    promise(std::to_string(::getpid()), "999999999", "");
    EXPECT_TRUE(take_handed_sockets().empty());
    EXPECT_TRUE(take_handed_sockets().empty());
}

TEST(init_system, sockets_have_the_numbers_from_three_on_and_their_names) {
    promise(std::to_string(::getpid()), "2", "smtp");
    const auto handed = take_handed_sockets();
    ASSERT_EQ(handed.size(), 2U);
    EXPECT_EQ(handed[0].descriptor, 3);
    EXPECT_EQ(handed[0].name, "smtp");
    EXPECT_EQ(handed[1].descriptor, 4);
    EXPECT_EQ(handed[1].name, "");
}

TEST(init_system, hears_what_it_is_told) {
    std::string folder = std::filesystem::temp_directory_path() / "init_system_XXXXXX";
    ASSERT_NE(::mkdtemp(folder.data()), nullptr);
    const std::string path = folder + "/notify";
    const FileDescriptor ear(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, path.data(), path.size());
    ASSERT_EQ(::bind(ear.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)), 0);
    ::setenv("NOTIFY_SOCKET", path.c_str(), 1);
    tell_init_system("READY=1");
    char buffer[64];
    const auto got = ::recv(ear.get(), buffer, sizeof(buffer), 0);
    EXPECT_EQ(std::string(buffer, static_cast<std::size_t>(std::max<ssize_t>(got, 0))), "READY=1");
    ::setenv("NOTIFY_SOCKET", "relative/path", 1);
    tell_init_system("READY=1");
    ::unsetenv("NOTIFY_SOCKET");
    tell_init_system("READY=1");
    EXPECT_LT(::recv(ear.get(), buffer, sizeof(buffer), 0), 0);
    std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace posthouse::os
