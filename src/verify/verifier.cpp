#include "verify/verifier.hpp"

#include "base/text.hpp"
#include "mail/probe_sender.hpp"
#include "world/race.hpp"

namespace posthouse::verify {

namespace {

using mail::Verification;
using State = Verification::State;

Verification verification_of(const mail::Outcome& outcome) {
    switch (outcome.kind) {
        case mail::Outcome::Kind::delivered: return {State::deliverable, outcome.text};
        case mail::Outcome::Kind::deferred: return {State::deferred, outcome.text};
        case mail::Outcome::Kind::bounced: return {State::undeliverable, outcome.text};
    }
    return {State::deferred, outcome.text};
}

Verification problem() { return {State::deferred, "address verification problem"}; }

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
        try {
            if (!stopping_) {
                tasks_.spawn(answer_elsewhere(std::move(key), patience, asker, cell));
            }
        } catch (const std::exception& e) {
            world::report_unexpected(e.what());
            asker.executor.post([cell] { cell->set(problem()); });
        }
    });
    co_return co_await cell->wait();
}

world::Task<void> CachedVerifier::answer_elsewhere(std::string address, std::chrono::seconds patience, world::Core& asker, Cell cell) {
    world::Task<Verification> here = answer(std::move(address), patience);
    Verification found = co_await std::move(here);
    asker.executor.post([cell, found = std::move(found)]() mutable { cell->set(std::move(found)); });
}

world::Task<Verification> CachedVerifier::answer(std::string address, std::chrono::seconds patience) {
    try {
        world::Task<Verification> finding = find_answer(std::move(address), patience);
        co_return co_await std::move(finding);
    } catch (const std::exception& e) {
        world::report_unexpected(e.what());
    }
    co_return problem();
}

world::Task<Verification> CachedVerifier::find_answer(std::string address, std::chrono::seconds patience) {
    world::Task<bool> preparing = be_ready();
    const bool is_ready = co_await std::move(preparing);
    if (!is_ready) {
        co_return problem();
    }
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
    try {
        cache_.probe_began(address, doors_.home.clock.wall_now());
        tasks_.spawn(probe(address, pending));
    } catch (...) {
        pending_.erase(address);  // or it would be under way for ever
        throw;
    }
    return pending;
}

world::Task<void> CachedVerifier::probe(std::string address, std::shared_ptr<Pending> pending) {
    Verification found = problem();
    try {
        const auto settings = settings_();
        mail::ProbeSender sender{settings->address_verify_sender, settings->address_verify_sender_ttl};
        if (!sender.address.empty()) {
            sender.address = doors_.router.rewrite(sender.address);
        }
        world::Task<mail::Outcome> asking = doors_.prober().probe(address, mail::ReversePath(sender.at(doors_.home.clock.wall_now())), doors_.home);
        const mail::Outcome outcome = co_await std::move(asking);
        found = verification_of(outcome);
        const CacheEntry* kept = cache_.update(address, found, doors_.home.clock.wall_now(), *settings_());
        if (kept != nullptr && journal_) {
            journal_->add(encode(*kept));
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

world::Task<bool> CachedVerifier::be_ready() {
    if (readiness_ == Readiness::unread) {
        world::Task<void> loading = load();
        readiness_ = Readiness::reading;
        tasks_.spawn(std::move(loading));  // not ours to be cancelled with
    }
    while (readiness_ == Readiness::reading) {
        co_await loaded_.wait();
    }
    co_return readiness_ == Readiness::ready;
}

world::Task<void> CachedVerifier::load() {
    bool done = false;
    try {
        world::Task<void> reading = read_file();
        co_await std::move(reading);
        if (!stopping_) {  // what begins now nobody would end
            tasks_.spawn(keep_clean());
            if (journal_) {
                tasks_.spawn(journal_->keep_writing());
            }
        }
        done = true;
    } catch (const std::exception& e) {
        world::report_unexpected(e.what());
        journal_.reset();
    }
    readiness_ = done ? Readiness::ready : Readiness::unread;
    loaded_.notify_all();
}

world::Task<void> CachedVerifier::read_file() {
    const auto settings = settings_();
    std::string problem;
    const std::string path = mail::record_path("address_verify_map", settings->address_verify_map, problem);
    if (!problem.empty()) {
        doors_.events.warn(settings->label, problem);
    }
    if (!path.empty()) {
        const auto file = std::make_shared<mail::RecordFile>(doors_.files, path);
        auto read = [file] { return file->load<CacheEntry>(decode); };
        world::Task<base::Result<std::vector<CacheEntry>>> reading = world::off_core(doors_.pool, doors_.home.executor, std::move(read));
        auto loaded = co_await std::move(reading);
        if (stopping_) {
            co_return;  // what begins now nobody would end
        }
        const auto all = [this] {
            auto entries = std::make_shared<const std::vector<CacheEntry>>(cache_.entries());
            return mail::RecordJournal::All{entries->size(), [entries](std::size_t i) { return encode((*entries)[i]); }};
        };
        const auto count = [this] { return cache_.size(); };
        const auto complain = [this](const base::Error& error) { doors_.events.warn(settings_()->label, "address_verify_map: " + error.text); };
        mail::RecordJournal::Doors doors{doors_.pool, doors_.home, all, count, complain};
        journal_ = std::make_unique<mail::RecordJournal>(file, std::move(doors), loaded ? loaded->size() : 0);
        if (!loaded) {
            journal_->complain(loaded.error());
            journal_->rewrite();
        } else {
            for (CacheEntry& entry : *loaded) {
                cache_.restore(std::move(entry));
            }
        }
    }
}

world::Task<void> CachedVerifier::keep_clean() {
    constexpr std::chrono::seconds look_again{std::chrono::hours{1}};  // a reload may switch cleaning on
    for (bool is_time = false;; is_time = true) {
        std::chrono::seconds interval{0};
        try {
            const auto settings = settings_();
            interval = settings->address_verify_cache_cleanup_interval;
            if (is_time && interval.count() > 0 && cache_.remove_expired(doors_.home.clock.wall_now(), *settings) > 0 && journal_) {
                journal_->rewrite();
            }
        } catch (const std::exception& e) {
            world::report_unexpected(e.what());
        }
        co_await doors_.home.clock.sleep_for(interval.count() > 0 ? interval : look_again);
    }
}

world::Task<void> CachedVerifier::stop() {
    stopping_ = true;
    co_await tasks_.stop();
    pending_.clear();
    if (journal_) {
        world::Task<void> finishing = journal_->finish();
        co_await std::move(finishing);
    }
}

}  // namespace posthouse::verify
