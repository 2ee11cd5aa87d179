#pragma once
// AdminServer: what postqueue, postsuper, sendmail, postfix … talk to (protocol.md). Lives on one core.
#include <array>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "control/socket_path.hpp"
#include "mail/intake.hpp"
#include "mail/queue_admin.hpp"
#include "observe/event.hpp"
#include "world/cores.hpp"
#include "world/task_group.hpp"

namespace posthouse::control {

/// What the tools of users want, and who wants it.
enum class LocalRight : std::uint8_t { look, flush, submit };
struct LocalRequest {
    LocalRight right = LocalRight::look;
    std::uint32_t user_id = 0;
    std::optional<std::string> site;    // of a flush; nullopt: all mail, or one message
    std::optional<std::string> sender;  // of a submission; nullopt: a session, in which anything may be said
};

/// What only the application can do. An empty function: the request is refused.
struct AdminCallbacks {
    std::function<world::Task<base::Result<std::string>>()> reload;  // text for the operator
    std::function<void()> stop;                                     // begins an orderly end, returns at once
    std::function<std::string()> status;
    std::function<world::Task<void>(std::unique_ptr<world::Stream>)> smtp;  // sendmail -bs: serves one session
    /// Whether a local user may do that; the error is what he is told. Unset: everybody may.
    std::function<world::Task<base::Result<void>>(LocalRequest)> judge_user;
    /// First lines of a local submission (CRLF), "Received: by myhostname (mail_name, from userid N) id …".
    std::function<std::string(mail::QueueId, std::uint32_t uid)> received_header;
};

struct AdminServices {
    world::Core& home;
    mail::QueueAdmin& queue;
    mail::Intake& intake;
    observe::EventSink& events;
    AdminCallbacks callbacks;
    std::string syslog_name = "postfix";
};

class AdminServer {
public:
    AdminServer(AdminServices services, std::string queue_directory);

    /// Makes both sockets: who connects from now on waits for start(). An error names the path.
    base::Result<void> bind();
    /// Accepts. After bind(), on the home core.
    base::Result<void> start();
    /// Ends the listeners and all connections.
    world::Task<void> stop();
    /// One connection that came in through `door`; what the listeners do with each. Ends with the client.
    world::Task<void> serve(std::unique_ptr<world::Stream> stream, Door door);

private:
    // Of each door: whoever fills that of all users leaves the administrator's open.
    static constexpr std::size_t connections_max = 200;

    world::Task<void> accept_loop(std::unique_ptr<world::Listener> listener, Door door, world::TaskGroup& connections);

    AdminServices services_;
    std::string queue_directory_;
    std::array<std::shared_ptr<world::ListenSocket>, 2> sockets_;
    world::TaskGroup listening_;                  // these two last: they end first
    std::array<world::TaskGroup, 2> connections_;
};

}  // namespace posthouse::control
