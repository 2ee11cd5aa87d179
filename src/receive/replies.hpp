#pragma once
// Every reply text of the server side in one place, worded as Postfix's smtpd words it: log readers and people know them.
#include <string>
#include <string_view>

#include "mail/committed.hpp"
#include "mail/intake.hpp"
#include "smtp/reply.hpp"

namespace posthouse::receive::replies {

[[nodiscard]] smtp::Reply greeting(std::string_view banner);
[[nodiscard]] smtp::Reply ok();
[[nodiscard]] smtp::Reply sender_ok();
[[nodiscard]] smtp::Reply recipient_ok();
[[nodiscard]] smtp::Reply bye();
[[nodiscard]] smtp::Reply start_mail_input();
/// The positive reply to mail data: only a Committed message gets one.
[[nodiscard]] smtp::Reply accepted(const mail::Committed& committed);
[[nodiscard]] smtp::Reply accepted_chunks(const mail::Committed& committed, std::uint64_t bytes);
[[nodiscard]] smtp::Reply chunk_received(std::uint64_t bytes);
[[nodiscard]] smtp::Reply refused(const mail::IntakeRefusal& refusal);

[[nodiscard]] smtp::Reply not_recognized();
[[nodiscard]] smtp::Reply not_implemented();
/// To a client that does not wait for its turn to speak.
[[nodiscard]] smtp::Reply out_of_step();
[[nodiscard]] smtp::Reply cannot_break_rules();
[[nodiscard]] smtp::Reply must_start_tls();
[[nodiscard]] smtp::Reply too_many_errors(std::string_view myhostname);
[[nodiscard]] smtp::Reply timeout_exceeded(std::string_view myhostname);
[[nodiscard]] smtp::Reply shutting_down(std::string_view myhostname);
[[nodiscard]] smtp::Reply too_many_connections(std::string_view myhostname, std::string_view address);
[[nodiscard]] smtp::Reply connection_rate_exceeded(std::string_view myhostname, std::string_view address);
[[nodiscard]] smtp::Reply configuration_error(std::string_view myhostname);
[[nodiscard]] smtp::Reply local_error(std::string_view myhostname);
[[nodiscard]] smtp::Reply undeclared_smtputf8();
[[nodiscard]] smtp::Reply local_data_error(std::string_view myhostname);
[[nodiscard]] smtp::Reply insufficient_storage();
[[nodiscard]] smtp::Reply message_too_big();

}  // namespace posthouse::receive::replies
