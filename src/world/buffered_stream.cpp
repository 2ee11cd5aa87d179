#include "world/buffered_stream.hpp"

namespace posthouse::world {

std::optional<BufferedStream::Line> BufferedStream::take_line(std::size_t length_max) {
    const std::size_t from = std::max(position_, scanned_);
    const std::size_t newline = input_.find('\n', from);
    if (newline == std::string::npos) {
        scanned_ = input_.size();
        // One byte more than the limit may be the CR of a line that just fits.
        if (input_.size() - position_ > length_max + 1) {
            if (!dropping_) {
                dropping_ = true;
                cut_ = input_.substr(position_, length_max);
            }
            dropped_cr_ = input_.back() == '\r';
            consume(input_.size() - position_);
        }
        return std::nullopt;
    }
    Line line;
    std::size_t end = newline;
    if (end > position_ && input_[end - 1] == '\r') {
        --end;
    } else {
        line.bare_newline = !(dropping_ && end == position_ && dropped_cr_);
    }
    if (dropping_) {
        line = {std::move(cut_), true, line.bare_newline};
        cut_.clear();
        dropping_ = false;
    } else if (end - position_ > length_max) {
        line = {input_.substr(position_, length_max), true, line.bare_newline};
    } else {
        line.text = input_.substr(position_, end - position_);
    }
    consume(newline + 1 - position_);
    return line;
}

Task<base::Result<BufferedStream::Line>> BufferedStream::read_line(std::size_t length_max, Deadline deadline) {
    for (;;) {
        if (auto line = take_line(length_max)) {
            co_return std::move(*line);
        }
        const auto more = co_await fill(deadline);
        if (!more) {
            co_return std::unexpected(more.error());
        }
        if (!*more) {
            co_return base::fail(base::ErrorKind::closed, "lost connection");
        }
    }
}

Task<base::Result<bool>> BufferedStream::fill(Deadline deadline) {
    if (position_ > 0 && position_ == input_.size()) {
        input_.clear();
        position_ = scanned_ = 0;
    } else if (position_ > read_size) {
        input_.erase(0, position_);
        scanned_ -= std::min(scanned_, position_);
        position_ = 0;
    }
    const std::size_t size = input_.size();
    const std::size_t wanted = next_read_;
    // Not resize(): filling 16 KiB with zeros for every command was a fifth of all instructions of a relayed message.
    input_.resize_and_overwrite(size + wanted, [](char*, std::size_t count) { return count; });
    struct Trim {  // also when the read is cancelled: nothing that was not read may look as if it had been
        std::string& input;
        std::size_t valid;
        ~Trim() { input.resize(valid); }
    };
    Trim trim{input_, size};
    const auto got = co_await stream_->read_some(std::span<char>(input_.data() + size, wanted), deadline);
    trim.valid += got ? *got : 0;
    next_read_ = got && *got == wanted ? std::min(2 * wanted, read_size_max) : got && *got > read_size ? wanted : read_size;
    if (!got) {
        co_return std::unexpected(got.error());
    }
    co_return *got > 0;
}

void BufferedStream::consume(std::size_t count) {
    position_ += count;
    if (position_ == input_.size()) {
        input_.clear();
        position_ = scanned_ = 0;
        if (next_read_ == read_size && input_.capacity() > 2 * read_size) {
            std::string().swap(input_);  // the large message is through
        }
    }
}

std::size_t BufferedStream::discard_buffered() {
    const std::size_t dropped = input_.size() - position_;
    input_.clear();
    cut_.clear();
    dropping_ = false;
    position_ = scanned_ = 0;
    return dropped;
}

Task<base::Result<void>> BufferedStream::flush(Deadline deadline) {
    if (output_.empty()) {
        co_return base::Result<void>{};
    }
    co_await cancellation_point();  // what was not sent yet stays queued for a last word
    sending_.swap(output_);
    output_.clear();
    const auto sent = co_await stream_->write_all(sending_, deadline);
    sending_.clear();
    co_return sent;
}

}  // namespace posthouse::world
