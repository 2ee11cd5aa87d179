#include "cleanup/review.hpp"

#include "cleanup/cleanup_rig_test.hpp"
#include "cleanup/envelope_changes.hpp"

namespace posthouse::cleanup {

namespace {

using rig::run_now;
using Lines = std::vector<std::string>;
using Reason = mail::IntakeRefusal::Reason;

class ReviewTest : public ::testing::Test {
protected:
    ReviewTest() { envelope.reverse_path = mail::ReversePath("s@x.example"); }

    void take(std::string_view content, std::size_t block_size = 1'000'000) {
        for (std::size_t at = 0; at < content.size(); at += block_size) {
            EXPECT_TRUE(run_now(review.take(content.substr(at, block_size))));
        }
        EXPECT_TRUE(run_now(review.take_end()));
    }
    std::string written() {
        const auto writer = spool.create(core);
        const auto size = run_now(review.write_to(*writer));
        EXPECT_TRUE(size);
        EXPECT_TRUE(run_now(writer->commit({}, mail::QueueName::active)));
        EXPECT_EQ(*size, spool.stored.back().content.size());
        return spool.stored.back().content;
    }
    std::string body() {
        auto reader = run_now(review.body());
        return *run_now(rig::read_all(std::move(*reader)));
    }
    Lines fields() const {
        Lines out;
        for (std::size_t i = 0; i < review.field_count(); ++i) {
            out.emplace_back(review.field(i).text);
        }
        return out;
    }
    Lines recipients() const {
        Lines out;
        for (const mail::Recipient& recipient : envelope.recipients) {
            out.push_back(recipient.address);
        }
        return out;
    }

