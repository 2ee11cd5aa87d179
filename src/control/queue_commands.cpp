// list, flush, delete, hold, release, requeue and cat: what an administrator does to the queue.
#include "base/text.hpp"
#include "control/admin_session.hpp"
#include "mail/flush_site.hpp"

namespace posthouse::control {
namespace {

constexpr std::size_t page_size = 200;
constexpr std::size_t output_size = 64 * 1024;

// Queue ids are times of arrival: mail that comes while "ALL" is worked on is not part of all.
mail::QueueId newest_id(world::Clock& clock) {
    const auto now = clock.wall_now().time_since_epoch();
    return {static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::microseconds>(now).count())};
}

}  // namespace

world::Task<AdminSession::Next> AdminSession::list() {
    mail::QueueId after;
    const mail::QueueId last = newest_id(services_.home.clock);
    for (;;) {
        const auto page = co_await services_.queue.list(after, page_size, services_.home);
        if (!page) {
            co_return co_await error(page.error());
        }
        for (const mail::ListedMessage& listed : *page) {
            after = listed.message.id;
            append_listing(stream_.output(), listed, ShowRecipients::undelivered);
            if (stream_.queued() >= output_size) {
                const bool sent = co_await flush_output();
                if (!sent) {
                    co_return Next::close;
                }
            }
        }
        if (page->size() < page_size || after > last) {
            break;
        }
    }
    co_return co_await ok();
}

world::Task<AdminSession::Next> AdminSession::flush(mail::Record request) {
    if (request.word == "flush") {
        const auto done = co_await services_.queue.flush(services_.home);
        if (!done) {
            co_return co_await error(done.error());
        }
        co_return co_await ok();
    }
    if (request.word == "flush-site") {
        auto count = co_await flush_site(request.get("site"));
        co_return co_await counted(std::move(count));
    }
    const auto id = mail::QueueId::parse(request.get("id"));
    if (!id) {
        co_return co_await refuse(base::ErrorKind::invalid, "malformed queue ID");
    }
    const auto found = co_await services_.queue.flush_message(*id, services_.home);
    if (!found) {
        co_return co_await error(found.error());
    }
    base::Result<std::uint64_t> count = *found ? 1 : 0;
    co_return co_await counted(std::move(count));
}

world::Task<base::Result<std::uint64_t>> AdminSession::flush_site(std::string site) {
    if (site.empty()) {
        co_return base::fail(base::ErrorKind::invalid, "no site given");
    }
    co_return co_await mail::flush_site(services_.queue, std::move(site), services_.home);
}

world::Task<AdminSession::Next> AdminSession::change(mail::Record request) {
    if (request.get("id") == "ALL") {
        auto count = co_await change_all(std::move(request));
        co_return co_await counted(std::move(count));
    }
    const auto id = mail::QueueId::parse(request.get("id"));
    if (!id) {
        co_return co_await refuse(base::ErrorKind::invalid, "malformed queue ID");
    }
    const auto page = co_await services_.queue.list({id->value - 1}, 1, services_.home);
    if (!page) {
        co_return co_await error(page.error());
    }
    base::Result<std::uint64_t> count = 0;
    const bool there = !page->empty() && page->front().message.id == *id;
    if (there && change_applies(request.word, page->front().queue, request.get("queue"))) {
        const auto done = co_await change_one(request.word, *id);
        if (!done) {
            co_return co_await error(done.error());
        }
        count = *done ? 1 : 0;
    }
    co_return co_await counted(std::move(count));
}

// A page at once, so that its changes share one commit: one after the other, each would wait for the disk.
world::Task<base::Result<std::uint64_t>> AdminSession::change_all(mail::Record request) {
    const auto tally = std::make_shared<Tally>();
    mail::QueueId after;
    const mail::QueueId last = newest_id(services_.home.clock);
    for (;;) {
        const auto page = co_await services_.queue.list(after, page_size, services_.home);
        if (!page) {
            co_return std::unexpected(page.error());
        }
        for (const mail::ListedMessage& listed : *page) {
            after = listed.message.id;
            if (after <= last && change_applies(request.word, listed.queue, request.get("queue"))) {
                changes_.spawn(change_and_count(request.word, after, tally));
            }
        }
        world::Task<void> all_done = changes_.wait_empty();
        co_await world::uncancellable(std::move(all_done));
        if (tally->error) {
            co_return std::unexpected(*tally->error);
        }
        if (page->size() < page_size || after > last) {
            co_return tally->changed;
        }
    }
}

world::Task<void> AdminSession::change_and_count(std::string action, mail::QueueId id, std::shared_ptr<Tally> tally) {
    const auto done = co_await change_one(std::move(action), id);
    if (!done && !tally->error) {
        tally->error = done.error();
    }
    tally->changed += done && *done ? 1 : 0;
}

world::Task<base::Result<bool>> AdminSession::change_one(std::string action, mail::QueueId id) {
    base::Result<bool> done = false;
    if (action == "delete") {
        done = co_await services_.queue.remove(id, services_.home);
    } else if (action == "hold") {
        done = co_await services_.queue.hold(id, services_.home);
    } else if (action == "release") {
        done = co_await services_.queue.release(id, services_.home);
    } else {
        // Addresses were rewritten when the message came in and are not again: here "requeue" means "free, and try now".
        const auto released = co_await services_.queue.release(id, services_.home);
        const auto flushed = co_await services_.queue.flush_message(id, services_.home);
        if (!released && !flushed) {
            co_return std::unexpected(flushed.error());
        }
        done = (released && *released) || (flushed && *flushed);
    }
    if (done && *done) {
        log_change(action, id);
    }
    co_return done;
}

void AdminSession::log_change(std::string_view action, mail::QueueId id) {
    const std::string speaker = services_.syslog_name + "/postsuper";
    const std::string text = id.text();
    if (action == "delete") {
        services_.events.on(speaker, observe::MessageRemoved{text});
        return;
    }
    const std::string_view what = action == "hold" ? "placed on hold" : action == "release" ? "released from hold" : "requeued";
    services_.events.on(speaker, observe::Remark{observe::Severity::info, text, what});
}

world::Task<AdminSession::Next> AdminSession::cat(mail::Record request) {
    const auto id = mail::QueueId::parse(request.get("id"));
    if (!id) {
        co_return co_await refuse(base::ErrorKind::invalid, "malformed queue ID");
    }
    const auto page = co_await services_.queue.list({id->value - 1}, 1, services_.home);
    if (!page) {
        co_return co_await error(page.error());
    }
    if (page->empty() || page->front().message.id != *id) {
        co_return co_await refuse(base::ErrorKind::not_found, "no such message");
    }
    append_listing(stream_.output(), page->front(), ShowRecipients::all);
    const std::shared_ptr<mail::ContentSource> source = services_.queue.content(*id, services_.home);
    if (source == nullptr) {
        co_return co_await refuse(base::ErrorKind::not_found, "no such message");
    }
    const auto reader = co_await source->open();
    if (!reader) {
        co_return co_await error(reader.error());
    }
    for (;;) {
        const auto block = co_await (*reader)->next();
        if (!block) {
            co_return co_await error(block.error());
        }
        if (*block == nullptr) {
            break;
        }
        mail::Record chunk("chunk");
        chunk.add("size", (*block)->size());
        put(chunk);
        stream_.queue(**block);
        const bool sent = co_await flush_output();
        if (!sent) {
            co_return Next::close;
        }
    }
    co_return co_await ok();
}

}  // namespace posthouse::control
