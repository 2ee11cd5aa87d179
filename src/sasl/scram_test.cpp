#include "sasl/scram.hpp"

#include <gtest/gtest.h>

#include "base/text.hpp"

namespace posthouse::sasl {
namespace {

// RFC 7677 section 3: user "user", password "pencil".
const std::string entry = "4096,W22ZaJ0SNY7soEsUEjb6gQ==,WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=,wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU=";
constexpr std::string_view client_nonce = "rOprNGfwEbeRWgbNEkqO", server_nonce = "%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0";

std::unique_ptr<ServerExchange> exchange(bool binds = false, world::ChannelBindings bindings = {}) {
    return make_scram_exchange({.keys = [](const std::string&) { return *parse_scram_keys(entry); }, .nonce = std::string(server_nonce), .binds = binds, .bindings = std::move(bindings)});
}

std::string reason(const ExchangeStep& step) {
    if (const auto* malformed = std::get_if<Malformed>(&step)) {
        return malformed->reason;
    }
    const auto* refused = std::get_if<Refused>(&step);
    return refused != nullptr ? refused->reason : "accepted";
}

const std::string first_of_user = "n,,n=user,r=" + std::string(client_nonce);
const std::string final_start = "r=" + std::string(client_nonce) + std::string(server_nonce);
const std::string good_final = "c=biws," + final_start + ",p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=";

TEST(scram, the_example_of_the_rfc_logs_in) {
    const auto talk = exchange();
    const ExchangeStep first = talk->start(first_of_user);
    EXPECT_EQ(std::get<Challenge>(first).bytes, final_start + ",s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096");
    const ExchangeStep last = talk->respond(good_final);
    EXPECT_EQ(std::get<Challenge>(last).bytes, "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=");
    EXPECT_EQ(std::get<Proven>(talk->respond("")).user, "user");
    EXPECT_EQ(reason(talk->respond("")), "accepted");
}

TEST(scram, the_client_may_begin_after_an_empty_challenge) {
    const auto talk = exchange();
    EXPECT_EQ(std::get<Challenge>(talk->start(std::nullopt)).bytes, "");
    EXPECT_TRUE(std::holds_alternative<Challenge>(talk->respond(first_of_user)));
}

TEST(scram, a_wrong_proof_nonce_or_header_is_refused) {
    std::string proof = good_final;
    proof[proof.size() - 3] = 'A';
    std::string nonce = good_final;
    nonce[10] = 'X';
    std::string header = good_final;
    header.replace(0, 6, "c=eSws");
    for (const auto& [text, why] : {std::pair{proof, "authentication failure"}, std::pair{nonce, "SCRAM nonce differs"}, std::pair{header, "channel bindings differ"}}) {
        const auto talk = exchange();
        (void)talk->start(first_of_user);
        const ExchangeStep step = talk->respond(text);
        EXPECT_EQ(reason(step), why);
        EXPECT_EQ(std::get<Refused>(step).user, "user");
        EXPECT_EQ(reason(talk->respond("")), "unexpected SCRAM message");
        EXPECT_EQ(reason(talk->respond(good_final)), "unexpected SCRAM message");
    }
}

TEST(scram, what_is_no_message_of_it_is_malformed) {
    for (const char* text : {"", "n,,", "n,,n=user", "n,,r=x,n=user", "n,,m=x,n=user,r=x", "n,,n=,r=x", "n,,n=a=2D,r=x", "n,,n=user,r=", "n,b=x,n=user,r=x", "n,,n=a\x01,r=x", "x,,n=user,r=x"}) {
        EXPECT_NE(reason(exchange()->start(text)), "accepted") << text;
    }
    for (const char* text : {"", "c=biws", "c=biws,r=x", "c=!,r=x,p=AAAA", "r=x,c=biws,p=AAAA", ",p=AAAA"}) {
        const auto talk = exchange();
        (void)talk->start(first_of_user);
        EXPECT_EQ(reason(talk->respond(text)), "malformed SCRAM message") << text;
    }
}

TEST(scram, names_are_unescaped_and_prepared) {
    std::string asked;
    const auto note = [&](const std::string& user) { return asked = user, *parse_scram_keys(entry); };
    (void)make_scram_exchange({.keys = note, .nonce = "x"})->start("n,,n=a=2Cb=3Dc\xc2\xaa,r=x");
    EXPECT_EQ(asked, "a,b=ca");
}

TEST(scram, a_binding_must_be_the_one_of_this_session) {
    const world::ChannelBindings ours{"exported", "certificate", ""};
    const auto log_in = [&](bool binds, const std::string& header, const std::string& data) {
        const auto talk = exchange(binds, ours);
        const ExchangeStep first = talk->start(header + "n=user,r=" + std::string(client_nonce));
        if (!std::holds_alternative<Challenge>(first)) {
            return reason(first);
        }
        return reason(talk->respond("c=" + base::base64_encode(header + data) + ',' + final_start + ",p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ="));
    };
    // The right binding comes as far as the proof, which was made for another header.
    EXPECT_EQ(log_in(true, "p=tls-exporter,,", "exported"), "authentication failure");
    EXPECT_EQ(log_in(true, "p=tls-server-end-point,,", "certificate"), "authentication failure");
    EXPECT_EQ(log_in(true, "p=tls-exporter,,", "certificate"), "channel bindings differ");
    EXPECT_EQ(log_in(true, "p=tls-exporter,,", ""), "channel bindings differ");
    EXPECT_EQ(log_in(true, "p=tls-unique,,", "exported"), "unsupported channel binding");
    EXPECT_EQ(log_in(true, "n,,", ""), "channel binding is missing");
    EXPECT_EQ(log_in(false, "p=tls-exporter,,", "exported"), "unsupported channel binding");
    EXPECT_EQ(log_in(false, "y,,", ""), "channel binding is on offer, but the client does not see it");
    EXPECT_EQ(reason(exchange()->start("y,,n=user,r=x")), "accepted");
    EXPECT_EQ(reason(exchange(true)->start("p=tls-exporter,,n=user,r=x")), "unsupported channel binding");
}

TEST(scram_keys, open_for_their_password_only) {
    const auto keys = parse_scram_keys(entry);
    ASSERT_TRUE(keys);
    EXPECT_TRUE(is_password_of(*keys, "pencil"));
    EXPECT_TRUE(is_password_of(*keys, "pen\xc2\xad" "cil"));  // a soft hyphen counts for nothing
    EXPECT_FALSE(is_password_of(*keys, "Pencil"));
    EXPECT_FALSE(is_password_of(*keys, ""));
    EXPECT_FALSE(is_password_of(*keys, "pencil\x07"));
    for (const char* wrong : {"", "4096", "0,AAAA,AAAA,AAAA", "4096,,x,y", "99999999999,W22ZaJ0SNY7soEsUEjb6gQ==,AAAA,AAAA"}) {
        EXPECT_FALSE(parse_scram_keys(wrong)) << wrong;
    }
}

TEST(scram_keys, a_decoy_is_always_the_same_and_looks_like_the_others) {
    const auto like = *parse_scram_keys(entry);
    const ScramKeys one = decoy_keys("nobody", "secret", like);
    EXPECT_EQ(one.salt, decoy_keys("nobody", "secret", like).salt);
    EXPECT_NE(one.salt, decoy_keys("somebody", "secret", like).salt);
    EXPECT_NE(one.salt, decoy_keys("nobody", "other", like).salt);
    EXPECT_EQ(one.salt.size(), like.salt.size());
    EXPECT_EQ(one.iterations, like.iterations);
}

}  // namespace
}  // namespace posthouse::sasl
