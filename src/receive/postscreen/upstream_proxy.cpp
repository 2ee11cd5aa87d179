#include "receive/postscreen/upstream_proxy.hpp"

namespace posthouse::receive::postscreen {

world::Task<base::Result<std::unique_ptr<world::Stream>>> behind_upstream_proxy(std::unique_ptr<world::Stream> stream, std::shared_ptr<const Screen>, world::Core&) { co_return std::move(stream); }

}  // namespace posthouse::receive::postscreen
