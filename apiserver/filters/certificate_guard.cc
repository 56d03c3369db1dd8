#include "apiserver/filters/certificate_guard.h"

#include <algorithm>
#include <vector>

#include "machinery/pki/pki.h"

namespace noizy::apiserver {
namespace {

// As names are compared: without case, without the root's dot, addresses in one form, which is the
// same for an IPv4 address and for what stands for it within IPv6: Go's clients take one for the
// other.
std::string Comparable(std::string_view name) {
  std::string text(name);
  if (IsIpAddress(text))
    return CanonicalIpAddress(text.find(':') == std::string::npos ? "::ffff:" + text : text);
  std::ranges::transform(text, text.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  });
  if (text.ends_with('.')) text.pop_back();
  return text;
}

// A wildcard stands for one label, the first (RFC 6125 §6.4.3); one that stands for more here
// refuses a little more.
bool Matches(const std::string& pattern, const std::string& name) {
  if (!pattern.starts_with("*")) return pattern == name;
  const auto label_end = name.find('.');
  return label_end != std::string::npos && name.substr(label_end) == pattern.substr(1);
}

// Clients without a look at alternative names take the common name for one.
std::vector<std::string> NamesIn(const Value& certificate) {
  std::vector<std::string> names = {std::string(StringAt(certificate, {"spec", "commonName"}))};
  for (const std::string_view list : {"dnsNames", "ipAddresses"}) {
    const Array* items = ArrayAt(certificate, {"spec", list});
    if (items == nullptr) continue;
    for (const Value& item : *items) {
      if (item.is_string()) names.emplace_back(View(item.get_string()));
    }
  }
  return names;
}

// What makes it dangerous, in words; "" when nothing does.
std::string WhatIsTheServers(const ServerNames& server, const Value& certificate) {
  if (StringAt(certificate, {"spec", "issuerRef", "kind"}) == "SelfSigned") return {};
  if (BoolAt(certificate, {"spec", "isCA"})) return "a CA below the grid's could sign as anybody";
  for (const std::string& name : NamesIn(certificate)) {
    if (server.IsCoveredBy(name)) return "\"" + name + "\" is a name of the API server";
  }
  return {};
}

bool SameSpec(const Value* before, const Value& after) {
  if (before == nullptr) return false;
  const Value* old = Find(*before, {"spec"});
  const Value* now = Find(after, {"spec"});
  return old != nullptr && now != nullptr && *old == *now;
}

}  // namespace

Status ServerNames::Set(std::string_view certificate_pem) {
  NOIZY_ASSIGN_OR_RETURN(const ParsedCertificate parsed, ParseCertificate(certificate_pem));
  std::set<std::string> names;
  for (const std::string& name : parsed.subject.dns_names) names.insert(Comparable(name));
  for (const std::string& address : parsed.subject.ip_addresses) names.insert(Comparable(address));
  MutexLock lock(mutex_);
  names_.swap(names);
  return Status::Ok();
}

bool ServerNames::IsCoveredBy(std::string_view name) const {
  const std::string pattern = Comparable(name);
  MutexLock lock(mutex_);
  return std::ranges::any_of(names_, [&](const std::string& own) { return Matches(pattern, own); });
}

Status CheckCertificateWrite(Authorizer& authorizer, const ServerNames& server,
                             const Identity& identity, const Value* before, const Value& after) {
  if (SameSpec(before, after)) return Status::Ok();
  const std::string why = WhatIsTheServers(server, after);
  if (why.empty()) return Status::Ok();
  const Access access{
      .verb = "sign", .group = "certificates.k8s.io", .resource = "signers", .name = kServerSigner};
  if (authorizer.Allows(identity, access)) return Status::Ok();
  return Forbidden(why + ": only who may sign as " + std::string(kServerSigner) +
                   " (the verb sign on signers.certificates.k8s.io, which cluster-admin has) may "
                   "have a Certificate for that; use other names, or an issuer of your own");
}

}  // namespace noizy::apiserver
