#include "queue/spool/large_content.hpp"

#include "base/format.hpp"

namespace posthouse::queue {

// Content first, so that a place that is in the database has what it says. One sync for all messages that end here.
std::vector<ChangeResult> LargeContent::write(std::span<const Request> requests) {
    std::vector<ChangeResult> results;
    results.reserve(requests.size());
    std::vector<std::size_t> ended;
    for (const Request& request : requests) {
        ChangeResult& result = results.emplace_back(0);
        if (const auto* part = std::get_if<ContentPart>(&request.change)) {
            result = append(*part);
        } else if (const auto* message = std::get_if<NewMessage>(&request.change); message != nullptr && is_large(*message)) {
            result = append(message->content);
            if (result) {
                ended.push_back(results.size() - 1);
            }
        }
    }
    if (ended.empty()) {
        return results;
    }
    if (const auto synced = file_.sync(); !synced) {
        for (auto& [id, arriving] : arriving_) {
            arriving.lost = synced.error();
        }
        for (const std::size_t i : ended) {
            results[i] = std::unexpected(synced.error());
        }
    }
    return results;
}

ChangeResult LargeContent::append(const ContentPart& part) {
    if (part.first_block == 0) {
        arriving_.try_emplace(part.id);
    }
    const auto found = arriving_.find(part.id);
    if (found == arriving_.end()) {
        return base::fail(base::ErrorKind::not_found, base::format("{}: no such message in the spool", part.id.text()));
    }
    if (found->second.lost) {
        return std::unexpected(*found->second.lost);
    }
    std::span<const mail::Block> blocks(part.blocks);
    if (!blocks.empty() && blocks.back()->empty()) {
        blocks = blocks.first(blocks.size() - 1);  // the end of a message whose last block is full
    }
    if (auto appended = file_.append(found->second.place, blocks); !appended) {
        return std::unexpected(appended.error());
    }
    if (part.place) {
        *part.place = found->second.place;
    }
    return 0;
}

void LargeContent::drop(mail::QueueId id) {
    if (const auto found = arriving_.find(id); found != arriving_.end()) {
        file_.release(found->second.place);
        arriving_.erase(found);
    }
}

// Large messages that ended have arrived, or never will: what became a message cannot be abandoned.
void LargeContent::settle(std::span<const Request> requests, const std::vector<ChangeResult>& results) {
    for (std::size_t i = 0; i < requests.size(); ++i) {
        if (const auto* abandoned = std::get_if<Abandon>(&requests[i].change)) {
            drop(abandoned->id);
        }
        const auto* message = std::get_if<NewMessage>(&requests[i].change);
        const auto found = message != nullptr ? arriving_.find(message->content.id) : arriving_.end();
        if (found != arriving_.end()) {
            if (!results[i]) {
                doubtful_.push_back(std::move(found->second.place));
            }
            arriving_.erase(found);
        }
    }
}

void LargeContent::committed() {
    if (removed_.empty() && doubtful_.empty()) {
        return;
    }
    for (std::vector<Place>* places : {&removed_, &doubtful_}) {
        for (const Place& place : *places) {
            file_.release(place);
        }
        places->clear();
    }
    static_cast<void>(file_.trim());  // if it stays long, that is no failure of this commit
}

}  // namespace posthouse::queue
