#include "receive/pickup.hpp"

#include "base/format.hpp"
#include "smtp/dot_reader.hpp"

namespace posthouse::receive {

namespace {

constexpr std::size_t block_size = 64 * 1024;
// What a file may have besides its content: the longest list of recipients that makes sense, and more.
constexpr std::uint64_t head_size_max = 16 * 1024 * 1024;

std::string refusal_text(const mail::IntakeRefusal& refusal) {
    using Reason = mail::IntakeRefusal::Reason;
    if (!refusal.text.empty()) {
        return refusal.text;
    }
    switch (refusal.reason) {
        case Reason::message_too_big: return "message file too big";
        case Reason::too_many_hops: return "too many hops";
        case Reason::rejected:
        case Reason::returned:
        case Reason::rejected_for_now: return "message content rejected";
        case Reason::insufficient_storage: return "queue file system is full";
        case Reason::spool_failure: break;
    }
    return "queue file write error";
}

bool is_passing(mail::IntakeRefusal::Reason reason) {
    using Reason = mail::IntakeRefusal::Reason;
    return reason == Reason::insufficient_storage || reason == Reason::spool_failure || reason == Reason::rejected_for_now;
}

}  // namespace

PickupSettings PickupSettings::from(const config::View& view) {
    PickupSettings out;
    out.label = view.text("syslog_name") + "/pickup";
    out.queue_directory = view.text("queue_directory");
    out.myhostname = view.text("myhostname");
    out.mail_name = view.text("mail_name");
    out.message_size_limit = view.size("message_size_limit");
    return out;
}

std::string local_received_header(const PickupSettings& settings, mail::QueueId id, std::uint32_t uid, world::WallTime when) {
    return base::format("Received: by {} ({}, from userid {})\r\n\tid {}; {}\r\n", settings.myhostname, settings.mail_name, uid, id.text(),
                        message::mail_date(when, settings.zone ? settings.zone(when) : message::Zone{}));
}

Pickup::Pickup(std::function<PickupSettings()> settings, Doors doors) : settings_(std::move(settings)), doors_(doors) {}

void Pickup::start() {
    tasks_.spawn(run());
    tasks_.spawn(tick());
}

void Pickup::scan_now() {
    requested_ = true;
    request_.notify_all();
}

world::Task<void> Pickup::stop() { return tasks_.stop(); }

world::Task<void> Pickup::run() {
    for (;;) {
        requested_ = false;
        co_await scan(settings_());
        while (!requested_) {
            co_await request_.wait();
        }
    }
}

world::Task<void> Pickup::tick() {
    for (;;) {
        co_await doors_.core.clock.sleep_for(settings_().wakeup);
        scan_now();
    }
}

world::Task<void> Pickup::scan(PickupSettings settings) {
    const auto list = [&files = doors_.files, folder = settings.queue_directory + "/maildrop"] { return files.list(folder); };
    const auto names = co_await world::off_core(doors_.pool, doors_.core.executor, list);
    if (!names) {
        doors_.events.warn(settings.label, "maildrop: " + names.error().text);
        co_return;
    }
    std::erase_if(taken_, [&](const std::string& name) { return !std::binary_search(names->begin(), names->end(), name); });
    for (const std::string& name : *names) {
        if (!mail::is_maildrop_name(name)) {
            continue;
        }
        if (taken_.contains(name)) {
            co_await remove(settings, name);
            continue;
        }
        const Next next = co_await take(settings, name);
        if (next == Next::end_scan) {
            co_return;
        }
    }
}

world::Task<Pickup::Next> Pickup::take(PickupSettings settings, std::string name) {
    const std::string path = settings.queue_directory + "/maildrop/" + name;
    const auto look = [&files = doors_.files, path] { return files.info(path); };
    const auto info = co_await world::off_core(doors_.pool, doors_.core.executor, look);
    if (!info) {
        co_return Next::go_on;  // gone again: postsuper -d
    }
    const std::uint64_t limit = settings.message_size_limit.count;
    if (info->is_directory || (limit > 0 && info->size > limit + head_size_max)) {
        co_await set_aside(settings, name, info->is_directory ? "not a file" : "message file too big");
        co_return Next::go_on;
    }
    const auto read = [&files = doors_.files, path] { return files.read(path); };
    auto file = co_await world::off_core(doors_.pool, doors_.core.executor, read);
    if (!file) {
        if (file.error().kind != base::ErrorKind::not_found) {
            doors_.events.warn(settings.label, base::format("maildrop/{}: {}", name, file.error().text));
        }
        co_return Next::go_on;
    }
    // From here to the deletion of the file nothing stops half-way.
    auto submission = submit(std::move(settings), std::move(name), std::move(*file), info->modified);
    co_return co_await world::uncancellable(std::move(submission));
}

world::Task<Pickup::Next> Pickup::submit(PickupSettings settings, std::string name, std::string file, world::WallTime modified) {
    auto view = mail::decode_maildrop(file);
    if (!view) {
        co_await set_aside(settings, name, view.error().text);
        co_return Next::go_on;
    }
    mail::Submission& submission = view->submission;
    if (!doors_.intake.has_room({submission.content_size})) {
        doors_.events.warn(settings.label, "queue file system is full: mail stays in maildrop");
        co_return Next::end_scan;
    }
    auto intake = doors_.intake.begin(mail::MailSource::pickup, doors_.core);
    const std::string id = intake->queue_id().text();
    doors_.events.on(settings.label, observe::LocalSubmission{id, submission.uid, submission.envelope.reverse_path.address()});
    submission.envelope.arrival = std::min(modified, doors_.core.clock.wall_now());
    std::string content = local_received_header(settings, intake->queue_id(), submission.uid, submission.envelope.arrival);
    intake->set_envelope(std::move(submission.envelope));

    smtp::DotReader reader({.framing = smtp::Framing::counted});
    for (std::string_view rest = view->content; !rest.empty();) {
        const auto fed = reader.feed(rest.substr(0, block_size), content);
        rest.remove_prefix(fed.consumed);
        co_await intake->write(content);
        content.clear();
    }
    reader.finish(content);
    co_await intake->write(content);
    const auto committed = co_await intake->finish();
    const bool is_returned = !committed && committed.error().reason == mail::IntakeRefusal::Reason::returned;  // whoever sent it has been told
    if (committed || is_returned) {
        co_await remove(settings, name);
        co_return Next::go_on;
    }
    const std::string why = refusal_text(committed.error());
    if (committed.error().reason == mail::IntakeRefusal::Reason::rejected_for_now) {
        // The others may be welcome.
        doors_.events.on(settings.label, observe::Remark{observe::Severity::info, id, why + ": mail stays in maildrop"});
        co_return Next::go_on;
    }
    if (is_passing(committed.error().reason)) {
        doors_.events.on(settings.label, observe::Remark{observe::Severity::warning, id, why + ": mail stays in maildrop"});
        co_return Next::end_scan;
    }
    co_await set_aside(settings, name, why);
    co_return Next::go_on;
}

world::Task<void> Pickup::remove(PickupSettings settings, std::string name) {
    const auto unlink = [&files = doors_.files, path = settings.queue_directory + "/maildrop/" + name] { return files.remove(path); };
    const auto removed = co_await world::off_core(doors_.pool, doors_.core.executor, unlink);
    if (removed || removed.error().kind == base::ErrorKind::not_found) {
        taken_.erase(name);
        co_return;
    }
    taken_.insert(name);
    doors_.events.warn(settings.label, base::format("maildrop/{} is in the queue, but cannot be removed: {}", name, removed.error().text));
}

world::Task<void> Pickup::set_aside(PickupSettings settings, std::string name, std::string why) {
    const auto move = [&files = doors_.files, directory = settings.queue_directory, name]() -> base::Result<void> {
        const auto made = files.make_directories(directory + "/corrupt", 0700);
        return made ? files.rename(directory + "/maildrop/" + name, directory + "/corrupt/" + name) : made;
    };
    const auto moved = co_await world::off_core(doors_.pool, doors_.core.executor, move);
    doors_.events.warn(settings.label, moved ? base::format("maildrop/{}: {}: moved to corrupt/{}", name, why, name)
                                             : base::format("maildrop/{}: {}: cannot be moved to corrupt: {}", name, why, moved.error().text));
}

}  // namespace posthouse::receive
