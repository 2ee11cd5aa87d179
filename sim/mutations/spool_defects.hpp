#pragma once
// Defects of a spool, each a small lie to those who use it.
#include <memory>

#include "sim/mutations/pass_through_spool.hpp"
#include "sim/scheduler.hpp"

namespace posthouse::sim {

using MakeSpool = std::unique_ptr<mail::Spool> (*)(mail::Spool& spool, Scheduler& scheduler);

// What is written:
std::unique_ptr<mail::Spool> drops_a_recipient(mail::Spool& spool, Scheduler& scheduler);
std::unique_ptr<mail::Spool> forgets_notify(mail::Spool& spool, Scheduler& scheduler);
std::unique_ptr<mail::Spool> names_a_sender_of_bounces(mail::Spool& spool, Scheduler& scheduler);
std::unique_ptr<mail::Spool> loses_the_end(mail::Spool& spool, Scheduler& scheduler);
std::unique_ptr<mail::Spool> keeps_quiet_of_success(mail::Spool& spool, Scheduler& scheduler);
std::unique_ptr<mail::Spool> strips_the_eighth_bit(mail::Spool& spool, Scheduler& scheduler);
std::unique_ptr<mail::Spool> commits_twice(mail::Spool& spool, Scheduler& scheduler);
std::unique_ptr<mail::Spool> marks_notices_apart(mail::Spool& spool, Scheduler& scheduler);
// What is changed:
std::unique_ptr<mail::Spool> retries_early(mail::Spool& spool, Scheduler& scheduler);
std::unique_ptr<mail::Spool> forgets_who_has_it(mail::Spool& spool, Scheduler& scheduler);
std::unique_ptr<mail::Spool> forgets_who_was_told(mail::Spool& spool, Scheduler& scheduler);
std::unique_ptr<mail::Spool> keeps_what_was_removed(mail::Spool& spool, Scheduler& scheduler);
std::unique_ptr<mail::Spool> removes_before_delivery(mail::Spool& spool, Scheduler& scheduler);
std::unique_ptr<mail::Spool> answers_late(mail::Spool& spool, Scheduler& scheduler);
// What is read:
std::unique_ptr<mail::Spool> calls_early(mail::Spool& spool, Scheduler& scheduler);
std::unique_ptr<mail::Spool> skips_in_the_backlog(mail::Spool& spool, Scheduler& scheduler);
std::unique_ptr<mail::Spool> reads_stale_states(mail::Spool& spool, Scheduler& scheduler);
std::unique_ptr<mail::Spool> mixes_up_content(mail::Spool& spool, Scheduler& scheduler);
std::unique_ptr<mail::Spool> repeats_a_block(mail::Spool& spool, Scheduler& scheduler);

}  // namespace posthouse::sim
