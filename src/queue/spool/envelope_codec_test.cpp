#include "queue/spool/envelope_codec.hpp"

#include <gtest/gtest.h>

namespace posthouse::queue {
namespace {

mail::Envelope full_envelope() {
    mail::Envelope envelope;
    envelope.reverse_path = mail::ReversePath("sender@example.org");
    envelope.recipients = {
        {.address = "a@example.net", .original_address = "a@example.net", .original_recipient = "", .notify = {}},
        {.address = "b@example.net",
         .original_address = "alias@example.org",
         .original_recipient = "rfc822;alias@example.org",
         .notify = {.never = false, .success = true, .failure = true, .delay = true}},
        {.address = "c@example.net", .original_address = "", .original_recipient = "", .notify = {.never = true}},
    };
    envelope.envelope_id = "id+1";
    envelope.ret = mail::DsnRet::hdrs;
    envelope.body = mail::BodyType::eight_bit_mime;
    envelope.smtputf8 = true;
    envelope.origin = {.client_name = "client.example.org",
                       .client_address = "127.0.0.1",
                       .helo_name = "helo",
                       .protocol = "ESMTPSA",
                       .sasl_method = "PLAIN",
                       .sasl_username = "user"};
    envelope.arrival = world::WallTime(std::chrono::nanoseconds(1'750'000'000'123'456'789));
    envelope.size = base::Bytes{123456};
    return envelope;
}

}  // namespace

TEST(envelope_codec, every_field_round_trips) {
    EXPECT_EQ(decode_envelope(encode_envelope(full_envelope())), full_envelope());
    EXPECT_EQ(decode_envelope(encode_envelope(mail::Envelope{})), mail::Envelope{});
    mail::Envelope before_epoch;
    before_epoch.arrival = world::WallTime(std::chrono::nanoseconds(-5));
    EXPECT_EQ(decode_envelope(encode_envelope(before_epoch)), before_epoch);
    mail::Envelope filtered = full_envelope();
    filtered.content_filter = "scan:[127.0.0.1]:10025";
    EXPECT_EQ(decode_envelope(encode_envelope(filtered)), filtered);
    filtered.purpose = mail::Envelope::Purpose::ask;
    EXPECT_EQ(decode_envelope(encode_envelope(filtered)), filtered);
    filtered.purpose = mail::Envelope::Purpose::deliver_and_report;
    filtered.content_filter.clear();
    EXPECT_EQ(decode_envelope(encode_envelope(filtered)), filtered);
    filtered.verp_delimiters = "+=";
    EXPECT_EQ(decode_envelope(encode_envelope(filtered)), filtered);
}

TEST(envelope_codec, a_purpose_of_a_later_release_is_not_taken_for_mail) {
    mail::Envelope asked = full_envelope();
    asked.purpose = mail::Envelope::Purpose::ask;
    std::string bytes = encode_envelope(asked);
    bytes.back() = 3;
    EXPECT_EQ(decode_envelope(bytes), std::nullopt);
}

TEST(envelope_codec, what_earlier_releases_wrote_is_read) {
    std::string bytes = encode_envelope(full_envelope());
    EXPECT_EQ(bytes.front(), 1);  // and what needs nothing new is written as they read it
    mail::Envelope asked = full_envelope();
    asked.purpose = mail::Envelope::Purpose::ask;
    bytes = encode_envelope(asked);
    EXPECT_EQ(bytes.front(), 3);
    EXPECT_EQ(decode_envelope(bytes), asked);
}

TEST(envelope_codec, delimiters_of_variable_return_paths_are_two) {
    mail::Envelope envelope = full_envelope();
    for (const std::string delimiters : {"+", "+=-"}) {
        envelope.verp_delimiters = delimiters;
        EXPECT_EQ(decode_envelope(encode_envelope(envelope)), std::nullopt) << delimiters;
    }
}

TEST(envelope_codec, recipient_states_round_trip) {
    const mail::RecipientState state{.status = mail::RecipientState::Status::bounced,
                                     .tries = 4'000'000'000,
                                     .dsn_status = "5.1.1",
                                     .reason = "host said: 550 5.1.1 unknown",
                                     .remote_mta = "mx.example.net",
                                     .diagnostic = "550 5.1.1 unknown"};
    EXPECT_EQ(decode_recipient_state(encode_recipient_state(state)), state);
    EXPECT_EQ(decode_recipient_state(encode_recipient_state({})), mail::RecipientState{});
}

TEST(envelope_codec, a_cut_or_lengthened_encoding_is_refused) {
    const std::string envelope = encode_envelope(full_envelope());
    for (std::size_t size = 0; size < envelope.size(); ++size) {
        EXPECT_FALSE(decode_envelope(std::string_view(envelope).substr(0, size))) << size;
    }
    EXPECT_FALSE(decode_envelope(envelope + "x"));
    const std::string state = encode_recipient_state({.reason = "text"});
    for (std::size_t size = 0; size < state.size(); ++size) {
        EXPECT_FALSE(decode_recipient_state(std::string_view(state).substr(0, size))) << size;
    }
    EXPECT_FALSE(decode_recipient_state(state + "x"));
}

TEST(envelope_codec, lying_counts_and_unknown_versions_are_refused) {
    std::string many = encode_envelope({});
    many.pop_back();
    many += "\xff\xff\xff\xff\x7f";  // that many recipients, in no bytes
    EXPECT_FALSE(decode_envelope(many));
    std::string newer = encode_envelope({});
    newer[0] = 2;
    EXPECT_FALSE(decode_envelope(newer));
    EXPECT_FALSE(decode_envelope(std::string_view("\x01\x00\x00\x00\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02", 14)));
}

}  // namespace posthouse::queue
