#include "deliver/virtual_mailbox/agent.hpp"

#include <algorithm>

#include "base/case_fold.hpp"
#include "base/format.hpp"
#include "base/text.hpp"
#include "deliver/virtual_mailbox/maildir.hpp"
#include "message/header_scanner.hpp"
#include "smtp/address.hpp"
#include "tables/address_lookup.hpp"

namespace posthouse::deliver {
namespace {

using mail::Outcome;

Outcome failed(const base::Error& error) {
    return Outcome::deferred("4.2.0", base::format("maildir delivery failed: {}", error.text));
}

Outcome cannot_read(const base::Error& error) {
    return Outcome::deferred("4.3.0", base::format("cannot read the message: {}", error.text));
}

std::string one_line(std::string_view text) {
    return base::printable(text);
}

// What only the final delivery adds (RFC 5321 §4.4), in the order that Postfix writes.
std::string added_headers(const mail::Envelope& envelope, const mail::Recipient& recipient, std::string_view address) {
    const std::string& original = recipient.original_address.empty() ? recipient.address : recipient.original_address;
    return base::format("Return-Path: <{}>\nX-Original-To: {}\nDelivered-To: {}\n",
                        smtp::quote_address(envelope.reverse_path.address()),
                        one_line(original.empty() ? address : std::string_view(original)), one_line(address));
}

bool names_delivery_to(const std::vector<message::HeaderField>& fields, std::string_view address) {
    return std::any_of(fields.begin(), fields.end(), [address](const message::HeaderField& field) {
        return base::iequals(field.name, "Delivered-To") && base::equal_folded(field.value(), address);
    });
}

// A table may build paths from parts of an address, which strangers choose.
bool stays_below_base(std::string_view value) {
    const auto parts = base::split_fields(value, '/');
    return value.find('\0') == std::string_view::npos &&
           std::none_of(parts.begin(), parts.end(), [](std::string_view part) { return part == ".."; });
}

/// Looks for a Delivered-To of the same recipient while the content passes by.
class LoopDetector {
public:
    explicit LoopDetector(std::string address) : address_(std::move(address)) {}
    [[nodiscard]] bool loops(std::string_view block) {
        if (scanner_.end() == message::HeaderScanner::End::none) {
            std::vector<message::HeaderField> fields;
            static_cast<void>(scanner_.feed(block, fields));
            return names_delivery_to(fields, address_);
        }
        return false;
    }

private:
    std::string address_;
    message::HeaderScanner scanner_;
};

}  // namespace

VirtualMailboxSettings VirtualMailboxSettings::from(const config::View& view) {
    VirtualMailboxSettings out;
    out.speaker = view.text("syslog_name") + "/virtual";
    out.myhostname = view.text("myhostname");
    out.virtual_mailbox_base = view.text("virtual_mailbox_base");
    out.virtual_mailbox_limit = view.size("virtual_mailbox_limit");
    out.recipient_delimiter = view.text("recipient_delimiter");
    out.virtual_minimum_uid = view.integer("virtual_minimum_uid");
    return out;
}

VirtualMailboxAgent::VirtualMailboxAgent(VirtualMailboxSettings settings, VirtualMailboxTables tables,
                                         world::Core& home, world::Files& files, world::BlockingPool& pool,
                                         observe::EventSink& events)
    : settings_(std::move(settings)),
      tables_(std::move(tables)),
      home_(home),
      files_(files),
      pool_(pool),
      events_(events) {}

world::Task<std::vector<Outcome>> VirtualMailboxAgent::deliver(mail::DeliveryRequest request) {
    // A file that was renamed into place must be known as delivered; local work is short, so all of it is finished.
    world::Task<std::vector<Outcome>> all = deliver_all(request);
    co_return co_await world::uncancellable(std::move(all));
}

world::Task<std::vector<Outcome>> VirtualMailboxAgent::deliver_all(const mail::DeliveryRequest& request) {
    std::vector<Outcome> out;
    for (std::size_t i = 0; i < request.recipients.size(); ++i) {
        const auto began = home_.clock.now();
        Outcome outcome = co_await deliver_one(request, i);
        outcome.relay = "virtual";
        outcome.action = "delivered";
        outcome.transmission_delay = std::chrono::duration_cast<std::chrono::microseconds>(home_.clock.now() - began);
        out.push_back(std::move(outcome));
    }
    co_return out;
}

world::Task<Outcome> VirtualMailboxAgent::deliver_one(const mail::DeliveryRequest& request, std::size_t recipient) {
    const std::string& address = request.addresses[recipient];
    const tables::IsLocalDomain none_is_local;
    const auto match = co_await tables::find_mail_address(tables_.virtual_mailbox_maps, base::fold_case(address), settings_.recipient_delimiter, none_is_local);
    const tables::Lookup& mailbox = match.lookup;
    if (mailbox.is_absent()) {
        co_return Outcome::bounced("5.1.1", base::format("unknown user: \"{}\"", address));
    }
    std::string problem;
    if (mailbox.is_unknown()) {
        problem = base::format("virtual_mailbox_maps lookup error for {}: {}", address, mailbox.reason);
    } else if (!mailbox.value.ends_with('/')) {
        problem =
            base::format("mailbox of {} is not a maildir (\"{}\" does not end in '/'), which is not supported yet",
                         address, mailbox.value);
    } else if (!stays_below_base(mailbox.value)) {
        problem = base::format("mailbox of {} would leave virtual_mailbox_base: {}", address, mailbox.value);
    }
    if (!problem.empty()) {
        events_.warn(settings_.speaker, problem);
        co_return Outcome::deferred("4.3.5", "mail system configuration error");
    }
    if (settings_.virtual_mailbox_limit.count > 0 && request.envelope->size > settings_.virtual_mailbox_limit) {
        co_return Outcome::bounced("5.2.2", "maildir delivery failed: error writing message: File too large");
    }
    std::string directory = settings_.virtual_mailbox_base + '/' + mailbox.value;
    directory.resize(directory.find_last_not_of('/') + 1);
    auto files = co_await files_of_owner(base::fold_case(address));
    if (!files) {
        events_.warn(settings_.speaker, files.error().text);
        co_return Outcome::deferred("4.3.5", "mail system configuration error");
    }
    if (request.envelope->only_asks()) {
        co_return Outcome::delivered("2.0.0", "delivers to maildir");
    }
    co_return co_await write_message(request, recipient, std::move(directory), std::move(*files));
}

world::Task<base::Result<std::uint32_t>> VirtualMailboxAgent::find_number(const tables::MapList& maps, std::string_view parameter, std::string address, std::int64_t least) {
    const tables::IsLocalDomain none_is_local;
    const auto match = co_await tables::find_mail_address(maps, address, settings_.recipient_delimiter, none_is_local);
    const tables::Lookup& found = match.lookup;
    if (found.is_unknown()) {
        co_return base::fail(base::ErrorKind::unavailable, base::format("{} lookup error for {}: {}", parameter, address, found.reason));
    }
    if (found.is_absent()) {
        co_return base::fail(base::ErrorKind::not_found, base::format("recipient {}: not found in {}", address, parameter));
    }
    const auto number = base::parse_number(found.value);
    constexpr std::uint64_t greatest = 0xfffffffe;  // one more means "unchanged" to the system
    if (!number || *number > greatest || *number == 0 || static_cast<std::int64_t>(*number) < least) {
        co_return base::fail(base::ErrorKind::invalid, base::format("recipient {}: bad number {} in {}", address, found.value, parameter));
    }
    co_return static_cast<std::uint32_t>(*number);
}

world::Task<base::Result<std::shared_ptr<world::Files>>> VirtualMailboxAgent::files_of_owner(std::string address) {
    struct Ourselves {
        void operator()(world::Files*) const {}  // not ours to delete
    };
    if (!files_.acts_for_others()) {
        co_return std::shared_ptr<world::Files>(&files_, Ourselves{});
    }
    world::Task<base::Result<std::uint32_t>> finding_user = find_number(tables_.virtual_uid_maps, "virtual_uid_maps", address, settings_.virtual_minimum_uid);
    const auto user_id = co_await std::move(finding_user);
    if (!user_id) {
        co_return std::unexpected(user_id.error());
    }
    world::Task<base::Result<std::uint32_t>> finding_group = find_number(tables_.virtual_gid_maps, "virtual_gid_maps", address, 0);
    const auto group_id = co_await std::move(finding_group);
    if (!group_id) {
        co_return std::unexpected(group_id.error());
    }
    const world::FileUser owner{*user_id, *group_id};
    co_return std::shared_ptr<world::Files>(files_.as_user(owner));
}

world::Task<Outcome> VirtualMailboxAgent::write_message(const mail::DeliveryRequest& request, std::size_t recipient,
                                                        std::string directory, std::shared_ptr<world::Files> files) {
    const std::string& address = request.addresses[recipient];
    auto reader = co_await request.content->open();
    if (!reader) {
        co_return cannot_read(reader.error());
    }
    std::string name =
        maildir_file_name(home_.clock.wall_now(), request.id.text(), home_.random.next(), settings_.myhostname);
    auto create = [files = std::move(files), directory = std::move(directory), name = std::move(name)] {
        return MaildirFile::create(files, directory, name);
    };
    world::Task<base::Result<std::unique_ptr<MaildirFile>>> creating =
        world::off_core(pool_, home_.executor, std::move(create));
    auto created = co_await std::move(creating);
    if (!created) {
        co_return failed(created.error());
    }
    const std::shared_ptr<MaildirFile> file = std::move(*created);
    std::string pending =
        added_headers(*request.envelope, request.envelope->recipients[request.recipients[recipient]], address);
    LineEndConverter converter;
    LoopDetector detector(address);
    for (;;) {
        auto block = co_await (*reader)->next();
        if (!block) {
            co_return cannot_read(block.error());
        }
        if (*block == nullptr) {
            break;
        }
        if (detector.loops(**block)) {
            co_return Outcome::bounced("5.4.6", base::format("mail forwarding loop for {}", address));
        }
        converter.append(**block, pending);
        auto write = [file, bytes = std::exchange(pending, {})] { return file->write(bytes); };
        world::Task<base::Result<void>> writing = world::off_core(pool_, home_.executor, std::move(write));
        const auto written = co_await std::move(writing);
        if (!written) {
            co_return failed(written.error());
        }
    }
    converter.finish(pending);
    auto commit = [file, bytes = std::move(pending)]() -> base::Result<MaildirFile::InNew> {
        auto written = file->write(bytes);
        return written ? file->commit() : std::unexpected(written.error());
    };
    world::Task<base::Result<MaildirFile::InNew>> committing = world::off_core(pool_, home_.executor, std::move(commit));
    const auto committed = co_await std::move(committing);
    if (!committed) {
        co_return failed(committed.error());
    }
    if (!committed->why_not_synced.empty()) {
        events_.on(settings_.speaker, observe::Remark{observe::Severity::warning, request.id.text(), base::format("delivered to the maildir of {}, but a crash may undo it: {}", address, committed->why_not_synced)});
    }
    co_return Outcome::delivered("2.0.0", "delivered to maildir");
}

}  // namespace posthouse::deliver
