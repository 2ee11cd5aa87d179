#pragma once
// AdminSession: one control connection, requests one after the other. Lives on the server's core.
#include "control/admin_server.hpp"
#include "control/listing.hpp"
#include "mail/record.hpp"
#include "world/buffered_stream.hpp"
#include "world/task_group.hpp"

namespace posthouse::control {

class AdminSession {
public:
    AdminSession(AdminServices& services, std::unique_ptr<world::Stream> stream, Door door);
    world::Task<void> run();

private:
    /// Whether the connection can carry another request.
    enum class Next : std::uint8_t { request, close };

    world::Task<Next> handle(mail::Record request);
    world::Task<Next> list();
    /// authorized_…_users, local_login_sender_maps; true for peers that the kernel cannot name.
    /// `what`: the site of a flush, the sender of a submission.
    world::Task<base::Result<void>> judge_user(LocalRight right, std::optional<std::string> what);
    world::Task<Next> flush(mail::Record request);
    world::Task<Next> change(mail::Record request);
    world::Task<Next> cat(mail::Record request);
    world::Task<Next> submit();
    world::Task<Next> control(mail::Record request);
    world::Task<void> hand_over();

    world::Task<base::Result<std::uint64_t>> change_all(mail::Record request);
    struct Tally {
        std::uint64_t changed = 0;
        std::optional<base::Error> error;  // the first
    };
    world::Task<void> change_and_count(std::string action, mail::QueueId id, std::shared_ptr<Tally> tally);
    world::Task<base::Result<bool>> change_one(std::string action, mail::QueueId id);
    world::Task<base::Result<std::uint64_t>> flush_site(std::string site);
    void log_change(std::string_view action, mail::QueueId id);

    void put(const mail::Record& record) { stream_.queue(encode(record)); }
    world::Task<Next> ok(mail::Record reply = mail::Record("ok"));
    world::Task<Next> refuse(base::ErrorKind kind, std::string_view text);
    world::Task<Next> error(const base::Error& error);
    world::Task<Next> counted(base::Result<std::uint64_t> count);
    world::Task<bool> flush_output();
    [[nodiscard]] world::Deadline reading() const;
    [[nodiscard]] world::Deadline writing() const;

    AdminServices& services_;
    world::BufferedStream stream_;
    Door door_;
    bool handed_over_ = false;
    world::TaskGroup changes_;  // of one page of "ALL"
};

}  // namespace posthouse::control
