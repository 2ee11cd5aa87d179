#pragma once
// Chain: the milters of one SMTP session in their order. The first that has something to say has said it for all. Lives on its
// session's core; an event costs nothing if there is nobody to be told.
#include <memory>
#include <vector>

#include "milter/connection.hpp"

namespace posthouse::milter {

/// The milters of a service of one core: immutable, shared by its sessions.
struct Milters {
    std::shared_ptr<const Settings> settings;
    std::vector<std::shared_ptr<const Place>> places;
};

struct Client {
    std::string name, address;  // "unknown"; "127.0.0.1"
    std::uint16_t port = 0;
};

class Chain final : public mail::Milters {
public:
    Chain(const milter::Milters& milters, MacroSource macros, Connection::Doors doors);

    world::Task<mail::MilterAnswer> connect(Client client);
    world::Task<mail::MilterAnswer> helo(std::string name);
    /// `words`: the address as the client gave it, in angle brackets, and its ESMTP parameters.
    world::Task<mail::MilterAnswer> mail(std::vector<std::string> words);
    world::Task<mail::MilterAnswer> rcpt(std::vector<std::string> words);
    /// For milters that want to hear of it; what they say is not asked for.
    world::Task<void> refused_rcpt(std::vector<std::string> words);
    world::Task<mail::MilterAnswer> data();
    world::Task<mail::MilterAnswer> unknown(std::string command);
    /// What stands for every command of this session; go_on: nothing does.
    [[nodiscard]] mail::MilterAnswer standing_answer() const;

    world::Task<mail::MilterAnswer> inspect(mail::MessageUnderReview& message) override;
    void abort();
    world::Task<void> quit(world::Deadline deadline);
    [[nodiscard]] bool wants_refused_recipients() const;

private:
    world::Task<mail::MilterAnswer> tell(Event event, std::string data);

    MacroSource macros_;
    std::vector<Connection> connections_;
};

}  // namespace posthouse::milter
