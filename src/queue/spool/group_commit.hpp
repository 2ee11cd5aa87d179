#pragma once
// GroupCommit: one sync for many. Cores hand in requests; while a commit is under way new ones gather, and the next commit takes
// all of them. Completions go home with one post per core and commit.
#include <memory>
#include <optional>
#include <vector>

#include "base/guarded.hpp"
#include "queue/spool/batch_writer.hpp"
#include "queue/spool/hot_content.hpp"
#include "queue/spool/request.hpp"

namespace posthouse::queue {

/// Shared with the job in the pool, which may still be leaving when the spool goes.
class GroupCommit : public std::enable_shared_from_this<GroupCommit> {
public:
    /// `pool` has one thread, or runs work inline.
    GroupCommit(BatchWriter writer, std::shared_ptr<HotContent> hot, world::BlockingPool& pool)
        : pool_(pool), hot_(std::move(hot)), writer_(std::move(writer)) {}

    /// From any thread. Requests of one thread are applied in order.
    void submit(Request request);

private:
    struct Waiting {
        std::vector<Request> requests;
        bool running = false;
    };
    void run();
    std::vector<ChangeResult> apply(std::vector<Request>& batch);
    void keep_hot(const std::vector<Request>& batch, const std::vector<ChangeResult>& results);
    /// `results` has fewer if the commit ended with an exception.
    static void send_home(std::vector<Request>& batch, std::vector<ChangeResult>& results) noexcept;

    world::BlockingPool& pool_;
    base::Guarded<Waiting> waiting_;
    // Only the job touches these.
    std::shared_ptr<HotContent> hot_;
    std::optional<BatchWriter> writer_;  // nullopt: closed
};

}  // namespace posthouse::queue
