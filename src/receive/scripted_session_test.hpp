#pragma once
// Sessions and listeners whose clients are scripted.
#include <gtest/gtest.h>

#include "receive/session_rig_test.hpp"

namespace posthouse::receive::scripted {

class ScriptedSession : public ::testing::Test, protected SessionRig {
protected:
    void start(Wire& wire) {
        wire.clock = &clock;
        tasks.spawn(serve(make_service(), doors(), wire));
    }
    std::string talk(std::string_view input) {
        Wire wire;
        wire.input.emplace_back(input);
        start(wire);
        EXPECT_EQ(tasks.size(), 0U);
        EXPECT_EQ(intake.open, 0U);
        return wire.sent;
    }
    static std::vector<std::string> codes(const std::string& text) {
        std::vector<std::string> out;
        for (std::size_t at = 0; at < text.size(); at = text.find('\n', at) + 1) {
            if (text[at + 3] == ' ') {
                out.push_back(text.substr(at, 3));
            }
        }
        return out;
    }
    using Codes = std::vector<std::string>;
};

constexpr std::string_view envelope = "EHLO c.example\r\nMAIL FROM:<a@example.org>\r\nRCPT TO:<b@example.net>\r\n";

}  // namespace posthouse::receive::scripted
