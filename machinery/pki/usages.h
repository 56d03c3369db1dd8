// Kubernetes' key usage names as the keyUsage and extendedKeyUsage extensions, both ways.
#pragma once

#include <string>
#include <vector>

#include "machinery/base/status.h"
#include "machinery/pki/openssl_handles.h"

namespace noizy {

/// What a set of usage names stands for.
struct UsageBits {
  int key_usage = 0;               // KU_… bits
  std::vector<int> extended_nids;  // NID_server_auth, …; no duplicates
};

/// BadRequest names the first name that is none of Kubernetes' KeyUsage values.
Result<UsageBits> ParseUsages(const std::vector<std::string>& names);

/// Adds keyUsage (critical) and extendedKeyUsage; one without anything to say is left out.
Status WriteUsages(const UsageBits& usages, X509* certificate);

/// The names of a certificate's usages, key usages first.
std::vector<std::string> ReadUsages(X509* certificate);

/// The OpenSSL purpose to verify for: "client auth", "server auth". BadRequest for others.
Result<int> PurposeOf(std::string_view usage);

}  // namespace noizy
