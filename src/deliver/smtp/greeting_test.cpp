// Which of EHLO and HELO a server hears (smtp_always_send_ehlo, smtp_never_send_ehlo).
#include <gtest/gtest.h>

#include "deliver/smtp/fake_world_test.hpp"

namespace posthouse::deliver {
namespace {

using fake::request;
using fake::World;

// The verbs up to MAIL.
std::string verbs(World& w, const std::string& greeting) {
    auto& up = w.server("127.0.0.1:25");
    up.replies["CONNECT"] = greeting;
    up.offers = {"PIPELINING", "STARTTLS"};
    EXPECT_EQ(w.deliver(request("[127.0.0.1]", {"x@x"}))[0].kind, mail::Outcome::Kind::delivered);
    std::string out;
    for (const std::string& line : up.commands) {
        if (line.starts_with("MAIL")) {
            break;
        }
        out += line.substr(0, line.find(' ')) + ' ';
    }
    return out;
}

}  // namespace

TEST(greeting, ehlo_is_sent_by_default_whatever_it_says) {
    for (const std::string greeting : {"220 old.example SMTP", "220 new.example ESMTP"}) {
        World w;
        EXPECT_EQ(verbs(w, greeting), "EHLO ");
    }
}

TEST(greeting, ehlo_may_be_kept_for_servers_that_say_esmtp) {
    for (const auto& [greeting, expected] : {std::pair<std::string, std::string>{"220 old.example SMTP", "HELO "},
                                             {"220 old.example NoESMTP", "HELO "},
                                             {"220", "HELO "},
                                             {"220 new.example ESMTP", "EHLO "},
                                             {"220 new.example esmtp ready", "EHLO "},
                                             {"220-no spam\\n220 new.example ESMTP", "EHLO "}}) {
        World w;
        w.settings.smtp_always_send_ehlo = false;
        EXPECT_EQ(verbs(w, greeting), expected) << greeting;
    }
}

TEST(greeting, what_it_said_holds_after_starttls) {
    World w;
    w.settings.smtp_always_send_ehlo = false;
    w.settings.tls.smtp_tls_security_level = TlsLevel::may;
    EXPECT_EQ(verbs(w, "220 new.example ESMTP"), "EHLO STARTTLS EHLO ");
}

TEST(greeting, ehlo_may_be_forbidden) {
    World w;
    w.settings.smtp_never_send_ehlo = true;
    EXPECT_EQ(verbs(w, "220 new.example ESMTP"), "HELO ");
}

}  // namespace posthouse::deliver
