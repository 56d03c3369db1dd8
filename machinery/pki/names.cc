#include "machinery/pki/names.h"

#include <openssl/err.h>

#include <algorithm>
#include <array>

namespace noizy {
namespace {

using openssl::GeneralNameHandle;
using openssl::GeneralNamesHandle;

std::string Quoted(std::string_view text) {
  return "\"" + std::string(text) + "\"";
}

Status AddToName(X509_NAME* name, int nid, std::string_view text) {
  const auto* bytes = reinterpret_cast<const unsigned char*>(text.data());
  if (X509_NAME_add_entry_by_NID(name, nid, MBSTRING_UTF8, bytes, static_cast<int>(text.size()), -1,
                                 0) == 1) {
    return Status::Ok();
  }
  return openssl::InputErrorFromQueue(std::string("subject ") + OBJ_nid2ln(nid) + " " +
                                      Quoted(text) + " is invalid");
}

// IA5String, and nothing that two readers could understand differently: no spaces, no control
// characters, no NUL.
bool IsPlainAscii(std::string_view text) {
  return !text.empty() &&
         std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < 127; });
}

struct AlternativeName {
  int type;  // GEN_DNS, GEN_URI or GEN_EMAIL
  std::vector<std::string> CertificateSubject::*texts;
  const char* what;
  char needed;  // a character every such name has; 0: none
};
constexpr std::array<AlternativeName, 3> kTextNames = {
    {{GEN_DNS, &CertificateSubject::dns_names, "DNS name", 0},
     {GEN_URI, &CertificateSubject::uris, "URI", ':'},
     {GEN_EMAIL, &CertificateSubject::email_addresses, "email address", '@'}}};

struct SubjectList {
  int nid;
  std::vector<std::string> CertificateSubject::*texts;
};
// In the order in which names are written: from the country down.
constexpr std::array<SubjectList, 7> kSubjectLists = {
    {{NID_countryName, &CertificateSubject::countries},
     {NID_stateOrProvinceName, &CertificateSubject::provinces},
     {NID_localityName, &CertificateSubject::localities},
     {NID_streetAddress, &CertificateSubject::street_addresses},
     {NID_postalCode, &CertificateSubject::postal_codes},
     {NID_organizationName, &CertificateSubject::organizations},
     {NID_organizationalUnitName, &CertificateSubject::organizational_units}}};

Status Push(GENERAL_NAMES* names, int type, void* value) {
  GeneralNameHandle name(GENERAL_NAME_new());
  GENERAL_NAME_set0_value(name.get(), type, value);
  if (sk_GENERAL_NAME_push(names, name.get()) <= 0) return Internal("out of memory");
  (void)name.release();  // `names` owns it now
  return Status::Ok();
}

Status PushText(GENERAL_NAMES* names, const AlternativeName& kind, const std::string& text) {
  const bool complete = kind.needed == 0 || text.find(kind.needed) != std::string::npos;
  if (!IsPlainAscii(text) || !complete) {
    return BadRequest(Quoted(text) + " is not a valid " + kind.what);
  }
  ASN1_IA5STRING* value = ASN1_IA5STRING_new();
  ASN1_STRING_set(value, text.data(), static_cast<int>(text.size()));
  return Push(names, kind.type, value);
}

Status PushAddress(GENERAL_NAMES* names, const std::string& text) {
  ASN1_OCTET_STRING* value = a2i_IPADDRESS(text.c_str());
  if (value == nullptr || text.find('\0') != std::string::npos) {
    ASN1_OCTET_STRING_free(value);
    ERR_clear_error();
    return BadRequest(Quoted(text) + " is not a valid IP address");
  }
  return Push(names, GEN_IPADD, value);
}

std::string Utf8Of(const ASN1_STRING* text) {
  unsigned char* bytes = nullptr;
  const int size = ASN1_STRING_to_UTF8(&bytes, text);
  const openssl::Memory owner(reinterpret_cast<char*>(bytes));
  return size > 0 ? std::string(owner.get(), static_cast<std::size_t>(size)) : std::string();
}

std::string BytesOf(const ASN1_STRING* text) {
  return {reinterpret_cast<const char*>(ASN1_STRING_get0_data(text)),
          static_cast<std::size_t>(ASN1_STRING_length(text))};
}

// "192.168.1.20", or RFC 5952 form for the usual IPv6 addresses; "" for another length.
std::string AddressOf(const ASN1_STRING* value) {
  const std::string bytes = BytesOf(value);
  const auto byte = [&](std::size_t i) {
    return static_cast<unsigned>(static_cast<unsigned char>(bytes[i]));
  };
  if (bytes.size() == 4) {
    return std::to_string(byte(0)) + "." + std::to_string(byte(1)) + "." + std::to_string(byte(2)) +
           "." + std::to_string(byte(3));
  }
  if (bytes.size() != 16) return {};
  // The longest run of zero groups (two at least) becomes "::".
  std::array<unsigned, 8> groups{};
  for (std::size_t i = 0; i < 8; ++i) groups[i] = byte(2 * i) << 8 | byte(2 * i + 1);
  std::size_t best = 8, best_length = 1;
  for (std::size_t i = 0; i < 8; ++i) {
    std::size_t end = i;
    while (end < 8 && groups[end] == 0) ++end;
    if (end - i > best_length) best = i, best_length = end - i;
  }
  std::string text;
  for (std::size_t i = 0; i < 8; ++i) {
    if (i == best) {
      text += "::";
      i += best_length - 1;
      continue;
    }
    if (!text.empty() && text.back() != ':') text += ':';
    std::array<char, 5> digits{};
    snprintf(digits.data(), digits.size(), "%x", groups[i]);
    text += digits.data();
  }
  return text;
}