    rig::MemorySpool spool;
    rig::AliasRouter router;
    rig::Lines events;
    rig::FixedClock clock;
    rig::AtOnce executor;
    world::nobody::NoNetwork network;
    world::nobody::NoResolver resolver;
    world::nobody::Four random;
    world::Core core{0, executor, clock, network, resolver, random};
    mail::Envelope envelope;
    Review review{{spool, router, events, "postfix/cleanup", "A1", core}, envelope};
};

}  // namespace

TEST_F(ReviewTest, what_nobody_changes_comes_out_as_it_came_in_whatever_the_blocks_are) {
    const std::string header = "Received: by us\r\nSubject: a\r\n\tfolded\r\nX-Empty:\r\n";
    for (const std::string& content : {header + "\r\nbody\r\n\r\nmore\r\n", header + "\r\n", header, header + "no field\r\nbody\r\n", std::string("\r\nbody\r\n"), std::string("body\r\n"), std::string()}) {
        for (const std::size_t size : {1U, 7U, 1000U}) {
            Review fresh{{spool, router, events, "postfix/cleanup", "A1", core}, envelope};
            for (std::size_t at = 0; at < content.size(); at += size) {
                EXPECT_TRUE(run_now(fresh.take(std::string_view(content).substr(at, size))));
            }
            EXPECT_TRUE(run_now(fresh.take_end()));
            EXPECT_TRUE(run_now(fresh.take_end()));  // once more changes nothing
            const auto writer = spool.create(core);
            const auto written = run_now(fresh.write_to(*writer));
            EXPECT_TRUE(run_now(writer->commit({}, mail::QueueName::active)));
            // A header that ends without an empty line gets one, if there is a body.
            const bool completed = content.find("no field") != std::string::npos || content == "body\r\n";
            EXPECT_EQ(spool.stored.back().content.size(), content.size() + (completed ? 2 : 0)) << content;
            EXPECT_EQ(*written, spool.stored.back().content.size());
            if (!completed) {
                EXPECT_EQ(spool.stored.back().content, content);
            }
        }
    }
}

TEST_F(ReviewTest, milters_see_fields_with_their_line_ends_and_our_trace_as_our_own) {
    take("Received: by us\r\nReceived: by others\r\nSubject: a\r\n\tb\r\n\r\nbody\r\n");
    ASSERT_EQ(review.field_count(), 3U);
    EXPECT_TRUE(review.field(0).own);
    EXPECT_FALSE(review.field(1).own);
    EXPECT_EQ(review.field(2).name, "Subject");
    EXPECT_EQ(review.field(2).text, "Subject: a\r\n\tb\r\n");
    EXPECT_EQ(body(), "body\r\n");
    EXPECT_EQ(body(), "body\r\n");  // each milter reads it from its start
}

TEST_F(ReviewTest, fields_are_added_inserted_changed_and_deleted_by_name_and_number_and_our_trace_is_not_counted) {
    take("Received: by us\r\nReceived: by others\r\nA: 1\r\nB: 1\r\na: 2\r\n\r\nbody\r\n");
    rig::run(review.change_field(2, "A", "A: two"));
    rig::run(review.change_field(3, "A", "A: 3"));  // there is none: added
    review.delete_field(1, "b");
    review.delete_field(1, "b");  // there is none any more
    review.delete_field(1, "Received");
    review.delete_field(1, "Received");  // ours stays
    rig::run(review.insert_field(1, "First: x"));
    rig::run(review.insert_field(99, "Last: x"));
    EXPECT_EQ(fields(), (Lines{"Received: by us\r\n", "First: x\r\n", "A: 1\r\n", "A: two\r\n", "A: 3\r\n", "Last: x\r\n"}));
    EXPECT_EQ(written(), "Received: by us\r\nFirst: x\r\nA: 1\r\nA: two\r\nA: 3\r\nLast: x\r\n\r\nbody\r\n");
}

TEST_F(ReviewTest, no_field_of_a_milter_ends_the_header_or_becomes_two_fields) {
    take("Subject: s\r\n\r\nbody\r\n");
    rig::run(review.add_field("A: 1\n folded\n\tagain"));
    rig::run(review.add_field("B: 1\nC: not a field"));
    rig::run(review.add_field("D: 1\r\n\r\nnot a body"));
    rig::run(review.add_field(std::string("E: a\rb\0c", 8)));
    rig::run(review.add_field("F: 1\n"));
    EXPECT_EQ(written(), "Subject: s\r\nA: 1\r\n folded\r\n\tagain\r\nB: 1\r\n\tC: not a field\r\nD: 1\r\n\t\r\n\tnot a body\r\nE: a b c\r\nF: 1\r\n\r\nbody\r\n");
}

TEST_F(ReviewTest, a_header_has_as_many_bytes_as_its_bound_and_not_one_more) {
    const std::string field = "X: " + std::string(1'000'000, 'x') + "\r\n";
    for (int i = 0; i < 4; ++i) {
        EXPECT_TRUE(run_now(review.take(field)));
    }
    const std::string last = "Z: " + std::string(Review::header_size_max - 4 * field.size() - 5, 'z') + "\r\n";
    EXPECT_TRUE(run_now(review.take(last + "\r\n")));
    EXPECT_FALSE(review.failure());
    EXPECT_EQ(review.field_count(), 5U);
    review.delete_field(1, "Z");
    rig::run(review.add_field(last.substr(0, last.size() - 2)));  // a milter may have as much
    EXPECT_FALSE(review.failure());
    review.delete_field(1, "Z");
    rig::run(review.add_field(last.substr(0, last.size() - 2) + "z"));
    ASSERT_TRUE(review.failure());
    EXPECT_EQ(review.failure()->reason, Reason::message_too_big);
    EXPECT_EQ(review.field_count(), 4U);
}

TEST_F(ReviewTest, a_header_beyond_its_bound_is_noticed_and_not_kept) {
    const std::string field = "X: " + std::string(1'000'000, 'x') + "\r\n";
    for (int i = 0; i < 4; ++i) {
        EXPECT_TRUE(run_now(review.take(field)));
    }
    const std::string last = "Z: " + std::string(Review::header_size_max - 4 * field.size() - 4, 'z') + "\r\n\r\n";
    EXPECT_TRUE(run_now(review.take(last)));
    ASSERT_TRUE(review.has_failed());
    EXPECT_EQ(review.failure()->reason, Reason::message_too_big);
    EXPECT_EQ(review.field_count(), 4U);
    EXPECT_EQ(review.obey({}, "END-OF-MESSAGE")->reason, Reason::message_too_big);  // whatever milters say
}

// However short they are, each takes memory, and is sent to each milter.
TEST_F(ReviewTest, a_header_has_as_many_fields_as_its_bound_and_not_one_more) {
    std::string fields;
    for (std::size_t i = 0; i < Review::field_count_max; ++i) {
        fields += "a:\r\n";
    }
    EXPECT_TRUE(run_now(review.take(fields)));
    EXPECT_TRUE(run_now(review.take("\r\n")));
    EXPECT_FALSE(review.failure());
    EXPECT_EQ(review.field_count(), Review::field_count_max);
    rig::run(review.add_field("B: 1"));
    ASSERT_TRUE(review.failure());
    EXPECT_EQ(review.failure()->reason, Reason::message_too_big);
    EXPECT_EQ(review.field_count(), Review::field_count_max);
    Review fresh{{spool, router, events, "postfix/cleanup", "A1", core}, envelope};
    EXPECT_TRUE(run_now(fresh.take(fields + "a:\r\n\r\n")));
    EXPECT_TRUE(fresh.failure());
    EXPECT_EQ(fresh.field_count(), Review::field_count_max);
}

TEST_F(ReviewTest, a_milter_cannot_make_the_header_larger_than_its_bound) {
    take("Subject: s\r\n\r\nbody\r\n");
    for (int i = 0; i < 4; ++i) {
        rig::run(review.add_field("X: " + std::string(1'000'000, 'x')));
    }
    EXPECT_FALSE(review.failure());
    review.delete_field(1, "X");  // makes room
    rig::run(review.add_field("X: " + std::string(1'000'000, 'x')));
    EXPECT_FALSE(review.failure());
    rig::run(review.add_field("X: " + std::string(300'000, 'x')));
    ASSERT_TRUE(review.failure());
    EXPECT_EQ(review.failure()->reason, Reason::message_too_big);
    EXPECT_EQ(review.field_count(), 5U);
}

TEST_F(ReviewTest, the_sender_is_completed_and_its_parameters_are_those_of_mail_from) {
    review.change_sender("<new>", "RET=HDRS ENVID=a+2Bb SMTPUTF8 SIZE=5 BODY=7BIT X=1");
    EXPECT_EQ(envelope.reverse_path.address(), "new@origin.example");
    EXPECT_EQ(envelope.ret, mail::DsnRet::hdrs);
    EXPECT_FALSE(envelope.envelope_id.empty());
    EXPECT_TRUE(envelope.smtputf8);
    EXPECT_EQ(events.lines, Lines{"warning: milter: ignored ESMTP parameter of the new sender: X=1"});
    review.change_sender("<>", "");
    EXPECT_TRUE(envelope.reverse_path.is_null());
    review.change_sender("<a@b", "RET=FULL");
    EXPECT_TRUE(envelope.reverse_path.is_null());
    EXPECT_EQ(envelope.ret, mail::DsnRet::hdrs);
    EXPECT_EQ(events.lines.back(), "warning: milter: bad address \"<a@b\": ignored");
}

TEST_F(ReviewTest, recipients_come_with_the_parameters_of_rcpt_to_and_go_by_the_name_they_came_with) {
    review.add_recipient("<one>", "NOTIFY=SUCCESS,DELAY ORCPT=rfc822;o@x");
    review.add_recipient("two@y.example", "X");
    review.add_recipient("<>", "");
    review.add_recipient("<bad", "");
    ASSERT_EQ(recipients(), (Lines{"one@origin.example", "two@y.example"}));
    EXPECT_EQ(envelope.recipients[0].original_address, "one");
    EXPECT_EQ(envelope.recipients[0].original_recipient, "rfc822;o@x");
    EXPECT_TRUE(envelope.recipients[0].notify.success && envelope.recipients[0].notify.delay && !envelope.recipients[0].notify.failure);
    EXPECT_EQ(envelope.recipients[1].original_recipient, "rfc822;two@y.example");
    EXPECT_EQ(events.lines, (Lines{"warning: milter: ignored ESMTP parameter of a new recipient: X", "warning: milter: bad address \"<bad\": ignored"}));
    review.delete_recipient("one@origin.example");  // not the name that milters know
    EXPECT_EQ(envelope.recipients.size(), 2U);
    review.delete_recipient("<one>");
    EXPECT_EQ(recipients(), Lines{"two@y.example"});
}

TEST_F(ReviewTest, a_milter_cannot_add_more_recipients_than_a_message_may_have) {
    for (std::size_t i = 0; i < recipients_max; ++i) {
        review.add_recipient("r" + std::to_string(i) + "@y.example", "");
    }
    EXPECT_FALSE(review.failure());
    review.add_recipient("one.more@y.example", "");
    ASSERT_TRUE(review.failure());
    EXPECT_EQ(review.failure()->reason, Reason::spool_failure);
    EXPECT_EQ(envelope.recipients.size(), recipients_max);
}

TEST_F(ReviewTest, a_new_body_takes_the_place_of_the_old_one) {
    take("Subject: s\r\n");
    review.begin_body();
    rig::run(review.append_body("new "));
    rig::run(review.append_body("body\r\n"));
    EXPECT_EQ(body(), "new body\r\n");
    EXPECT_EQ(written(), "Subject: s\r\n\r\nnew body\r\n");
}

TEST_F(ReviewTest, a_milter_cannot_make_a_body_larger_than_its_bound) {
    Review bounded{{spool, router, events, "postfix/cleanup", "A1", core, {10}}, envelope};
    EXPECT_TRUE(run_now(bounded.take("Subject: s\r\n\r\na body that came in\r\n")));
    EXPECT_TRUE(run_now(bounded.take_end()));
    for (int milter = 0; milter < 2; ++milter) {  // each begins anew
        bounded.begin_body();
        rig::run(bounded.append_body("12345"));
        rig::run(bounded.append_body("67890"));
        EXPECT_FALSE(bounded.has_failed()) << milter;
    }
    rig::run(bounded.append_body("1"));
    ASSERT_TRUE(bounded.has_failed());
    EXPECT_EQ(bounded.failure()->reason, Reason::message_too_big);
    EXPECT_EQ(events.lines, Lines{"warning: a milter makes a body of more than 10 bytes (message_size_limit)"});
    auto reader = run_now(bounded.body());
    EXPECT_EQ(*run_now(rig::read_all(std::move(*reader))), "1234567890");
}

TEST_F(ReviewTest, a_body_that_cannot_be_written_is_a_failure_that_is_kept) {
    take("Subject: s\r\n\r\nold\r\n");
    review.begin_body();
    spool.write_error = base::Error{base::ErrorKind::no_space, "full"};
    rig::run(review.append_body("lost"));
    spool.write_error.reset();
    rig::run(review.append_body("kept"));
    ASSERT_TRUE(review.failure());
    EXPECT_EQ(review.failure()->reason, Reason::insufficient_storage);
}

TEST_F(ReviewTest, the_log_says_who_sent_what_to_whom) {
    envelope.recipients.resize(2);
    envelope.recipients[1].address = "last@y.example";
    EXPECT_EQ(milter_line(envelope, "RCPT", "5.7.1 no"), "RCPT from localhost[127.0.0.1]: 5.7.1 no; from=<s@x.example> to=<last@y.example>");
    envelope.origin = {.client_name = "c", .client_address = "192.0.2.1", .helo_name = "h", .protocol = "SMTP"};
    envelope.recipients.clear();
    EXPECT_EQ(milter_line(envelope, "MAIL", "x"), "MAIL from c[192.0.2.1]: x; from=<s@x.example> proto=SMTP helo=<h>");
}

}  // namespace posthouse::cleanup
