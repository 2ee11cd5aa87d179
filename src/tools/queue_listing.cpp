#include "tools/queue_listing.hpp"

#include <ctime>

#include "base/format.hpp"
#include "base/text.hpp"
#include "tools/json_text.hpp"

namespace posthouse::tools {
namespace {

constexpr std::size_t reason_column = 76;  // reasons end there, if they are short enough

std::string arrival_text(std::int64_t seconds) {
    const std::time_t time = seconds;
    std::tm local{};
    char text[32] = "";
    if (localtime_r(&time, &local) != nullptr) {
        std::strftime(text, sizeof(text), "%a %b %e %H:%M:%S", &local);
    }
    return text;
}

std::string_view sender_text(const QueueEntry& entry) { return entry.sender.empty() ? "MAILER-DAEMON" : std::string_view(entry.sender); }

}  // namespace

QueueEntry entry_from(const mail::Record& message) {
    QueueEntry entry;
    entry.queue_name = message.get("queue");
    entry.id = message.get("id");
    entry.size = message.number("size").value_or(0);
    entry.arrival = static_cast<std::int64_t>(message.number("arrival").value_or(0));
    entry.sender = message.get("sender");
    entry.forced_expire = message.get("forced-expire") == "yes";
    return entry;
}

void add_recipient(QueueEntry& entry, const mail::Record& recipient) {
    entry.recipients.push_back({recipient.get("address"), recipient.get("reason")});
}

QueueEntry entry_from(const mail::ListedMessage& listed) {
    QueueEntry entry;
    for (const mail::Record& record : listing_records(listed, control::ShowRecipients::undelivered)) {
        if (record.word == "message") {
            entry = entry_from(record);
        } else {
            add_recipient(entry, record);
        }
    }
    return entry;
}

std::vector<mail::Record> listing_records(const mail::ListedMessage& listed, control::ShowRecipients show) {
    std::string text;
    control::append_listing(text, listed, show);
    std::vector<mail::Record> records;
    for (const std::string_view line : base::split_words(text, "\n")) {
        if (auto record = mail::decode_record(line)) {
            records.push_back(std::move(*record));
        }
    }
    return records;
}

std::string mailq_heading() { return "-Queue ID-  --Size-- ----Arrival Time---- -Sender/Recipient-------\n"; }

std::string mailq_text(const QueueEntry& entry) {
    std::string id = entry.id;
    if (entry.forced_expire) {
        id += '#';
    } else if (entry.queue_name == "active") {
        id += '*';
    } else if (entry.queue_name == "hold") {
        id += '!';
    }
    // Our IDs are longer than Postfix's short ones: the size gives up blanks, so that the columns stay where they are.
    const std::size_t size_width = id.size() > 11 ? std::max<std::size_t>(18 - std::min<std::size_t>(id.size(), 17), 1) : 7;
    std::string out = base::format("{:<11} {:>{}} {:<20} {}\n", id, entry.size, size_width, arrival_text(entry.arrival),
                                   base::printable(sender_text(entry)));
    std::string_view shown;
    for (const QueueEntry::Recipient& recipient : entry.recipients) {
        if (!recipient.reason.empty() && recipient.reason != shown) {
            const std::string reason = base::printable(recipient.reason);
            const std::size_t padding = reason.size() < reason_column ? reason_column - reason.size() : 0;
            out += std::string(padding, ' ') + '(' + reason + ")\n";
            shown = recipient.reason;
        }
        out += std::string(41, ' ') + base::printable(recipient.address) + '\n';
    }
    return out;
}

std::string mailq_summary(std::uint64_t bytes, std::uint64_t messages) {
    if (messages == 0) {
        return "Mail queue is empty\n";
    }
    return base::format("-- {} Kbytes in {} Request{}.\n", bytes / 1024, messages, messages == 1 ? "" : "s");
}

std::string json_text(const QueueEntry& entry) {
    std::string out = base::format(
        R"({{"queue_name": {}, "queue_id": {}, "arrival_time": {}, "message_size": {}, "forced_expire": {}, "sender": {}, "recipients": [)",
        json_string(entry.queue_name), json_string(entry.id), entry.arrival, entry.size, entry.forced_expire ? "true" : "false",
        json_string(sender_text(entry)));
    for (std::size_t i = 0; i < entry.recipients.size(); ++i) {
        const QueueEntry::Recipient& recipient = entry.recipients[i];
        out += i == 0 ? "" : ", ";
        out += R"({"address": )" + json_string(recipient.address);
        if (!recipient.reason.empty()) {
            out += R"(, "delay_reason": )" + json_string(recipient.reason);
        }
        out += '}';
    }
    return out + "]}\n";
}

}  // namespace posthouse::tools
