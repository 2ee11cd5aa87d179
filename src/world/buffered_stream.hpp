#pragma once
// BufferedStream: a Stream with a read buffer that hands out lines and blocks, and a write buffer that gathers replies or
// pipelined commands into one write. Lives on its stream's core.
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "world/network.hpp"

namespace posthouse::world {

class BufferedStream {
public:
    explicit BufferedStream(std::unique_ptr<Stream> stream) : stream_(std::move(stream)) {}

    struct Line {
        std::string text;       // without its line end
        bool too_long = false;      // the rest of the line was dropped
        bool bare_newline = false;  // it ended in LF alone
    };
    /// A line that is already buffered, ended by LF or CRLF; nullopt: fill() first. A longer line than `length_max` bytes is cut.
    std::optional<Line> take_line(std::size_t length_max);
    /// take_line, reading as needed. ErrorKind::closed at the end of the stream.
    Task<base::Result<Line>> read_line(std::size_t length_max, Deadline deadline);
    /// Reads more into the buffer; false at the orderly end of the stream.
    Task<base::Result<bool>> fill(Deadline deadline);

    /// Unconsumed bytes; valid until the next call that is not const.
    [[nodiscard]] std::string_view buffered() const { return std::string_view(input_).substr(position_); }
    void consume(std::size_t count);
    /// Forgets what was read but not consumed: nothing that came before TLS is used after it. Returns how much it was.
    std::size_t discard_buffered();

    void queue(std::string_view bytes) { output_ += bytes; }
    [[nodiscard]] std::size_t queued() const { return output_.size(); }
    [[nodiscard]] std::string& output() { return output_; }
    Task<base::Result<void>> flush(Deadline deadline);

    [[nodiscard]] Stream& stream() { return *stream_; }

private:
    static constexpr std::size_t read_size = 16 * 1024;  // one TLS record; small enough for many idle sessions
    static constexpr std::size_t read_size_max = 64 * 1024;  // while there is more than fits: a large message

    std::unique_ptr<Stream> stream_;
    std::size_t next_read_ = read_size;
    std::string input_;
    std::size_t position_ = 0;
    std::size_t scanned_ = 0;  // bytes of input_ known to hold no LF
    bool dropping_ = false;    // inside a line that was cut
    bool dropped_cr_ = false;  // the last byte that was dropped of it
    std::string cut_;
    std::string output_;
    std::string sending_;
};

}  // namespace posthouse::world
