#include "milter/settings.hpp"

#include <gtest/gtest.h>

namespace posthouse::milter {
namespace {

using std::chrono::seconds;

std::string place_of(std::string_view word) {
    const auto server = parse_server(word, {});
    return server ? (server->kind == Server::Kind::inet ? "inet " : "unix ") + server->place : "error: " + server.error().text;
}

TEST(MilterSettings, places_are_written_in_postfix_or_in_sendmail_fashion) {
    EXPECT_EQ(place_of("inet:127.0.0.1:8891"), "inet 127.0.0.1:8891");
    EXPECT_EQ(place_of("inet:[::1]:8891"), "inet [::1]:8891");
    EXPECT_EQ(place_of("inet:8891@localhost"), "inet localhost:8891");
    EXPECT_EQ(place_of("inet6:8891@::1"), "inet [::1]:8891");
    EXPECT_EQ(place_of("unix:/run/opendkim/opendkim.sock"), "unix /run/opendkim/opendkim.sock");
    EXPECT_EQ(place_of("local:opendkim/opendkim.sock"), "unix opendkim/opendkim.sock");
    EXPECT_EQ(place_of("inet:8891"), "error: bad milter \"inet:8891\": expected inet:host:port");
    EXPECT_EQ(place_of("/run/x"), "error: bad milter \"/run/x\": expected inet:host:port or unix:path");
}

TEST(MilterSettings, a_milter_may_have_its_own) {
    const auto servers = parse_servers("{ inet:127.0.0.1:1, connect_timeout=2s, default_action=accept }, unix:/x { unix:/y, command_timeout=1m, content_timeout=2m }", {});
    ASSERT_TRUE(servers);
    ASSERT_EQ(servers->size(), 3U);
    EXPECT_EQ((*servers)[0].connect_timeout, seconds(2));
    EXPECT_EQ((*servers)[0].default_action, DefaultAction::accept);
    EXPECT_EQ((*servers)[1].default_action, DefaultAction::tempfail);
    EXPECT_EQ((*servers)[2].command_timeout, seconds(60));
    EXPECT_EQ((*servers)[2].content_timeout, seconds(120));
    EXPECT_FALSE(parse_servers("{ unix:/x, nosuch=1 }", {}));
    EXPECT_FALSE(parse_servers("{ unix:/x, default_action=maybe }", {}));
    EXPECT_FALSE(parse_servers("{ unix:/x, command_timeout=0s }", {}));
}

TEST(MilterSettings, are_what_main_cf_says) {
    const auto view = config::View::of("milter_protocol = 2, no_header_reply\nmilter_default_action = quarantine\nmilter_macro_defaults = auth_type=TLS, { {x} = two words }, y=1\nmilter_data_macros = i j\n");
    const Settings settings = Settings::from(view, "smtpd");
    EXPECT_EQ(settings.label, "postfix/smtpd");
    EXPECT_EQ(settings.offer.version, 2U);
    EXPECT_EQ(settings.offer.steps, 0x7fU | steps::silent_header);
    EXPECT_EQ(settings.defaults.default_action, DefaultAction::quarantine);
    EXPECT_EQ(settings.milter_macro_defaults.find("{auth_type}")->second, "TLS");
    EXPECT_EQ(settings.milter_macro_defaults.find("x")->second, "two words");
    EXPECT_EQ(settings.macros[static_cast<std::size_t>(MacroStage::data)], (std::vector<std::string>{"i", "j"}));
    EXPECT_EQ(settings.macros[static_cast<std::size_t>(MacroStage::connect)].size(), 5U);
    EXPECT_FALSE(parse_protocol("5"));
}

}  // namespace
}  // namespace posthouse::milter
