#include "queue/spool/writer.hpp"

#include "base/format.hpp"
#include "queue/spool/envelope_codec.hpp"

namespace posthouse::queue {

SqliteSpool::Writer::~Writer() {
    if (sent_ > 0 && state_ != State::committed) {
        spool_.commit_->submit({.change = Abandon{id_}, .home = nullptr, .done = nullptr});
    }
}

void SqliteSpool::Writer::end_block() {
    blocks_.push_back(std::make_shared<const std::string>(std::move(current_)));
    current_.clear();
}

bool SqliteSpool::Writer::count_blocks() {
    if (unwritten_.grow(block_size)) {
        return true;
    }
    state_ = State::failed;
    error_ = {base::ErrorKind::no_space, base::format("no memory for it: of all messages that are being received, {} bytes wait to be written already", unwritten_.all().bytes())};
    blocks_.clear();
    unwritten_.shrink_to(on_the_way_ * block_size);
    return false;
}

ContentPart SqliteSpool::Writer::take_blocks() {
    ContentPart part{.id = id_, .first_block = sent_, .blocks = std::exchange(blocks_, {}), .place = place_};
    sent_ += part.blocks.size();
    return part;
}

world::Task<base::Result<void>> SqliteSpool::Writer::write(std::string_view bytes) {
    PH_ASSERT(state_ == State::writing || state_ == State::failed);
    while (!bytes.empty()) {
        if (state_ == State::failed) {
            co_return std::unexpected(error_);
        }
        const std::size_t taken = std::min(bytes.size(), block_size - current_.size());
        if (!blocks_.empty() || sent_ > 0) {
            current_.reserve(block_size);  // known to be large
        }
        current_ += bytes.substr(0, taken);
        bytes.remove_prefix(taken);
        if (current_.size() < block_size) {
            break;
        }
        end_block();
        if (!count_blocks()) {
            co_return std::unexpected(error_);
        }
        if (blocks_.size() >= blocks_to_gather()) {
            const base::Result<void> sent = co_await send_part();
            if (!sent) {
                co_return sent;
            }
        }
    }
    co_return base::Result<void>{};
}

world::Task<base::Result<void>> SqliteSpool::Writer::send_part() {
    const base::Result<void> before = co_await wait_for_part();
    if (!before) {
        co_return before;
    }
    under_way_ = std::make_shared<world::OneShot<ChangeResult>>();
    on_the_way_ = blocks_.size();
    spool_.commit_->submit({.change = take_blocks(), .home = &home_.executor, .done = under_way_});
    co_return base::Result<void>{};
}

world::Task<base::Result<void>> SqliteSpool::Writer::wait_for_part() {
    if (under_way_ != nullptr) {
        const auto done = under_way_;
        ChangeResult result = co_await done->wait();
        under_way_ = nullptr;
        on_the_way_ = 0;
        unwritten_.shrink_to(blocks_.size() * block_size);
        if (!result) {
            state_ = State::failed;
            error_ = std::move(result.error());
        }
    }
    if (state_ == State::failed) {
        co_return std::unexpected(error_);
    }
    co_return base::Result<void>{};
}

class SqliteSpool::Writer::Unfinished final : public mail::ContentReader {
public:
    explicit Unfinished(Writer& writer) : writer_(writer), place_(*writer.place_) {}
    world::Task<base::Result<mail::Block>> next() override { co_return take(); }

private:
    base::Result<mail::Block> take() {
        const std::size_t number = number_++;
        if (number < writer_.sent_) {
            const auto reader = writer_.spool_.reader(writer_.home_);
            return reader ? (*reader)->unfinished_block(place_, number) : base::Result<mail::Block>(std::unexpected(reader.error()));
        }
        if (number - writer_.sent_ < writer_.blocks_.size()) {
            return writer_.blocks_[number - writer_.sent_];
        }
        if (number - writer_.sent_ == writer_.blocks_.size() && !writer_.current_.empty()) {
            return std::make_shared<const std::string>(writer_.current_);
        }
        return nullptr;
    }

    Writer& writer_;
    const Place place_;
    std::size_t number_ = 0;
};

world::Task<base::Result<std::unique_ptr<mail::ContentReader>>> SqliteSpool::Writer::read_back() {
    PH_ASSERT(place_ != nullptr);
    const base::Result<void> before = co_await wait_for_part();
    if (!before) {
        co_return std::unexpected(before.error());
    }
    co_return std::make_unique<Unfinished>(*this);
}

world::Task<base::Result<mail::Committed>> SqliteSpool::Writer::commit_along(mail::Envelope envelope, mail::QueueName queue, std::optional<mail::SpoolUpdate> along) {
    PH_ASSERT(state_ == State::writing || state_ == State::failed);
    const base::Result<void> before = co_await wait_for_part();
    if (!before) {
        co_return std::unexpected(before.error());
    }
    state_ = State::committing;
    end_block();
    NewMessage message{.content = {}, .envelope = encode_envelope(envelope), .queue = queue, .along = std::move(along)};
    const std::size_t parts_before = sent_;
    message.content = take_blocks();
    const ChangeResult result = co_await spool_.perform(std::move(message), home_);
    if (!result) {
        sent_ = parts_before;  // what the failed commit carried was rolled back
        state_ = State::failed;
        error_ = result.error();
        co_return std::unexpected(error_);
    }
    state_ = State::committed;
    co_return attest(id_);
}

}  // namespace posthouse::queue
