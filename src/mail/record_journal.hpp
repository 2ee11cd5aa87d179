#pragma once
// RecordJournal: writes down what a cache learns, as the disk has time for it, and the whole cache anew when most lines are old. Nothing
// waits for it. Lives on its home core.
#include <functional>
#include <memory>
#include <string>

#include "mail/record_file.hpp"
#include "world/cores.hpp"
#include "world/signal.hpp"

namespace posthouse::mail {

class RecordJournal {
public:
    /// All that the file is to hold. `line` is asked on a thread of the pool.
    struct All {
        std::size_t count = 0;
        std::function<std::string(std::size_t)> line;
    };
    struct Doors {
        world::BlockingPool& pool;
        world::Core& home;
        std::function<All()> all;
        std::function<std::size_t()> count;              // of what is in the cache
        std::function<void(const base::Error&)> complain;  // once, until writing works again
    };
    /// `lines_in_file`: how many there are already.
    RecordJournal(std::shared_ptr<RecordFile> file, Doors doors, std::size_t lines_in_file) : doors_(std::move(doors)), file_(std::move(file)), lines_in_file_(lines_in_file) {}

    /// A line with its end.
    void add(std::string_view line);
    /// The file does not say what the cache does: write all of it.
    void rewrite();
    void complain(const base::Error& error);
    /// Writes whenever there is something, until it is cancelled; what was begun is finished.
    world::Task<void> keep_writing();
    /// What is left; nobody may call add() any more.
    world::Task<void> finish();

private:
    world::Task<void> write();

    Doors doors_;
    std::shared_ptr<RecordFile> file_;
    std::string unwritten_;  // lines
    std::size_t lines_unwritten_ = 0;
    std::size_t lines_in_file_ = 0;
    bool compact_wanted_ = false;
    bool failed_ = false;
    world::Signal something_to_write_;
};

}  // namespace posthouse::mail
