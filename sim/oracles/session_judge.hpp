#pragma once
// SessionJudge: whether the server greets more clients at a time than maxproc of its smtpd row allows. Counts as clients see
// it: a session is over when its client leaves, which the server learns later.
#include <algorithm>
#include <functional>
#include <map>
#include <memory>
#include <string>

#include "base/format.hpp"

namespace posthouse::sim {

class SessionJudge {
public:
    using Complain = std::function<void(std::string)>;
    /// `limit` 0: there is none.
    SessionJudge(std::size_t limit, Complain complain) : limit_(limit), complain_(std::move(complain)) {}

    class Session {
    public:
        Session(SessionJudge& judge, std::size_t number) : judge_(judge), number_(number) {}
        Session(const Session&) = delete;
        Session& operator=(const Session&) = delete;
        ~Session() { judge_.open_.erase(number_); }

    private:
        SessionJudge& judge_;
        std::size_t number_;
    };
    /// A client was greeted. Counts until it is destroyed, or `alive` says that the server has left.
    [[nodiscard]] std::unique_ptr<Session> begin(std::function<bool()> alive) {
        open_.emplace(++count_, std::move(alive));
        const auto now = static_cast<std::size_t>(std::ranges::count_if(open_, [](const auto& session) { return session.second(); }));
        most_ = std::max(most_, now);
        if (limit_ > 0 && now > limit_) {
            complain_(base::format("{} clients were greeted at a time, allowed are {}", now, limit_));
        }
        return std::make_unique<Session>(*this, count_);
    }
    /// The server started anew: it knows nothing of sessions that clients still believe in.
    void forget() { open_.clear(); }
    [[nodiscard]] std::size_t most() const { return most_; }

private:
    std::size_t limit_;
    Complain complain_;
    std::map<std::size_t, std::function<bool()>> open_;
    std::size_t count_ = 0;
    std::size_t most_ = 0;
};

}  // namespace posthouse::sim
