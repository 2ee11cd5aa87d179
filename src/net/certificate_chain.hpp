#pragma once
// Private keys and certificate chains from PEM files.
#include <chrono>
#include <optional>
#include <string>

#include "net/openssl_handles.hpp"

namespace posthouse::net {

/// Gives `context` every key of `chain_file` with its chain (smtpd_tls_chain_files: each key before its certificates), or,
/// with a `key_file`, that key with the chain of `chain_file`. The error names the file and what is wrong with it.
base::Result<void> use_chain(SSL_CTX* context, const std::string& chain_file, const std::string& key_file);

/// The same for one connection, from PEM with each key in front of its chain; `name` stands for the file in errors.
[[nodiscard]] base::Result<void> use_chain_text(SSL* ssl, const std::string& pem, const std::string& name);

/// Until when the first certificate of a PEM text is valid; nullopt: there is none that can be read.
[[nodiscard]] std::optional<std::chrono::system_clock::time_point> first_certificate_end(const std::string& pem);

}  // namespace posthouse::net
