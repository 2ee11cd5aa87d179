#pragma once
// How postconf(1) shows master.cf: rows (-M), their -o parameters (-P) and their columns (-F).
#include "config/snapshot.hpp"
#include "tools/postconf.hpp"
#include "tools/postconf_options.hpp"

namespace posthouse::tools {

/// Requests are service[/type[/name]], each part may be "*"; a request that fits nothing gets a warning.
void show_master(const config::Configuration& configuration, const PostconfOptions& options, PostconfOutput& output);

}  // namespace posthouse::tools
