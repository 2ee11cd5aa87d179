#pragma once
// ResumedStream: a stream of which somebody else has read the beginning already, and may have learned there whose it is.
#include <algorithm>
#include <cstring>

#include "world/network.hpp"

namespace posthouse::receive::postscreen {

class ResumedStream final : public world::Stream {
public:
    ResumedStream(std::unique_ptr<world::Stream> stream, std::string read_already) : stream_(std::move(stream)), read_already_(std::move(read_already)) {}
    ResumedStream(std::unique_ptr<world::Stream> stream, base::Endpoint local, base::Endpoint peer) : stream_(std::move(stream)), local_(local), peer_(peer) {}

    world::Task<base::Result<std::size_t>> read_some(std::span<char> into, world::Deadline deadline) override {
        if (read_already_.empty()) {
            return stream_->read_some(into, deadline);
        }
        const std::size_t count = read_already_.copy(into.data(), into.size());
        read_already_.erase(0, count);
        return given(count);
    }
    world::Task<base::Result<void>> write_all(std::string_view bytes, world::Deadline deadline) override { return stream_->write_all(bytes, deadline); }
    world::Task<base::Result<world::TlsSession>> start_tls_server(std::shared_ptr<const world::TlsServerContext> context, world::Deadline deadline) override {
        read_already_.clear();  // what came before TLS is not read after it
        return stream_->start_tls_server(std::move(context), deadline);
    }
    world::Task<base::Result<world::TlsSession>> start_tls_client(world::TlsClientRequest request, world::Deadline deadline) override {
        read_already_.clear();
        return stream_->start_tls_client(std::move(request), deadline);
    }
    world::Task<void> shutdown(world::Deadline deadline) override { return stream_->shutdown(deadline); }
    [[nodiscard]] base::Endpoint local() const override { return local_.value_or(stream_->local()); }
    [[nodiscard]] base::Endpoint peer() const override { return peer_.value_or(stream_->peer()); }
    [[nodiscard]] bool readable_now() const override { return !read_already_.empty() || stream_->readable_now(); }

private:
    static world::Task<base::Result<std::size_t>> given(std::size_t count) { co_return count; }

    std::unique_ptr<world::Stream> stream_;
    std::string read_already_;
    std::optional<base::Endpoint> local_, peer_;
};

}  // namespace posthouse::receive::postscreen
