// cert inspect, export, status: what people ask of certificates.
#include <algorithm>

#include "cli/certificates.h"
#include "cli/commands.h"
#include "cli/table.h"
#include "cli/targets.h"
#include "machinery/meta/meta.h"
#include "machinery/meta/time.h"
#include "machinery/os/files.h"
#include "machinery/pki/pki.h"
#include "machinery/value/base64.h"
#include "machinery/value/json.h"

namespace noizy::cli {
namespace {

constexpr Flag kExportFlags[] = {
    {"to", 0, FlagKind::kText, "FOLDER", "where the files go; made, mode 0700 (.)"}};
constexpr Flag kStatusFlags[] = {
    kAllNamespacesFlag,
    {"within", 0, FlagKind::kText, "DURATION", "only those that end within this time"}};

std::string Joined(const std::vector<std::string>& texts) {
  std::string out;
  for (const std::string& text : texts) out.append(out.empty() ? "" : ", ").append(text);
  return out;
}

// "CN=web, O=Noizyfish".
std::string SubjectText(const CertificateSubject& subject) {
  std::vector<std::string> parts;
  const auto add = [&](std::string_view name, const std::string& text) {
    if (!text.empty()) parts.push_back(std::string(name).append("=").append(text));
  };
  add("CN", subject.common_name);
  add("O", Joined(subject.organizations));
  add("OU", Joined(subject.organizational_units));
  add("L", Joined(subject.localities));
  add("ST", Joined(subject.provinces));
  add("C", Joined(subject.countries));
  return Joined(parts);
}

std::string NamesText(const CertificateSubject& subject) {
  std::vector<std::string> names = subject.dns_names;
  for (const auto* more : {&subject.ip_addresses, &subject.uris, &subject.email_addresses})
    names.insert(names.end(), more->begin(), more->end());
  return Joined(names);
}

std::string TimeLeft(WallTime end, WallTime now) {
  return end <= now ? "expired" : HumanDuration(end - now) + " left";
}

// Each certificate of a text, from the leaf up.
Status DescribeAll(const std::string& pem, WallTime now, std::ostream& out) {
  NOIZY_ASSIGN_OR_RETURN(const std::vector<std::string> chain, SplitCertificates(pem));
  for (std::size_t i = 0; i < chain.size(); ++i) {
    NOIZY_ASSIGN_OR_RETURN(const ParsedCertificate certificate, ParseCertificate(chain[i]));
    if (i > 0) out << "\nSigned by\n";
    DescribeCertificate(certificate, now, out);
  }
  return Status::Ok();
}

// The members of a Certificate's Secret.
Result<Value> SecretOf(const Session& session, const std::string& name) {
  NOIZY_ASSIGN_OR_RETURN(const Value certificate,
                         session.client().Get(kCertificates, {session.ns(), name}));
  const std::string secret(StringAt(certificate, {"spec", "secretName"}));
  return session.client().Get(kSecrets, {session.ns(), secret});
}

Result<int> RunInspect(Invocation& invocation) {
  if (invocation.words().size() != 1) return WrongUsage("say a Certificate's name, or a PEM file");
  const std::string& word = invocation.words().front();
  const WallTime now = invocation.environment().clock.Now();
  if (FileExists(word)) {
    NOIZY_ASSIGN_OR_RETURN(const std::string pem, ReadFile(word));
    NOIZY_RETURN_IF_ERROR(DescribeAll(pem, now, invocation.out()));
    return kExitOk;
  }
  NOIZY_ASSIGN_OR_RETURN(Session* const session, invocation.session());
  NOIZY_ASSIGN_OR_RETURN(const Value secret, SecretOf(*session, word));
  NOIZY_ASSIGN_OR_RETURN(const std::string pem,
                         DecodeBase64(StringAt(secret, {"data", "tls.crt"})));
  NOIZY_RETURN_IF_ERROR(DescribeAll(pem, now, invocation.out()));
  return kExitOk;
}

Result<int> RunExport(Invocation& invocation) {
  if (invocation.words().size() != 1) return WrongUsage("say the Certificate's name");
  NOIZY_ASSIGN_OR_RETURN(Session* const session, invocation.session());
  NOIZY_ASSIGN_OR_RETURN(const Value secret, SecretOf(*session, invocation.words().front()));
  std::string folder(invocation.flags().Text("to"));
  if (folder.empty()) folder = ".";
  NOIZY_RETURN_IF_ERROR(MakeFolders(folder));
  for (const char* member : {"tls.crt", "tls.key", "ca.crt", "combined.pem"}) {
    NOIZY_ASSIGN_OR_RETURN(const std::string text,
                           DecodeBase64(StringAt(secret, {"data", member})));
    const std::string path = folder + "/" + member;
    NOIZY_RETURN_IF_ERROR(WriteFileAtomically(path, text));
    invocation.out() << path << "\n";
  }
  return kExitOk;
}

// Ready, or why not.
std::string StateOf(const Value& certificate) {
  const Array* conditions = ArrayAt(certificate, {"status", "conditions"});
  for (std::size_t i = 0; conditions != nullptr && i < conditions->size(); ++i) {
    const Value& condition = conditions->at(i);
    if (StringAt(condition, {"type"}) != "Ready") continue;
    const bool ready = StringAt(condition, {"status"}) == "True";
    return ready ? "Ready" : std::string(StringAt(condition, {"reason"}));
  }
  return "Pending";
}

Result<int> RunStatus(Invocation& invocation) {
  if (!invocation.words().empty()) return WrongUsage("cert status takes no words");
  constexpr Duration kAlways = std::chrono::hours(24 * 36500);
  NOIZY_ASSIGN_OR_RETURN(const Duration within, invocation.flags().Span("within", kAlways));
  NOIZY_ASSIGN_OR_RETURN(Session* const session, invocation.session());
  const std::string ns = invocation.flags().On("all-namespaces") ? "" : session->ns();
  NOIZY_ASSIGN_OR_RETURN(ObjectList list, session->client().List(kCertificates, ns));
  const WallTime now = invocation.environment().clock.Now();
  // What ends first comes first; what was never issued, before all.
  std::ranges::stable_sort(list.items, {}, [](const Value& item) {
    return std::string(StringAt(item, {"status", "notAfter"}));
  });
  TextTable table;
  table.AddRow({"NAMESPACE", "NAME", "STATE", "EXPIRES", "RENEWAL", "SECRET"});
  for (const Value& item : list.items) {
    const auto end = ParseTime(StringAt(item, {"status", "notAfter"}));
    if (end.ok() && *end - now > within) continue;
    const auto renewal = ParseTime(StringAt(item, {"status", "renewalTime"}));
    table.AddRow(
        {std::string(NamespaceOf(item)), std::string(NameOf(item)), StateOf(item),
         end.ok() ? TimeLeft(*end, now) : "<none>",
         renewal.ok() ? (*renewal > now ? "in " + HumanDuration(*renewal - now) : "now") : "<none>",
         std::string(StringAt(item, {"spec", "secretName"}))});
  }
  invocation.out() << table.Print();
  return kExitOk;
}

}  // namespace

void DescribeCertificate(const ParsedCertificate& certificate, WallTime now, std::ostream& out) {
  const auto line = [&](std::string_view name, const std::string& text) {
    if (text.empty()) return;
    std::string label(name);
    label.append(":").resize(14, ' ');
    out << label << text << "\n";
  };
  line("Subject", SubjectText(certificate.subject));
  line("Names", NamesText(certificate.subject));
  line("Issuer", certificate.issuer_common_name);
  line("Usages", Joined(certificate.usages));
  line("CA", certificate.is_ca ? "yes" : "");
  line("Valid from", FormatTime(certificate.not_before));
  line("Valid to",
       FormatTime(certificate.not_after) + " (" + TimeLeft(certificate.not_after, now) + ")");
  line("Serial", certificate.serial);
  line("SHA-256", certificate.fingerprint_sha256);
}

const Command kCertInspect = {.name = "cert inspect",
                              .usage = "NAME | FILE",
                              .summary = "Show a certificate: names, usages, chain, time left",
                              .details = "",
                              .flags = {},
                              .run = RunInspect};
const Command kCertExport = {.name = "cert export",
                             .usage = "NAME [--to FOLDER]",
                             .summary = "Write a Certificate's key and chain into files",
                             .details = "tls.crt, tls.key, ca.crt and combined.pem, mode 0600.",
                             .flags = kExportFlags,
                             .run = RunExport};
const Command kCertStatus = {.name = "cert status",
                             .usage = "[-A] [--within DURATION]",
                             .summary = "List Certificates, what ends first at the top",
                             .details = "",
                             .flags = kStatusFlags,
                             .run = RunStatus};

}  // namespace noizy::cli
