// NextHop: what a message that was taken means to the ledger.
#include "base/format.hpp"
#include "sim/peers/next_hop.hpp"
#include "sim/peers/received_mail.hpp"

namespace posthouse::sim {

bool NextHop::is_notification(const Session& session, const std::string& content) const {
    const Submission* sent = session.reverse_path.empty() ? ledger_.find(examine(content).key) : nullptr;
    return session.reverse_path.empty() && (sent == nullptr || !sent->sender.empty());
}

std::vector<Promise> NextHop::take_notification(Session& session, const std::string& content, Taken taken) {
    const ReceivedMail mail = examine(content);
    const Submission* sent = ledger_.find(mail.key);
    const std::string& to = session.recipients.front();
    if (mail.reports_a_report) {
        ledger_.complain("a notification about a notification went to " + to);
    }
    if (sent == nullptr || session.recipients.size() != 1 || sent->sender != to) {
        ledger_.complain("the notification for " + mail.key + " went to " + to);
        return {};
    }
    std::vector<Promise> out;
    using Word = Ledger::Word;
    for (const auto& [word, recipients] : {std::pair{Word::failed, &mail.failed_recipients}, std::pair{Word::delayed, &mail.delayed_recipients},
                                           std::pair{Word::done, &mail.done_recipients}}) {
        for (const std::string& recipient : *recipients) {
            ledger_.noticed({mail.key, recipient}, word, mail.message_id);
            if (word == Word::failed) {
                ledger_.bounced(mail.key, recipient, host_.clock.now());
                out.emplace_back(mail.key, recipient);
                if (session.doubtful_mail || session.doubtful.contains(to)) {
                    ledger_.delivery_uncertain(mail.key, recipient);
                }
            }
            if (word != Word::failed) {
                session.unconfirmed_notices.emplace_back(mail.key, recipient);
                if (session.doubtful_mail || session.doubtful.contains(to)) {
                    ledger_.notice_uncertain(mail.key, recipient);
                }
            }
            if (taken == Taken::yes || word != Word::failed) {
                ledger_.told(mail.key, recipient, word, host_.clock.now());
            }
        }
    }
    host_.world.scheduler.note((taken == Taken::yes ? "notification for " : "refused notification for ") + mail.key);
    return out;
}

// What the client asked for in RFC 3461's terms travels on, to those who know them.
void NextHop::check_parameters(const Session& session, const std::string& key) {
    const Submission* sent = ledger_.find(key);
    if (sent == nullptr || !session.knows_dsn) {
        return;
    }
    const auto expect = [&](const std::string& parameters, const std::string& name, const std::string& value) {
        const std::string wanted = value.empty() ? "" : " " + name + "=" + value;
        const bool there = parameters.find(" " + name + "=") != std::string::npos;
        if (there != !value.empty() || (parameters + " ").find(wanted + (value.empty() ? "" : " ")) == std::string::npos) {
            ledger_.complain(base::format("{}: {} was {}, and became{}", key, name, value.empty() ? "not asked for" : value, parameters));
        }
    };
    expect(session.mail_parameters, "RET", sent->ret);
    expect(session.mail_parameters, "ENVID", sent->envelope_id);
    for (std::size_t i = 0; i < session.recipients.size(); ++i) {
        const auto notify = sent->notify.find(session.recipients[i]);
        expect(session.recipient_parameters[i], "NOTIFY", notify == sent->notify.end() ? "" : notify->second);
    }
}

// postconf(5): smtp_tls_policy_maps, sender_dependent_relayhost_maps, smtp_sasl_password_maps.
void NextHop::check_protection(const Session& session, const std::string& recipient) {
    using Protection = DeliveryRules::Protection;
    const std::string& sender = session.reverse_path;
    const Protection wanted = rules_.protection(sender, recipient);
    if (wanted == Protection::encrypt && !session.encrypted) {
        ledger_.complain(base::format("{}: {} came in the clear, encrypt was asked", settings_.name, recipient));
    }
    if (wanted == Protection::none && session.encrypted) {
        ledger_.complain(base::format("{}: {} came encrypted, none was asked", settings_.name, recipient));
    }
    if (rules_.routes(sender) && settings_.name != rules_.routed_name) {
        ledger_.complain(base::format("{}: mail from {} is to go to {}", settings_.name, sender, rules_.routed_name));
    }
    if (session.knows_login && settings_.name == rules_.login_at && !rules_.routes(sender) && !session.logged_in) {
        ledger_.complain(base::format("{}: {} came without a login", settings_.name, recipient));
    }
    const bool international = std::ranges::any_of(recipient, [](char c) { return static_cast<unsigned char>(c) > 127; });
    if (international && (!session.offered_utf8 || session.mail_parameters.find(" SMTPUTF8") == std::string::npos)) {
        ledger_.complain(base::format("{}: {} came without SMTPUTF8", settings_.name, recipient));
    }
}

// RFC 6152: without 8BITMIME there is no 8-bit content; with it, content that was announced as such stays so.
void NextHop::check_content(const Session& session, const std::string& key, bool has_eight_bit) {
    if (has_eight_bit && !session.offered_eight_bit) {
        ledger_.complain(base::format("{}: {} has 8-bit content for a server without 8BITMIME", settings_.name, key));
    }
    if (has_eight_bit && session.mail_parameters.find(" BODY=8BITMIME") == std::string::npos) {
        ledger_.complain(base::format("{}: {} has 8-bit content that is not announced", settings_.name, key));
    }
}

std::vector<Promise> NextHop::take(Session& session, const std::string& content) {
    ++messages_;
    std::vector<Promise> out;
    if (is_notification(session, content)) {
        return take_notification(session, content, Taken::yes);
    }
    if (session.reverse_path.starts_with("double-bounce@")) {
        return out;  // the postmaster hears of the disk
    }
    const ReceivedMail mail = examine(content);
    const Submission* sent = ledger_.find(mail.key);
    if (sent != nullptr && sent->sender != session.reverse_path) {
        ledger_.complain(mail.key + ": its reverse-path became " + session.reverse_path);
    }
    const std::string_view header = std::string_view(content).substr(0, content.find("\r\n\r\n") + 2);
    for (const std::string& mark : rules_.marks) {
        if (header.find("\r\n" + mark + "\r\n") == std::string_view::npos) {
            ledger_.complain(base::format("{}: {} came without {}", settings_.name, mail.key, mark));
        }
    }
    check_parameters(session, mail.key);
    check_content(session, mail.key, mail.has_eight_bit);
    ledger_.compare_body(mail.key, mail.body);
    for (const std::string& recipient : session.recipients) {
        ledger_.delivered(mail.key, recipient, host_.clock.now(), session.knows_dsn ? Ledger::Duty::passed_on : Ledger::Duty::ours);
        if (session.doubtful_mail || session.doubtful.contains(recipient)) {
            ledger_.delivery_uncertain(mail.key, recipient);
        }
        host_.world.scheduler.note("delivered " + mail.key + " " + recipient);
        out.emplace_back(mail.key, recipient);
    }
    return out;
}

}  // namespace posthouse::sim
