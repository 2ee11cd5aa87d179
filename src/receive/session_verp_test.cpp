// XVERP of MAIL, for smtpd_authorized_verp_clients.
#include "receive/scripted_session_test.hpp"

namespace posthouse::receive {

class SessionVerp : public scripted::ScriptedSession {
protected:
    SessionVerp() { verp_clients = "127.0.0.9"; }
    // The reply to MAIL with these parameters.
    std::string mail(const std::string& parameters, const std::string& sender = "owner@list.example") {
        const std::string said = talk("EHLO c.example\r\nMAIL FROM:<" + sender + ">" + parameters + "\r\nQUIT\r\n");
        const std::size_t end = said.rfind("\r\n221 ");
        const std::size_t begin = said.rfind('\n', end - 1) + 1;
        return said.substr(begin, end - begin);
    }
};

TEST_F(SessionVerp, is_offered_to_those_who_may_and_not_to_others) {
    EXPECT_NE(talk("EHLO c.example\r\nQUIT\r\n").find("250-XVERP\r\n"), std::string::npos);
    verp_clients = "127.0.0.8";
    EXPECT_EQ(talk("EHLO c.example\r\nQUIT\r\n").find("XVERP"), std::string::npos);
    EXPECT_EQ(mail(" XVERP"), "555 5.5.4 Unsupported option: XVERP");
    verp_clients.clear();
    EXPECT_EQ(mail(" XVERP=+="), "555 5.5.4 Unsupported option: XVERP=+=");
}

TEST_F(SessionVerp, is_hidden_as_smtpd_discard_ehlo_keywords_says_but_still_understood) {
    settings.smtpd_discard_ehlo_keywords.add(smtp::EhloKeyword::xverp);
    EXPECT_EQ(talk("EHLO c.example\r\nQUIT\r\n").find("XVERP"), std::string::npos);
    EXPECT_EQ(mail(" XVERP"), "250 2.1.0 Ok");
}

TEST_F(SessionVerp, takes_two_delimiters_of_the_filter_or_the_default) {
    EXPECT_EQ(mail(" XVERP"), "250 2.1.0 Ok");
    EXPECT_EQ(mail(" xverp=-="), "250 2.1.0 Ok");
    for (const std::string wrong : {"", "+", "+=-", "ab"}) {
        EXPECT_EQ(mail(" XVERP=" + wrong), "501 5.5.4 Error: XVERP needs two characters from -=+") << wrong;
    }
    EXPECT_EQ(mail(" XVERPX"), "555 5.5.4 Unsupported option: XVERPX");
}

TEST_F(SessionVerp, needs_a_sender) { EXPECT_EQ(mail(" XVERP", ""), "503 5.5.4 Error: XVERP requires non-null sender"); }

TEST_F(SessionVerp, goes_into_the_envelope_beside_the_other_parameters) {
    const auto send = [&](const std::string& parameters) {
        talk("EHLO c.example\r\nMAIL FROM:<owner@list.example>" + parameters + "\r\nRCPT TO:<b@example.net> NOTIFY=NEVER\r\nDATA\r\n.\r\nQUIT\r\n");
        return intake.committed.back().envelope;
    };
    const mail::Envelope asked = send(" RET=HDRS XVERP=-= ENVID=id");
    EXPECT_EQ(asked.verp_delimiters, "-=");
    EXPECT_EQ(asked.envelope_id, "id");
    EXPECT_EQ(asked.ret, mail::DsnRet::hdrs);
    settings.default_verp_delimiters = "=+";
    EXPECT_EQ(send(" XVERP").verp_delimiters, "=+");
    EXPECT_EQ(send("").verp_delimiters, "");
}

}  // namespace posthouse::receive
