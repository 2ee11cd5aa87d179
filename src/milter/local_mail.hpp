#pragma once
// LocalMail: the milters of a message that came by no SMTP session of strangers: sendmail(1), pickup, notices (non_smtpd_milters). They
// are told a pretended one, at the end of the message. One per message; lives on its core.
#include <memory>

#include "milter/chain.hpp"

namespace posthouse::milter {

class LocalMail final : public mail::Milters {
public:
    /// `milters` outlive it.
    LocalMail(std::shared_ptr<const milter::Milters> milters, std::string queue_id, Connection::Doors doors);

    world::Task<mail::MilterAnswer> inspect(mail::MessageUnderReview& message) override;
    [[nodiscard]] std::string_view event() const override { return event_; }

private:
    [[nodiscard]] std::optional<std::string> macro(std::string_view name) const;
    world::Task<mail::MilterAnswer> pretend(mail::MessageUnderReview& message);
    world::Task<mail::MilterAnswer> pretend_envelope(const mail::Envelope& envelope);
    /// As for one recipient of a client: but nobody is there who could be told.
    mail::MilterAnswer of_recipient(mail::MilterAnswer answer);
    /// True: the answer ends it.
    bool is_last(const mail::MilterAnswer& answer);

    std::shared_ptr<const milter::Milters> milters_;
    std::string queue_id_;
    Connection::Doors doors_;
    std::string client_name_ = "localhost", client_address_ = "127.0.0.1";
    std::optional<std::string> sender_, recipient_, sasl_method_, sasl_username_;
    std::string_view event_ = "CONNECT";
    bool holds_ = false;
    Chain chain_;
};

}  // namespace posthouse::milter
