#include "sim/peers/smtp_client.hpp"

#include "base/text.hpp"
#include "sim/peers/dialog.hpp"
#include "sim/sim_stream.hpp"

namespace posthouse::sim {

using world::BufferedStream;
using world::Task;

Task<void> SmtpClient::submit_all(std::vector<Submission> submissions) {
    for (Submission& submission : submissions) {
        ledger_.announce(submission);
        for (int tries = 0; !submission.recipients.empty() && tries < settings_.tries_max; ++tries) {
            if (tries > 0) {
                co_await host_.clock.sleep_for(settings_.retry_pause);
            }
            co_await attempt(submission);
        }
        (submission.recipients.empty() ? finished_ : given_up_) += 1;
    }
}

Task<void> SmtpClient::attempt(Submission& submission) {
    auto connected = co_await host_.network.connect(settings_.server, std::nullopt, reply_deadline());
    if (!connected) {
        co_return;
    }
    BufferedStream stream(std::move(*connected));
    const bool ready = co_await open_session(stream);
    if (!ready) {
        co_return;
    }
    const auto counted = judge_ == nullptr ? nullptr : judge_->begin([&stream] { return !dynamic_cast<SimStream&>(stream.stream()).abandoned(); });
    auto taken = co_await envelope(stream, submission);
    if (taken && !taken->empty()) {
        co_await content(stream, submission, std::move(*taken));
    }
    const auto bye = co_await command(stream, "QUIT", reply_deadline());
    if (bye) {
        co_await stream.stream().shutdown(reply_deadline());
    }
}

Task<bool> SmtpClient::open_session(BufferedStream& stream) {
    const auto greeting = co_await read_reply(stream, reply_deadline());
    if (!greeting || greeting->code != 220) {
        co_return false;
    }
    const auto offered = co_await say_hello(stream);
    if (!offered) {
        co_return false;
    }
    if (settings_.tls != nullptr && offered->find("STARTTLS") != std::string::npos) {
        const bool encrypted = co_await start_tls(stream);
        if (!encrypted) {
            co_return false;
        }
    }
    const bool known = settings_.user.empty() || co_await log_in(stream);
    co_return known;
}

Task<std::optional<std::string>> SmtpClient::say_hello(BufferedStream& stream) {
    const auto hello = co_await command(stream, "EHLO " + settings_.helo, reply_deadline());
    co_return hello && hello->code == 250 ? std::optional(hello->text) : std::nullopt;
}

Task<bool> SmtpClient::start_tls(BufferedStream& stream) {
    const auto ready = co_await command(stream, "STARTTLS", reply_deadline());
    if (!ready || ready->code != 220) {
        co_return false;
    }
    world::TlsClientRequest request;
    request.context = settings_.tls;
    const auto session = co_await stream.stream().start_tls_client(std::move(request), reply_deadline());
    if (!session) {
        co_return false;
    }
    const auto offered = co_await say_hello(stream);
    if (offered && offered->find("STARTTLS") != std::string::npos) {
        ledger_.complain("STARTTLS is offered in an encrypted session");
    }
    co_return offered.has_value();
}

Task<bool> SmtpClient::log_in(BufferedStream& stream) {
    const bool mistyped = host_.world.scheduler.random().chance(100);
    std::string response;
    for (const std::string& part : {std::string(), settings_.user, mistyped ? settings_.password + "?" : settings_.password}) {
        response += response.empty() && part.empty() ? "" : std::string(1, '\0') + part;
    }
    const auto reply = co_await command(stream, "AUTH PLAIN " + base::base64_encode(response), reply_deadline());
    if (reply && reply->code == 235 && mistyped) {
        ledger_.complain(settings_.user + " was let in with a wrong password");
    }
    if (reply && reply->code == 535 && !mistyped) {
        ledger_.complain(settings_.user + " was not let in with the right password");
    }
    co_return reply && reply->code == 235;
}

Task<std::optional<std::vector<std::string>>> SmtpClient::envelope(BufferedStream& stream, Submission& submission) {
    std::vector<std::string> lines{"MAIL FROM:<" + submission.sender + ">"};
    lines.front() += submission.eight_bit ? " BODY=8BITMIME" : "";
    lines.front() += submission.international ? " SMTPUTF8" : "";
    lines.front() += submission.ret.empty() ? "" : " RET=" + submission.ret;
    lines.front() += submission.envelope_id.empty() ? "" : " ENVID=" + submission.envelope_id;
    for (const std::string& recipient : submission.recipients) {
        const auto notify = submission.notify.find(recipient);
        lines.push_back("RCPT TO:<" + recipient + settings_.alias_suffix + ">" + (notify == submission.notify.end() ? "" : " NOTIFY=" + notify->second));
    }
    lines.emplace_back("DATA");
    std::vector<int> codes;
    const bool lockstep = settings_.style == SmtpClientSettings::Style::lockstep;
    if (!lockstep) {
        for (const std::string& line : lines) {
            stream.queue(line + "\r\n");
        }
        const auto sent = co_await stream.flush(reply_deadline());
        if (!sent) {
            co_return std::nullopt;
        }
    }
    for (const std::string& line : lines) {
        if (lockstep) {
            stream.queue(line + "\r\n");
            const auto sent = co_await stream.flush(reply_deadline());
            if (!sent) {
                co_return std::nullopt;
            }
        }
        const auto reply = co_await read_reply(stream, reply_deadline());
        if (!reply) {
            break;
        }
        codes.push_back(reply->code);
    }
    std::vector<std::string> taken;
    std::vector<std::string> left;
    for (std::size_t i = 0; i < submission.recipients.size(); ++i) {
        const std::string& recipient = submission.recipients[i];
        const int code = i + 1 < codes.size() ? codes[i + 1] : 0;
        if (code / 100 == 5 && codes.front() == 250) {
            refused_.insert({submission.key, recipient});
            continue;
        }
        left.push_back(recipient);
        if (code / 100 == 2) {
            taken.push_back(recipient);
        }
    }
    submission.recipients = left;
    if (codes.size() < lines.size()) {
        co_return std::nullopt;  // what was heard before counts: a server under stress hangs up after one mistake
    }
    if (codes.back() != 354) {
        taken.clear();
    } else if (taken.empty()) {
        const auto ended = co_await command(stream, ".", reply_deadline());  // pipelined DATA without recipients
        if (ended && ended->code / 100 == 2) {
            ledger_.complain(submission.key + ": mail without recipients was accepted");
        }
    }
    co_return std::move(taken);
}

Task<void> SmtpClient::content(BufferedStream& stream, Submission& submission, std::vector<std::string> taken) {
    std::string text = "From: <" + submission.sender + ">\r\nX-Sim-Key: " + submission.key + "\r\nMessage-ID: <" + submission.key +
                       "@client.example>\r\nSubject: simulated\r\n";
    if (submission.eight_bit) {
        text += "MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n";
    }
    text += "\r\n" + submission.body;
    stream.queue(stuffed(text));
    const auto sent = co_await stream.flush(reply_deadline());
    auto reply = co_await read_reply(stream, reply_deadline());
    for (const std::string& recipient : taken) {
        if (!reply) {
            // Not even all of it may have been sent; that the dot arrived cannot be excluded.
            ledger_.acceptance_uncertain(submission.key, recipient);
        } else if (reply->code / 100 == 2) {
            ledger_.accepted(submission.key, recipient, host_.clock.now());
            std::erase(submission.recipients, recipient);
            host_.world.scheduler.note("accepted " + submission.key + " " + recipient);
            if (!sent) {
                ledger_.complain(submission.key + ": accepted before all of it was sent");
            }
        } else if (reply->code / 100 == 5) {
            refused_.insert({submission.key, recipient});
            std::erase(submission.recipients, recipient);
        }
    }
}

}  // namespace posthouse::sim
