#include "route/router.hpp"

#include <gtest/gtest.h>

#include "tables/fake_files.hpp"
#include "tables/run_task.hpp"

namespace posthouse::route {
namespace {

class RouterTest : public ::testing::Test {
protected:
    enum class For { mail, probes };
    /// "transport:nexthop" of an address, for a sender.
    std::string route(std::string recipient, std::string sender, For what = For::mail) {
        PostfixRouter router(config::View::of("mydestination = here.example\nrelay_domains = relayed.example\nrelayhost = [smart.example]\n" + main_cf), {}, tables::OpenContext{files});
        mail::ReversePath reverse_path(std::move(sender));
        world::Task<mail::Route> resolving =
            what == For::mail ? router.resolve(std::move(recipient), std::move(reverse_path)) : router.resolve_probe(std::move(recipient), std::move(reverse_path));
        const mail::Route found = tables::run_now(std::move(resolving));
        return found.state == mail::Route::State::found ? found.transport + ":" + found.nexthop : "unknown";
    }
    /// Why a recipient is refused, "known" or "unknown".
    std::string validated(std::string recipient) {
        PostfixRouter router(config::View::of("mydestination = here.example\nlocal_recipient_maps = inline:{joe=1}\n" + main_cf), {}, tables::OpenContext{files});
        world::Task<mail::Validation> validating = router.validate(std::move(recipient));
        const mail::Validation found = tables::run_now(std::move(validating));
        using State = mail::Validation::State;
        return found.state == State::known ? "known" : found.state == State::unknown ? "unknown" : found.reason;
    }
    std::string main_cf;
    tables::FakeFiles files;
};

}  // namespace

TEST_F(RouterTest, the_relayhost_may_depend_on_the_sender) {
    main_cf = "sender_dependent_relayhost_maps = inline:{{ann@a.example=[ann.example]:587}, {@b.example=[b.relay]}, {no@b.example=DUNNO}, {<>=[bounces.relay]}}\n";
    EXPECT_EQ(route("x@far.example", "ann@a.example"), "smtp:[ann.example]:587");
    EXPECT_EQ(route("x@far.example", "bob@b.example"), "smtp:[b.relay]");
    EXPECT_EQ(route("x@relayed.example", "bob@b.example"), "relay:[b.relay]");
    EXPECT_EQ(route("x@far.example", "no@b.example"), "smtp:[smart.example]");
    EXPECT_EQ(route("x@far.example", "who@c.example"), "smtp:[smart.example]");
    EXPECT_EQ(route("x@far.example", ""), "smtp:[bounces.relay]");
    EXPECT_EQ(route("x@here.example", "bob@b.example"), "local:mail.example.test");
}

TEST_F(RouterTest, the_default_transport_may_depend_on_the_sender) {
    main_cf = "sender_dependent_default_transport_maps = inline:{{@a.example=slow:}, {@b.example=slow:[b.relay]}}\nempty_address_default_transport_maps_lookup_key = null@b.example\n";
    EXPECT_EQ(route("x@far.example", "u@a.example"), "slow:[smart.example]");
    EXPECT_EQ(route("x@far.example", "u@b.example"), "slow:[b.relay]");
    EXPECT_EQ(route("x@far.example", ""), "slow:[b.relay]");
    EXPECT_EQ(route("x@relayed.example", "u@b.example"), "relay:[smart.example]");
    main_cf += "transport_maps = inline:{far.example=other:[t.example]}\n";
    EXPECT_EQ(route("x@far.example", "u@b.example"), "other:[t.example]");
}

TEST_F(RouterTest, what_a_transport_entry_does_not_name_stays_or_is_the_recipients_domain) {
    main_cf = "transport_maps = inline:{{same.example=:}, {here.example=:}, {onward.example=:[n.example]}, {home.example=fast:}, {gone.example=error:}, {later.example=retry:}, {*=error:5.1.2 nowhere}}\n";
    EXPECT_EQ(route("x@same.example", ""), "smtp:[smart.example]");
    EXPECT_EQ(route("x@here.example", ""), "local:mail.example.test");
    EXPECT_EQ(route("x@onward.example", ""), "smtp:[n.example]");
    EXPECT_EQ(route("x@home.example", ""), "fast:home.example");
    EXPECT_EQ(route("x@gone.example", ""), "error:Address is undeliverable");
    EXPECT_EQ(route("x@later.example", ""), "retry:Address is undeliverable");
    EXPECT_EQ(route("x@else.example", ""), "error:5.1.2 nowhere");
}

TEST_F(RouterTest, an_address_that_is_no_alias_in_a_domain_of_aliases_goes_nowhere_whatever_the_transport_table_says) {
    main_cf = "virtual_alias_domains = alias.example\nvirtual_alias_maps = inline:{joe@alias.example=joe@far.example}\ntransport_maps = inline:{{*=smtp:[hub.example]}, {alias.example=smtp:}}\n";
    EXPECT_EQ(route("who@alias.example", ""), "error:5.1.1 User unknown in virtual alias table");
    EXPECT_EQ(route("x@far.example", ""), "smtp:[hub.example]");
}

TEST_F(RouterTest, a_sender_dependent_table_that_cannot_answer_makes_the_route_unknown) {
    main_cf = "sender_dependent_relayhost_maps = texthash:/nowhere\n";
    EXPECT_EQ(route("x@far.example", "u@a.example"), "unknown");
    EXPECT_EQ(route("x@here.example", "u@a.example"), "local:mail.example.test");
}

TEST_F(RouterTest, probes_go_the_way_of_mail_unless_they_have_their_own) {
    EXPECT_EQ(route("x@far.example", "p@here.example", For::probes), "smtp:[smart.example]");
    main_cf = "address_verify_relayhost =\naddress_verify_relay_transport = probe\naddress_verify_local_transport = probe:local\naddress_verify_virtual_transport = probe:virtual\n"
              "virtual_mailbox_domains = v.example\naddress_verify_transport_maps = inline:{odd.example=probe:[t.example]}\n";
    EXPECT_EQ(route("x@far.example", "p@here.example", For::probes), "smtp:far.example");
    EXPECT_EQ(route("x@relayed.example", "p@here.example", For::probes), "probe:relayed.example");
    EXPECT_EQ(route("x@here.example", "p@here.example", For::probes), "probe:local");
    EXPECT_EQ(route("x@v.example", "p@here.example", For::probes), "probe:virtual");
    EXPECT_EQ(route("x@odd.example", "p@here.example", For::probes), "probe:[t.example]");
    EXPECT_EQ(route("x@odd.example", "p@here.example"), "smtp:[smart.example]");
    main_cf = "address_verify_default_transport = probe\naddress_verify_sender_dependent_relayhost_maps = inline:{p@here.example=[p.relay]}\n";
    EXPECT_EQ(route("x@far.example", "p@here.example", For::probes), "probe:[p.relay]");
    EXPECT_EQ(route("x@far.example", "p@here.example"), "smtp:[smart.example]");
}

TEST_F(RouterTest, an_alias_exists_in_every_class) {
    main_cf = "virtual_alias_maps = inline:{{ann=x@far.example}, {info@box.example=joe@box.example}, {ann@alias.example=x@far.example}}\nvirtual_alias_domains = alias.example\n"
              "virtual_mailbox_domains = box.example\nvirtual_mailbox_maps = inline:{joe@box.example=joe}\ntransport_maps = inline:{{info@box.example=error:moved}, {joe@box.example=error:moved}}\n";
    EXPECT_EQ(validated("joe@here.example"), "known");
    EXPECT_EQ(validated("ann@here.example"), "known");
    EXPECT_EQ(validated("who@here.example"), "User unknown in local recipient table");
    EXPECT_EQ(validated("info@box.example"), "known");
    EXPECT_EQ(validated("joe@box.example"), "moved");
    EXPECT_EQ(validated("who@box.example"), "User unknown in virtual mailbox table");
    EXPECT_EQ(validated("ann@alias.example"), "known");
    EXPECT_EQ(validated("who@alias.example"), "User unknown in virtual alias table");
    main_cf = "virtual_alias_domains = alias.example\n";
    EXPECT_EQ(validated("who@alias.example"), "User unknown in virtual alias table");
    main_cf = "virtual_alias_maps = texthash:/nowhere\nvirtual_alias_domains =\n";
    EXPECT_EQ(validated("joe@here.example"), "unknown");
}

TEST_F(RouterTest, mail_to_our_own_double_bounce_address_ends_here) {
    EXPECT_EQ(route("double-bounce@here.example", "x@far.example"), "discard:undeliverable postmaster notification discarded");
    EXPECT_EQ(route("double-bounce@far.example", "x@far.example"), "smtp:[smart.example]");
}

}  // namespace posthouse::route
