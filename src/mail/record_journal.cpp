#include "mail/record_journal.hpp"

namespace posthouse::mail {

namespace {

// Lines that wait for the disk; beyond, the whole file is written anew when the disk answers again.
constexpr std::size_t unwritten_max = 1 << 20;
constexpr std::size_t old_lines_allowed = 1000;

}  // namespace

void RecordJournal::add(std::string_view line) {
    if (unwritten_.size() > unwritten_max) {
        compact_wanted_ = true;
        return;
    }
    unwritten_ += line;
    ++lines_unwritten_;
    something_to_write_.notify_all();
}

void RecordJournal::rewrite() {
    compact_wanted_ = true;
    something_to_write_.notify_all();
}

// What is not in the file is known all the same, until the server stops.
void RecordJournal::complain(const base::Error& error) {
    if (!std::exchange(failed_, true)) {
        doors_.complain(error);
    }
}

world::Task<void> RecordJournal::keep_writing() {
    for (;;) {
        while (unwritten_.empty() && !compact_wanted_) {
            co_await something_to_write_.wait();
        }
        world::Task<void> writing = write();
        co_await world::uncancellable(std::move(writing));
        co_await world::cancellation_point();
    }
}

world::Task<void> RecordJournal::write() {
    if (lines_in_file_ + lines_unwritten_ > 2 * doors_.count() + old_lines_allowed) {
        compact_wanted_ = true;
    }
    const std::string lines = std::exchange(unwritten_, {});
    const std::size_t count = std::exchange(lines_unwritten_, 0);
    base::Result<void> written;
    if (std::exchange(compact_wanted_, false)) {
        All all = doors_.all();
        const std::size_t size = all.count;
        auto compact = [file = file_, all = std::move(all)] { return file->compact(all.count, all.line); };
        world::Task<base::Result<void>> compacting = world::off_core(doors_.pool, doors_.home.executor, std::move(compact));
        written = co_await std::move(compacting);
        lines_in_file_ = written ? size : lines_in_file_;
    } else {
        auto append = [file = file_, lines] { return file->append(lines); };
        world::Task<base::Result<void>> appending = world::off_core(doors_.pool, doors_.home.executor, std::move(append));
        written = co_await std::move(appending);
        lines_in_file_ += count;
    }
    if (!written) {
        complain(written.error());
    } else {
        failed_ = false;
    }
}

world::Task<void> RecordJournal::finish() {
    if (!unwritten_.empty()) {
        co_await write();
    }
}

}  // namespace posthouse::mail
