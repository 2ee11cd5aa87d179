#include "deliver/smtp/reply_classes.hpp"

#include "base/format.hpp"

namespace posthouse::deliver {
namespace {

using mail::Outcome;

Outcome from_reply(const smtp::RemoteReply& reply, const Peer& peer, std::string text) {
    Outcome out;
    const bool permanent = reply.code_class() == 5;
    out.kind = permanent ? Outcome::Kind::bounced : Outcome::Kind::deferred;
    out.status = permanent || reply.code_class() == 4 ? reply.status_or_default().text() : "4.0.0";
    out.text = std::move(text);
    out.relay = peer.relay();
    out.remote_mta = peer.name;
    out.diagnostic = reply.text_joined();
    return out;
}

std::string reason_of(const base::Error& error) {
    switch (error.kind) {
        case base::ErrorKind::refused:
            return "Connection refused";
        case base::ErrorKind::timeout:
            return "Connection timed out";
        default:
            return error.text;
    }
}

}  // namespace

Outcome refused(const smtp::RemoteReply& reply, const Peer& peer, const Phase& phase) {
    return from_reply(
        reply, peer,
        base::format("host {} said: {} (in reply to {})", peer.label(), reply.text_joined(), phase.command));
}

Outcome refused_to_talk(const smtp::RemoteReply& reply, const Peer& peer) {
    Outcome out =
        from_reply(reply, peer, base::format("host {} refused to talk to me: {}", peer.label(), reply.text_joined()));
    out.connection_failed = true;
    return out;
}

Outcome accepted(const smtp::RemoteReply& reply, const Peer& peer) {
    Outcome out = from_reply(reply, peer, reply.text_joined());
    out.kind = Outcome::Kind::delivered;
    out.status = reply.status_or_default().text();
    return out;
}

bool is_about_the_command(const smtp::RemoteReply& reply) {
    if (reply.code >= 500 && reply.code <= 504) {
        return true;
    }
    return reply.code_class() == 5 && reply.status && reply.status->subject == 5;
}

Outcome interrupted(const base::Error& error, const Peer& peer, const Phase& phase) {
    std::string text;
    std::string status = "4.4.2";
    switch (error.kind) {
        case base::ErrorKind::timeout:
            text = base::format("conversation with {} timed out while {}", peer.label(), phase.doing);
            break;
        case base::ErrorKind::invalid:
            text =
                base::format("protocol error: {} sent something that is no reply while {}", peer.label(), phase.doing);
            status = "4.5.0";
            break;
        case base::ErrorKind::unavailable:
            text = base::format("local data error while talking to {}", peer.label());
            status = "4.3.0";
            break;
        default:
            text = base::format("lost connection with {} while {}", peer.label(), phase.doing);
            break;
    }
    Outcome out = deferred_at(peer, std::move(status), std::move(text));
    out.connection_failed = true;
    return out;
}

Outcome not_connected(const base::Error& error, const Peer& peer) {
    Outcome out = Outcome::deferred("4.4.1", base::format("connect to {}: {}", peer.relay(), reason_of(error)));
    out.connection_failed = true;
    return out;
}

Outcome deferred_at(const Peer& peer, std::string status, std::string text) {
    Outcome out = Outcome::deferred(std::move(status), std::move(text));
    out.relay = peer.relay();
    return out;
}

Outcome no_local_data(const Peer& peer) {
    return deferred_at(peer, "4.3.0", base::format("local data error while talking to {}", peer.label()));
}

Outcome made_temporary(Outcome outcome) {
    if (outcome.kind == Outcome::Kind::bounced) {
        outcome.kind = Outcome::Kind::deferred;
        outcome.status.front() = '4';
    }
    return outcome;
}

}  // namespace posthouse::deliver
