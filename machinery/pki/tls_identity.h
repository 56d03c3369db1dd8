// Who a TLS endpoint is and whom it trusts, as PEM texts.
#pragma once

#include <string>

namespace noizy {

struct TlsIdentity {
  std::string certificate_pem;  // the leaf first, then intermediates
  std::string private_key_pem;  // PKCS#8
  std::string ca_pem;           // one or more trusted roots
};

}  // namespace noizy
