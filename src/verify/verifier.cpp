#include "verify/verifier.hpp"

#include "base/text.hpp"
#include "mail/probe_sender.hpp"
#include "world/race.hpp"

namespace posthouse::verify {

namespace {

using mail::Verification;
using State = Verification::State;

// Lines that wait for the disk; beyond, the whole file is written anew when the disk answers again.
constexpr std::size_t unwritten_max = 1 << 20;
constexpr std::size_t old_lines_allowed = 1000;

Verification verification_of(const mail::Outcome& outcome) {
    switch (outcome.kind) {
        case mail::Outcome::Kind::delivered: return {State::deliverable, outcome.text};
        case mail::Outcome::Kind::deferred: return {State::deferred, outcome.text};
        case mail::Outcome::Kind::bounced: return {State::undeliverable, outcome.text};
    }
    return {State::deferred, outcome.text};
}

// The case of a local-part may matter to its domain; that of a domain never does.
std::string cache_key(std::string address) {
    const std::size_t at = address.rfind('@');
    return at == std::string::npos ? address : address.substr(0, at) + base::lower(std::string_view(address).substr(at));
}

}  // namespace

world::Task<Verification> CachedVerifier::verify(std::string address, std::chrono::seconds patience, world::Core& asker) {
    std::string key = cache_key(doors_.router.rewrite(std::move(address)));
    if (asker.index == doors_.home.index) {
        world::Task<Verification> here = answer(std::move(key), patience);
        co_return co_await std::move(here);
    }
    const Cell cell = std::make_shared<world::OneShot<Verification>>();
    doors_.home.executor.post([this, key = std::move(key), patience, &asker, cell]() mutable {
        if (!stopping_) {
            tasks_.spawn(answer_elsewhere(std::move(key), patience, asker, std::move(cell)));
        }
    });
    co_return co_await cell->wait();
}

world::Task<void> CachedVerifier::answer_elsewhere(std::string address, std::chrono::seconds patience, world::Core& asker, Cell cell) {
    Verification found{State::deferred, "address verification problem"};
    try {
        world::Task<Verification> here = answer(std::move(address), patience);
        found = co_await std::move(here);
    } catch (const std::exception& e) {
        world::report_unexpected(e.what());  // who asked must hear an answer
    }
    asker.executor.post([cell, found = std::move(found)]() mutable { cell->set(std::move(found)); });
}

world::Task<Verification> CachedVerifier::answer(std::string address, std::chrono::seconds patience) {
    co_await be_ready();
    const auto settings = settings_();
    const auto now = doors_.home.clock.wall_now();
    AddressCache::Known known = cache_.look_up(address, now, *settings);
    std::shared_ptr<Pending> pending;
    if (known.probe_wanted) {
        pending = begin_probe(address, *settings);
    }
    if (known.answer) {
        co_return std::move(*known.answer);
    }
    if (!pending) {
        co_return Verification{State::deferred, "too many address verification requests"};
    }
    world::Task<Verification> waiting = wait_for(std::move(pending), patience);
    co_return co_await std::move(waiting);
}

// One probe serves all who ask. Null: there are too many under way.
std::shared_ptr<CachedVerifier::Pending> CachedVerifier::begin_probe(const std::string& address, const VerifySettings& settings) {
    if (const auto found = pending_.find(address); found != pending_.end()) {
        return found->second;
    }
    if (stopping_ || pending_.size() >= settings.address_verify_pending_request_limit) {
        return nullptr;
    }
    auto pending = std::make_shared<Pending>();
    pending_.emplace(address, pending);
    cache_.probe_began(address, doors_.home.clock.wall_now());
    tasks_.spawn(probe(address, pending));
    return pending;
}

world::Task<void> CachedVerifier::probe(std::string address, std::shared_ptr<Pending> pending) {
    Verification found{State::deferred, "address verification problem"};
    try {
        const auto settings = settings_();
        mail::ProbeSender sender{settings->address_verify_sender, settings->address_verify_sender_ttl};
        if (!sender.address.empty()) {
            sender.address = doors_.router.rewrite(sender.address);
        }
        world::Task<mail::Outcome> asking = doors_.prober().probe(address, mail::ReversePath(sender.at(doors_.home.clock.wall_now())), doors_.home);
        const mail::Outcome outcome = co_await std::move(asking);
        found = verification_of(outcome);
        if (const CacheEntry* kept = cache_.update(address, found, doors_.home.clock.wall_now(), *settings_())) {
            write_down(*kept);
        }
    } catch (const std::exception& e) {
        world::report_unexpected(e.what());
    }
    pending_.erase(address);
    pending->answer = std::move(found);
    pending->ended.notify_all();
}

world::Task<Verification> CachedVerifier::wait_for(std::shared_ptr<Pending> pending, std::chrono::seconds patience) {
    struct Waiter {
        static world::Task<void> wait(std::shared_ptr<Pending> one) {
            while (!one->answer) {
                co_await one->ended.wait();
            }
        }
    };
    if (!pending->answer && patience.count() > 0) {
        world::Task<void> answered = Waiter::wait(pending);
        world::Task<void> slept = doors_.home.clock.sleep_for(patience);
        co_await world::race(std::move(answered), std::move(slept));
    }
    co_return pending->answer ? *pending->answer : Verification{State::pending, "Address verification in progress"};
}

world::Task<void> CachedVerifier::be_ready() {
    if (readiness_ == Readiness::unread) {
        readiness_ = Readiness::reading;
        tasks_.spawn(load());  // not ours to be cancelled with
    }
    while (readiness_ != Readiness::ready) {
        co_await loaded_.wait();
    }
}

world::Task<void> CachedVerifier::load() {
    const auto settings = settings_();
    std::string problem;
    std::string path = cache_path(settings->address_verify_map, problem);
    if (!problem.empty()) {
        doors_.events.warn(settings->label, problem);
    }
    if (!path.empty()) {
        file_ = std::make_shared<CacheFile>(doors_.files, std::move(path));
        const auto read = [file = file_] { return file->load(); };
        auto loaded = co_await world::off_core(doors_.pool, doors_.home.executor, read);
        if (stopping_) {
            co_return;  // what begins now nobody would end
        }
        if (!loaded) {
            complain(loaded.error());
            compact_wanted_ = true;
        } else {
            lines_in_file_ = loaded->size();
            for (CacheEntry& entry : *loaded) {
                cache_.restore(std::move(entry));
            }
        }
        tasks_.spawn(keep_writing());
    }
    tasks_.spawn(keep_clean());
    readiness_ = Readiness::ready;
    loaded_.notify_all();
}

void CachedVerifier::write_down(const CacheEntry& entry) {
    if (!file_) {
        return;
    }
    if (unwritten_.size() > unwritten_max) {
        compact_wanted_ = true;
        return;
    }
    unwritten_ += encode(entry);
    ++lines_unwritten_;
    something_to_write_.notify_all();
}

world::Task<void> CachedVerifier::keep_writing() {
    for (;;) {
        while (unwritten_.empty() && !compact_wanted_) {
            co_await something_to_write_.wait();
        }
        world::Task<void> writing = write();
        co_await world::uncancellable(std::move(writing));
        co_await world::cancellation_point();
    }
}

world::Task<void> CachedVerifier::write() {
    if (lines_in_file_ + lines_unwritten_ > 2 * cache_.size() + old_lines_allowed) {
        compact_wanted_ = true;
    }
    const std::string lines = std::exchange(unwritten_, {});
    const std::size_t count = std::exchange(lines_unwritten_, 0);
    base::Result<void> written;
    if (std::exchange(compact_wanted_, false)) {
        const std::size_t size = cache_.size();
        auto rewrite = [file = file_, entries = cache_.entries()] { return file->compact(entries); };
        world::Task<base::Result<void>> compacting = world::off_core(doors_.pool, doors_.home.executor, std::move(rewrite));
        written = co_await std::move(compacting);
        lines_in_file_ = written ? size : lines_in_file_;
    } else {
        const auto append = [file = file_, lines] { return file->append(lines); };
        world::Task<base::Result<void>> appending = world::off_core(doors_.pool, doors_.home.executor, append);
        written = co_await std::move(appending);
        lines_in_file_ += count;
    }
    if (!written) {
        complain(written.error());
    } else {
        file_failed_ = false;
    }
}

// What is not in the file is known all the same, until the server stops.
void CachedVerifier::complain(const base::Error& error) {
    if (!std::exchange(file_failed_, true)) {
        doors_.events.warn(settings_()->label, "address_verify_map: " + error.text);
    }
}

world::Task<void> CachedVerifier::keep_clean() {
    constexpr std::chrono::seconds look_again{std::chrono::hours{1}};  // a reload may switch cleaning on
    for (;;) {
        const auto interval = settings_()->address_verify_cache_cleanup_interval;
        co_await doors_.home.clock.sleep_for(interval.count() > 0 ? interval : look_again);
        if (interval.count() > 0 && cache_.remove_expired(doors_.home.clock.wall_now(), *settings_()) > 0 && file_) {
            compact_wanted_ = true;
            something_to_write_.notify_all();
        }
    }
}

world::Task<void> CachedVerifier::stop() {
    stopping_ = true;
    co_await tasks_.stop();
    pending_.clear();
    if (!unwritten_.empty()) {
        co_await write();
    }
}

}  // namespace posthouse::verify
