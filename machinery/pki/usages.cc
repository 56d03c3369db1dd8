#include "machinery/pki/usages.h"

#include <algorithm>
#include <array>

namespace noizy {
namespace {

using BitString = std::unique_ptr<ASN1_BIT_STRING, openssl::Deleter<ASN1_BIT_STRING_free>>;
using ExtendedUsage =
    std::unique_ptr<EXTENDED_KEY_USAGE, openssl::Deleter<EXTENDED_KEY_USAGE_free>>;

struct KeyUsageRow {
  std::string_view name;
  int bit;     // KU_…
  int number;  // RFC 5280's bit number
};
constexpr std::array<KeyUsageRow, 10> kKeyUsages = {{
    {"digital signature", KU_DIGITAL_SIGNATURE, 0},
    {"content commitment", KU_NON_REPUDIATION, 1},
    {"key encipherment", KU_KEY_ENCIPHERMENT, 2},
    {"data encipherment", KU_DATA_ENCIPHERMENT, 3},
    {"key agreement", KU_KEY_AGREEMENT, 4},
    {"cert sign", KU_KEY_CERT_SIGN, 5},
    {"crl sign", KU_CRL_SIGN, 6},
    {"encipher only", KU_ENCIPHER_ONLY, 7},
    {"decipher only", KU_DECIPHER_ONLY, 8},
    {"signing", KU_DIGITAL_SIGNATURE, 0},  // an alias, so it comes last: reading finds the first
}};

struct ExtendedUsageRow {
  std::string_view name;
  int nid;
};
constexpr std::array<ExtendedUsageRow, 13> kExtendedUsages = {{
    {"server auth", NID_server_auth},
    {"client auth", NID_client_auth},
    {"code signing", NID_code_sign},
    {"email protection", NID_email_protect},
    {"s/mime", NID_email_protect},
    {"timestamping", NID_time_stamp},
    {"ocsp signing", NID_OCSP_sign},
    {"ipsec end system", NID_ipsecEndSystem},
    {"ipsec tunnel", NID_ipsecTunnel},
    {"ipsec user", NID_ipsecUser},
    {"any", NID_anyExtendedKeyUsage},
    {"microsoft sgc", NID_ms_sgc},
    {"netscape sgc", NID_ns_sgc},
}};

template <typename Rows>
auto FindRow(const Rows& rows, std::string_view name) {
  return std::find_if(rows.begin(), rows.end(), [&](const auto& row) { return row.name == name; });
}

Status AddExtension(X509* certificate, int nid, void* value, bool critical) {
  if (X509_add1_ext_i2d(certificate, nid, value, critical ? 1 : 0, X509V3_ADD_APPEND) == 1) {
    return Status::Ok();
  }
  return openssl::ErrorFromQueue("could not add the usages to a certificate");
}

Status WriteKeyUsage(int bits, X509* certificate) {
  const BitString value(ASN1_BIT_STRING_new());
  for (const KeyUsageRow& row : kKeyUsages) {
    if ((bits & row.bit) != 0) ASN1_BIT_STRING_set_bit(value.get(), row.number, 1);
  }
  return AddExtension(certificate, NID_key_usage, value.get(), true);
}

Status WriteExtendedUsage(const std::vector<int>& nids, X509* certificate) {
  const ExtendedUsage value(EXTENDED_KEY_USAGE_new());
  for (const int nid : nids) sk_ASN1_OBJECT_push(value.get(), OBJ_nid2obj(nid));
  return AddExtension(certificate, NID_ext_key_usage, value.get(), false);
}

}  // namespace

Result<UsageBits> ParseUsages(const std::vector<std::string>& names) {
  UsageBits usages;
  for (const std::string& name : names) {
    if (const auto* row = FindRow(kKeyUsages, name); row != kKeyUsages.end()) {
      usages.key_usage |= row->bit;
      continue;
    }
    const auto* row = FindRow(kExtendedUsages, name);
    if (row == kExtendedUsages.end()) {
      return BadRequest("\"" + name + "\" is no key usage; examples: \"digital signature\", " +
                        "\"key encipherment\", \"server auth\", \"client auth\"");
    }
    auto& nids = usages.extended_nids;
    if (std::find(nids.begin(), nids.end(), row->nid) == nids.end()) nids.push_back(row->nid);
  }
  return usages;
}

Status WriteUsages(const UsageBits& usages, X509* certificate) {
  if (usages.key_usage != 0) {
    NOIZY_RETURN_IF_ERROR(WriteKeyUsage(usages.key_usage, certificate));
  }
  if (usages.extended_nids.empty()) return Status::Ok();
  return WriteExtendedUsage(usages.extended_nids, certificate);
}

std::vector<std::string> ReadUsages(X509* certificate) {
  std::vector<std::string> names;
  const BitString key_usage(static_cast<ASN1_BIT_STRING*>(
      X509_get_ext_d2i(certificate, NID_key_usage, nullptr, nullptr)));
  for (std::size_t i = 0; key_usage && i + 1 < kKeyUsages.size(); ++i) {
    if (ASN1_BIT_STRING_get_bit(key_usage.get(), kKeyUsages[i].number) == 1) {
      names.emplace_back(kKeyUsages[i].name);
    }
  }
  const ExtendedUsage extended(static_cast<EXTENDED_KEY_USAGE*>(
      X509_get_ext_d2i(certificate, NID_ext_key_usage, nullptr, nullptr)));
  for (int i = 0; i < sk_ASN1_OBJECT_num(extended.get()); ++i) {
    const int nid = OBJ_obj2nid(sk_ASN1_OBJECT_value(extended.get(), i));
    const auto* row =
        std::find_if(kExtendedUsages.begin(), kExtendedUsages.end(),
                     [nid](const ExtendedUsageRow& known) { return known.nid == nid; });
    if (row != kExtendedUsages.end()) names.emplace_back(row->name);
  }
  return names;
}

Result<int> PurposeOf(std::string_view usage) {
  if (usage == "client auth") return X509_PURPOSE_SSL_CLIENT;
  if (usage == "server auth") return X509_PURPOSE_SSL_SERVER;
  return BadRequest("certificates are verified for \"client auth\" or \"server auth\", not \"" +
                    std::string(usage) + "\"");
}

}  // namespace noizy
