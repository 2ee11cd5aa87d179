#pragma once
// One connection to a server, with what was learned on it. Lives on the core that opened it.
#include <memory>

#include "deliver/smtp/peer.hpp"
#include "deliver/smtp/transcript.hpp"
#include "smtp/extensions.hpp"
#include "smtp/reply_parser.hpp"
#include "tables/map_list.hpp"
#include "world/buffered_stream.hpp"

namespace posthouse::deliver {

/// Whether a read or write failed because of the connection; else something came that was of no use.
[[nodiscard]] inline bool is_lost(const base::Error& error) {
    return error.kind != base::ErrorKind::invalid && error.kind != base::ErrorKind::unavailable;
}

class Session {
public:
    Session(std::unique_ptr<world::Stream> stream, Peer server, world::SteadyTime now)
        : io(std::move(stream)), peer(std::move(server)), connected_at(now) {}

    /// Sends what is queued and waits for one reply. ErrorKind::invalid: what came is no reply; ErrorKind::unavailable:
    /// smtp_reply_filter does not answer.
    [[nodiscard]] world::Task<base::Result<smtp::RemoteReply>> read_reply(world::Deadline deadline);
    /// Sends one line and waits for its reply.
    [[nodiscard]] world::Task<base::Result<smtp::RemoteReply>> command(std::string line, world::Deadline deadline);
    /// The same for a line that is not shown to anybody; `shown` is what a transcript has in its place.
    [[nodiscard]] world::Task<base::Result<smtp::RemoteReply>> secret_command(std::string_view shown, std::string line,
                                                                              world::Deadline deadline);
    /// For the transcript: a line that is sent otherwise; a refusal, or what else is wrong.
    void note_sent(std::string_view line);
    void note_refusal(const smtp::RemoteReply& reply);
    void note_trouble(Transcript::Trouble trouble);

    world::BufferedStream io;
    Peer peer;
    world::SteadyTime connected_at;
    smtp::Extensions extensions;
    bool secured = false;        // TLS is on
    bool verified = false;       // and the server is who it should be
    bool authenticated = false;  // AUTH succeeded
    bool quit_sent = false;      // the last message's end took QUIT along
    bool mail_answered = false;  // in this transaction, and not by 421, which is about the connection
    bool bdat_refused = false;   // CHUNKING was offered, BDAT not understood
    bool broke_off = false;      // in this transaction: the connection was lost before every recipient had its answer
    std::unique_ptr<Transcript> transcript;  // null: nobody wants to read it
    const tables::MapList* smtp_reply_filter = nullptr;  // null: replies are taken as they come. The agent owns it
    std::size_t uses_count = 0;  // transactions begun
    /// `clean`: the next command may follow. `spent`: only QUIT may. `broken`: nothing may be sent any more.
    enum class Condition { clean, spent, broken } condition = Condition::clean;
};

}  // namespace posthouse::deliver
