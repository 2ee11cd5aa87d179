#include "control/admin_session.hpp"

#include "base/format.hpp"
#include "base/text.hpp"
#include "control/handed_over_stream.hpp"

namespace posthouse::control {
namespace {

bool is_one_of(std::string_view word, std::initializer_list<std::string_view> words) {
    for (const std::string_view candidate : words) {
        if (word == candidate) {
            return true;
        }
    }
    return false;
}

observe::Severity severity_of(std::string_view priority) {
    if (is_one_of(priority, {"warn", "warning"})) {
        return observe::Severity::warning;
    }
    if (is_one_of(priority, {"error", "err"})) {
        return observe::Severity::error;
    }
    if (is_one_of(priority, {"fatal", "crit"})) {
        return observe::Severity::fatal;
    }
    return priority == "panic" ? observe::Severity::panic : observe::Severity::info;
}

}  // namespace

AdminSession::AdminSession(AdminServices& services, std::unique_ptr<world::Stream> stream, Door door)
    : services_(services), stream_(std::move(stream)), door_(door) {}

world::Deadline AdminSession::reading() const { return services_.home.clock.deadline_in(std::chrono::minutes(5)); }

// Generous: "postqueue -p | less" reads at the speed of a person.
world::Deadline AdminSession::writing() const { return services_.home.clock.deadline_in(std::chrono::minutes(15)); }

world::Task<void> AdminSession::run() {
    for (;;) {
        auto line = co_await stream_.read_line(mail::record_length_max, reading());
        if (!line) {
            co_return;
        }
        auto request = mail::decode_record(line->text);
        if (line->too_long || !request) {
            co_await refuse(base::ErrorKind::invalid, "malformed request");
            co_return;
        }
        const Next next = co_await handle(std::move(*request));
        if (handed_over_) {
            co_await hand_over();
            co_return;
        }
        if (next == Next::close) {
            co_return;
        }
    }
}

world::Task<AdminSession::Next> AdminSession::handle(mail::Record request) {
    const std::string& word = request.word;
    const bool restricted = is_one_of(word, {"delete", "hold", "release", "requeue", "expire", "expire-release", "cat", "reload", "stop"});
    if (restricted && door_ != Door::administrator) {
        co_return co_await refuse(base::ErrorKind::permission, "only for administrators");
    }
    const bool flushes = is_one_of(word, {"flush", "flush-message", "flush-site"});
    if (word == "list" || flushes || word == "smtp") {
        world::Task<base::Result<void>> judging = judge_user(word == "list" ? LocalRight::look : flushes ? LocalRight::flush : LocalRight::submit, word == "flush-site" ? std::optional(request.get("site")) : std::nullopt);
        if (const auto allowed = co_await std::move(judging); !allowed) {
            co_return co_await error(allowed.error());
        }
    }
    if (word == "list") {
        co_return co_await list();
    }
    if (flushes) {
        co_return co_await flush(std::move(request));
    }
    if (is_one_of(word, {"delete", "hold", "release", "requeue", "expire", "expire-release"})) {
        co_return co_await change(std::move(request));
    }
    if (word == "cat") {
        co_return co_await cat(std::move(request));
    }
    if (word == "submit") {
        co_return co_await submit();
    }
    co_return co_await control(std::move(request));
}

world::Task<base::Result<void>> AdminSession::judge_user(LocalRight right, std::optional<std::string> what) {
    const auto user = stream_.stream().peer_user();
    if (!services_.callbacks.judge_user || !user) {
        co_return base::Result<void>();
    }
    LocalRequest request{.right = right, .user_id = *user, .site = {}, .sender = {}};
    (right == LocalRight::flush ? request.site : request.sender) = std::move(what);
    world::Task<base::Result<void>> judging = services_.callbacks.judge_user(std::move(request));
    base::Result<void> judged = co_await std::move(judging);
    if (!judged) {
        services_.events.warn(services_.syslog_name + "/postdrop", judged.error().text);
    }
    co_return judged;
}

world::Task<AdminSession::Next> AdminSession::control(mail::Record request) {
    const AdminCallbacks& callbacks = services_.callbacks;
    mail::Record reply("ok");
    if (request.word == "status" && callbacks.status) {
        reply.add("text", callbacks.status());
    } else if (request.word == "log") {
        const std::string speaker = base::printable(request.get("tag"));
        const std::string text = base::printable(request.get("text"));
        services_.events.on(speaker, observe::Remark{severity_of(request.get("priority")), {}, text});
    } else if (request.word == "reload" && callbacks.reload) {
        auto result = co_await callbacks.reload();
        if (!result) {
            co_return co_await error(result.error());
        }
        reply.add("text", std::move(*result));
    } else if (request.word == "stop" && callbacks.stop) {
        // Answered first: afterwards nobody may be left to do it.
        co_await ok();
        callbacks.stop();
        co_return Next::close;
    } else if (request.word == "smtp" && callbacks.smtp) {
        handed_over_ = true;
    } else {
        co_return co_await refuse(base::ErrorKind::invalid, "unknown request: " + base::printable(request.word));
    }
    co_return co_await ok(std::move(reply));
}

world::Task<void> AdminSession::hand_over() {
    std::unique_ptr<world::Stream> stream = std::make_unique<HandedOverStream>(std::move(stream_));
    world::Task<void> session = services_.callbacks.smtp(std::move(stream));
    co_await std::move(session);
}

world::Task<bool> AdminSession::flush_output() {
    const auto sent = co_await stream_.flush(writing());
    co_return sent.has_value();
}

world::Task<AdminSession::Next> AdminSession::ok(mail::Record reply) {
    put(reply);
    const bool sent = co_await flush_output();
    co_return sent ? Next::request : Next::close;
}

// No coroutines: GCC 12 destroys temporaries of a co_await expression twice if they are aggregates.
world::Task<AdminSession::Next> AdminSession::refuse(base::ErrorKind kind, std::string_view text) {
    mail::Record reply("error");
    reply.add("kind", std::string(error_kind_text(kind))).add("text", std::string(text));
    return ok(std::move(reply));
}

world::Task<AdminSession::Next> AdminSession::error(const base::Error& error) { return refuse(error.kind, error.text); }

world::Task<AdminSession::Next> AdminSession::counted(base::Result<std::uint64_t> count) {
    if (!count) {
        co_return co_await error(count.error());
    }
    mail::Record reply("ok");
    reply.add("count", *count);
    co_return co_await ok(std::move(reply));
}

}  // namespace posthouse::control
