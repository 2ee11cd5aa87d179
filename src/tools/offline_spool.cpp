#include "tools/offline_spool.hpp"

#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "control/listing.hpp"
#include "os/pid_file.hpp"

namespace posthouse::tools {

namespace {

constexpr std::size_t page_size = 500;

mail::SpoolUpdate::Next next_of(std::string_view action) {
    if (action == "delete") {
        return mail::SpoolUpdate::Next::remove;
    }
    if (action == "expire") {
        return mail::SpoolUpdate::Next::keep;
    }
    return action == "hold" ? mail::SpoolUpdate::Next::hold : mail::SpoolUpdate::Next::defer;  // due at once: with the next start
}

base::Result<std::unique_ptr<queue::BatchWriter>> open_writer(const std::string& path, const queue::SpoolOptions& options) {
    auto writer = queue::BatchWriter::open(path, options);
    if (!writer) {
        return std::unexpected(writer.error());
    }
    return std::make_unique<queue::BatchWriter>(std::move(*writer));
}

}  // namespace

base::Result<OfflineSpool> OfflineSpool::open(const std::string& queue_directory, Access access) {
    OfflineSpool out;
    const std::string path = queue::spool_path(queue_directory);
    if (::access(path.c_str(), F_OK) != 0) {
        return out;
    }
    if (::access(path.c_str(), R_OK) != 0) {
        return base::fail(base::ErrorKind::permission, "open " + path + ": " + std::strerror(errno));
    }
    const queue::SpoolOptions options;
    if (access == Access::change) {
        auto lock = os::lock_pid_file(queue_directory + "/pid/master.pid", os::LockHolder::tool);
        if (!lock) {
            return std::unexpected(lock.error());
        }
        out.lock_ = std::move(*lock);
        auto writer = open_writer(path, options);
        if (!writer) {
            return std::unexpected(writer.error());
        }
        out.writer_ = std::move(*writer);
    }
    auto reader = queue::MessageReader::open(path, options);
    if (!reader) {
        return std::unexpected(reader.error());
    }
    out.reader_ = std::move(*reader);
    return out;
}

base::Result<void> OfflineSpool::each(const std::function<void(const mail::ListedMessage&)>& show) {
    if (!reader_) {
        return {};
    }
    mail::QueueId after;
    for (;;) {
        auto page = reader_->list(after, page_size);
        if (!page) {
            return std::unexpected(page.error());
        }
        for (mail::StoredMessage& message : *page) {
            after = message.id;
            const mail::QueueName queue = message.queue;
            show({std::move(message), queue});
        }
        if (page->size() < page_size) {
            return {};
        }
    }
}

base::Result<std::optional<mail::ListedMessage>> OfflineSpool::find(mail::QueueId id) {
    if (!reader_) {
        return std::nullopt;
    }
    auto message = reader_->load(id);
    if (!message) {
        return std::unexpected(message.error());
    }
    if (!message->has_value()) {
        return std::nullopt;
    }
    const mail::QueueName queue = (*message)->queue;
    return mail::ListedMessage{std::move(**message), queue};
}

base::Result<void> OfflineSpool::content(mail::QueueId id, const std::function<void(std::string_view)>& show) {
    for (std::size_t number = 0; reader_; ++number) {
        const auto block = reader_->block(id, number);
        if (!block) {
            return std::unexpected(block.error());
        }
        if (*block == nullptr) {
            return base::fail(base::ErrorKind::invalid, id.text() + ": the content is not complete");
        }
        show(**block);
        if ((*block)->size() < queue::block_size) {
            return {};
        }
    }
    return base::fail(base::ErrorKind::not_found, "no such message");
}

base::Result<std::vector<mail::QueueId>> OfflineSpool::selected(std::string_view action, const std::string& id, const std::string& queues) {
    std::vector<mail::QueueId> ids;
    if (id == "ALL") {
        const auto all = each([&](const mail::ListedMessage& listed) {
            if (control::change_applies(action, listed.queue, queues)) {
                ids.push_back(listed.message.id);
            }
        });
        return all ? base::Result<std::vector<mail::QueueId>>(std::move(ids)) : std::unexpected(all.error());
    }
    const auto number = mail::QueueId::parse(id);
    if (!number) {
        return base::fail(base::ErrorKind::invalid, "malformed queue ID");
    }
    const auto listed = find(*number);
    if (!listed) {
        return std::unexpected(listed.error());
    }
    if (*listed && control::change_applies(action, (*listed)->queue, queues)) {
        ids.push_back(*number);
    }
    return ids;
}

base::Result<std::vector<mail::QueueId>> OfflineSpool::change(std::string_view action, const std::string& id, const std::string& queues) {
    auto ids = selected(action, id, queues);
    if (!ids || !writer_) {
        return ids;
    }
    std::vector<mail::QueueId> changed;
    for (std::size_t begin = 0; begin < ids->size(); begin += page_size) {
        std::vector<queue::Request> requests;
        for (std::size_t i = begin; i < std::min(begin + page_size, ids->size()); ++i) {
            mail::SpoolUpdate update{.id = (*ids)[i], .next = next_of(action)};
            if (action.starts_with("expire")) {
                update.force_expire = true;
            }
            requests.push_back({std::move(update), nullptr, nullptr});
        }
        const auto results = writer_->apply(requests);
        for (std::size_t i = 0; i < results.size(); ++i) {
            if (!results[i]) {
                return std::unexpected(results[i].error());
            }
            changed.push_back((*ids)[begin + i]);
        }
    }
    return changed;
}

}  // namespace posthouse::tools