bool IsKnownName(int type) {
  return type == GEN_DNS || type == GEN_URI || type == GEN_EMAIL || type == GEN_IPADD;
}

bool HasSubject(const CertificateSubject& subject) {
  CertificateSubject names = subject;
  for (const AlternativeName& kind : kTextNames) (names.*kind.texts).clear();
  names.ip_addresses.clear();
  return names != CertificateSubject();
}

}  // namespace

bool IsIpAddress(const std::string& text) {
  const std::unique_ptr<ASN1_OCTET_STRING, openssl::Deleter<ASN1_OCTET_STRING_free>> address(
      a2i_IPADDRESS(text.c_str()));
  ERR_clear_error();
  return address != nullptr && text.find('\0') == std::string::npos;
}

std::string CanonicalIpAddress(const std::string& text) {
  const std::unique_ptr<ASN1_OCTET_STRING, openssl::Deleter<ASN1_OCTET_STRING_free>> address(
      a2i_IPADDRESS(text.c_str()));
  ERR_clear_error();
  return address == nullptr ? text : AddressOf(address.get());
}

Status WriteSubject(const CertificateSubject& subject, X509_NAME* name) {
  const auto add_all = [&](int nid, const std::vector<std::string>& texts) {
    for (const std::string& text : texts) NOIZY_RETURN_IF_ERROR(AddToName(name, nid, text));
    return Status::Ok();
  };
  ERR_clear_error();
  for (const SubjectList& list : kSubjectLists) {
    NOIZY_RETURN_IF_ERROR(add_all(list.nid, subject.*list.texts));
  }
  if (!subject.serial_number.empty())
    NOIZY_RETURN_IF_ERROR(AddToName(name, NID_serialNumber, subject.serial_number));
  if (subject.common_name.empty()) return Status::Ok();
  return AddToName(name, NID_commonName, subject.common_name);
}

Result<openssl::ExtensionHandle> WriteAlternativeNames(const CertificateSubject& subject) {
  const GeneralNamesHandle names(sk_GENERAL_NAME_new_null());
  for (const AlternativeName& kind : kTextNames) {
    for (const std::string& text : subject.*kind.texts) {
      NOIZY_RETURN_IF_ERROR(PushText(names.get(), kind, text));
    }
  }
  for (const std::string& address : subject.ip_addresses) {
    NOIZY_RETURN_IF_ERROR(PushAddress(names.get(), address));
  }
  if (sk_GENERAL_NAME_num(names.get()) == 0) return openssl::ExtensionHandle();
  openssl::ExtensionHandle extension(
      X509V3_EXT_i2d(NID_subject_alt_name, HasSubject(subject) ? 0 : 1, names.get()));
  if (!extension) return openssl::ErrorFromQueue("could not encode the alternative names");
  return extension;
}

void ReadSubject(const X509_NAME* name, CertificateSubject& subject) {
  for (int i = 0; i < X509_NAME_entry_count(name); ++i) {
    const X509_NAME_ENTRY* entry = X509_NAME_get_entry(name, i);
    const int nid = OBJ_obj2nid(X509_NAME_ENTRY_get_object(entry));
    std::string text = Utf8Of(X509_NAME_ENTRY_get_data(entry));
    if (nid == NID_commonName) subject.common_name = text;
    if (nid == NID_serialNumber) subject.serial_number = text;
    for (const SubjectList& list : kSubjectLists) {
      if (list.nid == nid) (subject.*list.texts).push_back(text);
    }
  }
}

bool HasOtherNames(const GENERAL_NAMES* names) {
  for (int i = 0; i < sk_GENERAL_NAME_num(names); ++i) {
    if (!IsKnownName(sk_GENERAL_NAME_value(names, i)->type)) return true;
  }
  return false;
}

void ReadAlternativeNames(const GENERAL_NAMES* names, CertificateSubject& subject) {
  for (int i = 0; i < sk_GENERAL_NAME_num(names); ++i) {
    int type = 0;
    const auto* value = static_cast<const ASN1_STRING*>(
        GENERAL_NAME_get0_value(sk_GENERAL_NAME_value(names, i), &type));
    switch (type) {
      case GEN_DNS:
        subject.dns_names.push_back(BytesOf(value));
        break;
      case GEN_URI:
        subject.uris.push_back(BytesOf(value));
        break;
      case GEN_EMAIL:
        subject.email_addresses.push_back(BytesOf(value));
        break;
      case GEN_IPADD:
        subject.ip_addresses.push_back(AddressOf(value));
        break;
      default:
        break;
    }
  }
}

}  // namespace noizy
