#pragma once
// OfflineSpool: the queue while no server runs. Read through the spool's own reader; changed under the server's lock.
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "mail/queue_admin.hpp"
#include "os/file_descriptor.hpp"
#include "queue/spool/batch_writer.hpp"
#include "queue/spool/message_reader.hpp"

namespace posthouse::tools {

class OfflineSpool {
public:
    enum class Access { read, change };

    /// ErrorKind::unavailable with Access::change: a server holds the queue. A queue directory without a spool is an empty
    /// queue, not an error.
    [[nodiscard]] static base::Result<OfflineSpool> open(const std::string& queue_directory, Access access);

    /// Every message, in order of arrival.
    [[nodiscard]] base::Result<void> each(const std::function<void(const mail::ListedMessage&)>& show);
    [[nodiscard]] base::Result<std::optional<mail::ListedMessage>> find(mail::QueueId id);
    /// The content, block by block.
    [[nodiscard]] base::Result<void> content(mail::QueueId id, const std::function<void(std::string_view)>& show);
    /// postsuper's "delete", "hold", "release" and "requeue" with `id` a queue ID or ALL, as control/protocol.md has it; how many
    /// messages it changed, on stable storage. ErrorKind::invalid: malformed queue ID. Opened with Access::change.
    [[nodiscard]] base::Result<std::vector<mail::QueueId>> change(std::string_view action, const std::string& id, const std::string& queues);

private:
    OfflineSpool() = default;
    [[nodiscard]] base::Result<std::vector<mail::QueueId>> selected(std::string_view action, const std::string& id, const std::string& queues);

    os::FileDescriptor lock_;
    std::unique_ptr<queue::MessageReader> reader_;  // null: there is no spool yet
    std::unique_ptr<queue::BatchWriter> writer_;
};

}  // namespace posthouse::tools
