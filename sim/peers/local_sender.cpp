#include "sim/peers/local_sender.hpp"

#include "base/format.hpp"
#include "mail/maildrop_format.hpp"

namespace posthouse::sim {

namespace {

std::string as_file(const Submission& submission) {
    mail::Submission out;
    out.uid = 1000;
    if (!submission.sender.empty()) {
        out.envelope.reverse_path = mail::ReversePath(submission.sender);
    }
    for (const std::string& address : submission.recipients) {
        mail::Recipient recipient;
        recipient.address = recipient.original_address = address;
        out.envelope.recipients.push_back(std::move(recipient));
    }
    return mail::encode_maildrop(std::move(out), base::format("From: <{}>\r\nX-Sim-Key: {}\r\nSubject: local\r\n\r\n{}", submission.sender, submission.key, submission.body));
}

}  // namespace

world::Task<void> LocalSender::leave_all(std::vector<Submission> mail) {
    constexpr std::chrono::seconds look_again{10};
    for (const Submission& submission : mail) {
        co_await clock_.sleep_for(scheduler_.random().below(3'600'000) * std::chrono::milliseconds{1});
        while (!machine_.powered()) {
            co_await clock_.sleep_for(look_again);
        }
        ledger_.announce(submission);
        machine_.files().drop("/var/spool/postfix/maildrop/" + submission.key, as_file(submission));
        scheduler_.note("left in the maildrop: " + submission.key);
        for (const std::string& recipient : submission.recipients) {
            ledger_.accepted_locally(submission.key, recipient, scheduler_.now());
        }
    }
}

}  // namespace posthouse::sim
