#include "sim/mutations/mutation.hpp"

#include <algorithm>

#include "sim/mutations/hasty_spool.hpp"
#include "sim/mutations/spool_defects.hpp"

namespace posthouse::sim {

namespace {

std::unique_ptr<mail::Spool> hasty(mail::Spool& spool, Scheduler& scheduler) { return std::make_unique<HastySpool>(spool, scheduler); }

template <MakeSpool make>
void with_spool(ScenarioOptions& options) {
    options.wrap_spool = make;
}

template <std::uint64_t each>
void forget_syncs(ScenarioOptions& options) {
    options.forgets_each_sync = each;
}

template <StoryKind kind>
void in_story(ScenarioOptions& options, const char* more_main_cf) {
    options.kind = kind;
    options.more_main_cf = more_main_cf;
}

constexpr Mutation mutations[] = {
    {"hasty-commit", "250 a tenth of a second before the commit", with_spool<hasty>, 1, "accepted and lost"},
    {"drops-recipient", "the last of several recipients is not stored", with_spool<drops_a_recipient>, 1, "accepted and lost"},
    {"forgets-notify", "NOTIFY is not stored", with_spool<forgets_notify>, 6, "NOTIFY"},
    {"names-bouncer", "stored notifications have a sender", with_spool<names_a_sender_of_bounces>, 3, "bounces@"},
    {"loses-end", "of a third of the messages the end is not stored", with_spool<loses_the_end>, 1, "body changed"},
    {"commits-twice", "one message in ten is stored twice", with_spool<commits_twice>, 3, "ended 2 times"},
    {"marks-notices-apart", "that a notice was made is written down in a commit of its own", with_spool<marks_notices_apart>, 123, "different"},
    {"retries-early", "deferred mail is due half a minute early", with_spool<retries_early>, 1, "before its time"},
    {"forgets-delivered", "who has the message is not written down", with_spool<forgets_who_has_it>, 1, "ended"},
    {"forgets-bounced", "whose sender was told is not written down", with_spool<forgets_who_was_told>, 1, "ended"},
    {"keeps-removed", "one removal in seven is not done", with_spool<keeps_what_was_removed>, 11, "in the spool"},
    {"removes-first", "a message that is tried is removed, delivered or not", with_spool<removes_before_delivery>, 1, "accepted and lost"},
    {"answers-late", "one update takes two hours, and a stop waits for it", with_spool<answers_late>, 1, "do"},
    {"calls-early", "deferred mail is read a minute early", with_spool<calls_early>, 1, "before its time"},
    {"skips-backlog", "the first message of each read after a start is left out", with_spool<skips_in_the_backlog>, 40, "in the spool"},
    {"stale-states", "recipients' states are those of the first read", with_spool<reads_stale_states>, 1, "ended"},
    {"mixes-content", "one delivery in twenty sends another message", with_spool<mixes_up_content>, 3, "went to"},
    {"repeats-block", "the second block is the first again", with_spool<repeats_a_block>, 8, "body changed"},
    {"forgets-syncs", "no sync does anything", forget_syncs<1>, 2, ""},
    {"forgets-some-syncs", "one sync in three does nothing", forget_syncs<3>, 3, ""},
    {"ignores-concurrency", "destinations get more deliveries at a time than configured",
     [](ScenarioOptions& options) { options.more_main_cf = "smtp_destination_concurrency_limit = 20\nsmtp_initial_destination_concurrency = 20\n"; }, 7, "at a time to"},
    {"ignores-process-limit", "more deliveries in all than configured", [](ScenarioOptions& options) { options.more_main_cf = "default_process_limit = 100\n"; }, 12,
     "deliveries at a time, allowed"},
    {"ignores-rate-delay", "no pause between deliveries", [](ScenarioOptions& options) { options.more_main_cf = "default_destination_rate_delay = 0\n"; }, 6, "the pause is"},
    {"ignores-backoff", "everything is tried again after 20 seconds",
     [](ScenarioOptions& options) { options.more_main_cf = "minimal_backoff_time = 20s\nmaximal_backoff_time = 20s\n"; }, 1, "before its time"},
    {"expires-early", "mail goes back after two hours", [](ScenarioOptions& options) { options.more_main_cf = "maximal_queue_lifetime = 2h\n"; }, 4, "expired at an age"},
    {"expires-late", "mail goes back a day late", [](ScenarioOptions& options) { options.more_main_cf = "maximal_queue_lifetime = 7d\nbounce_queue_lifetime = 7d\n"; }, 4,
     "is tried again at an age"},
    {"ignores-active-limit", "memory takes all mail", [](ScenarioOptions& options) { options.more_main_cf = "qmgr_message_active_limit = 20000\n"; }, 7, "in memory of one core"},
    {"ignores-hold", "access lists are not asked", [](ScenarioOptions& options) { options.more_main_cf = "smtpd_sender_restrictions =\n"; }, 8, "although it is"},
    {"quiet-of-success", "reports of successes name nobody", with_spool<keeps_quiet_of_success>, 7, "no SUCCESS notification came"},
    {"strips-eighth-bit", "content loses its eighth bit", with_spool<strips_the_eighth_bit>, 4, "body changed"},
    {"never-warns", "nobody is told of a delay", [](ScenarioOptions& options) { options.more_main_cf = "delay_warning_time = 0\n"; }, 9, "no DELAY notification came"},
    {"warns-early", "delays are told of after ten minutes", [](ScenarioOptions& options) { options.more_main_cf = "delay_warning_time = 10m\n"; }, 1, "a delay is reported at"},
    {"sends-in-the-clear", "TLS policies are not asked",
     [](ScenarioOptions& options) { options.more_main_cf = "smtp_tls_policy_maps =\nsmtp_tls_security_level = none\n"; }, 2, "came in the clear"},
    {"encrypts-all", "TLS policies are not asked, and TLS is used where it can be",
     [](ScenarioOptions& options) { options.more_main_cf = "smtp_tls_policy_maps =\nsmtp_tls_security_level = may\n"; }, 9, "came encrypted"},
    {"sends-eight-bit", "8-bit content is not converted", [](ScenarioOptions& options) { options.more_main_cf = "disable_mime_output_conversion = yes\n"; }, 4,
     "for a server without 8BITMIME"},
    {"forgets-to-log-in", "next hops get mail without a login", [](ScenarioOptions& options) { options.more_main_cf = "smtp_sasl_auth_enable = no\n"; }, 8, "without a login"},
    {"forgets-sender-routes", "the sender decides nothing", [](ScenarioOptions& options) { options.more_main_cf = "sender_dependent_relayhost_maps =\n"; }, 1, "is to go to"},
    {"ignores-logins", "who has logged in has no rights",
     [](ScenarioOptions& options) { options.more_main_cf = "smtpd_relay_restrictions = permit_mynetworks, reject_unauth_destination\n"; }, 2, "refused for good"},
    {"passes-milters-by", "milters are not asked", [](ScenarioOptions& options) { options.more_main_cf = "smtpd_milters =\nnon_smtpd_milters =\n"; }, 1, "came without X-Milter: "},
    {"passes-checks-by", "headers are not looked at", [](ScenarioOptions& options) { options.more_main_cf = "header_checks =\n"; }, 4, "came without X-Checked: "},
    {"accepts-without-milters", "a milter that is away is no reason to wait", [](ScenarioOptions& options) { options.more_main_cf = "milter_default_action = accept\n"; }, 1, "came without X-Milter: "},
    {"forgets-aliases", "aliases stand for nobody", [](ScenarioOptions& options) { options.more_main_cf = "virtual_alias_maps =\n"; }, 8, "accepted and lost"},
    {"greets-too-many", "more clients at a time than configured", [](ScenarioOptions& options) { options.more_main_cf = "default_process_limit = 100\n"; }, 257,
     "were greeted at a time"},
    {"starves-healthy", "a dead provider gets all delivery slots",
     [](ScenarioOptions& options) {
         in_story<StoryKind::dead_provider>(options, "default_process_limit = 10\ndefault_destination_concurrency_limit = 100\n"
                                                     "initial_destination_concurrency = 100\ndefault_destination_concurrency_failed_cohort_limit = 0\n");
     },
     1, "took"},
};

}  // namespace

std::span<const Mutation> all_mutations() { return mutations; }

const Mutation* find_mutation(std::string_view name) {
    const auto found = std::ranges::find(mutations, name, &Mutation::name);
    return found == std::end(mutations) ? nullptr : &*found;
}

}  // namespace posthouse::sim
