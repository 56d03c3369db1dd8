// ca show, rotate, import: the grid's own CA.
#include <sstream>

#include "cli/certificates.h"
#include "cli/commands.h"
#include "machinery/os/files.h"
#include "machinery/pki/pki.h"
#include "machinery/value/json.h"

namespace noizy::cli {
namespace {

constexpr char kRotationPath[] = "/noizy/v1/ca/rotation";
// Whom a rotation waits for is read from many objects.
constexpr std::chrono::milliseconds kPatience{60'000};

constexpr Flag kRotateFlags[] = {
    {"finish", 0, FlagKind::kSwitch, "", "drop the old CA, once nothing known needs it"},
    {"force", 0, FlagKind::kSwitch, "", "with --finish: drop it all the same"}};
constexpr Flag kImportFlags[] = {
    {"cert", 0, FlagKind::kText, "FILE", "the CA's certificate, PEM"},
    {"key", 0, FlagKind::kText, "FILE", "its private key, PEM"},
    {"key-passphrase-file", 0, FlagKind::kText, "FILE", "opens the key: the file's first line"},
    {"data-dir", 0, FlagKind::kText, "FOLDER",
     "a control plane's data folder that has no CA yet, instead of the grid"}};

Result<Value> PostRotation(Invocation& invocation, const Value& body) {
  NOIZY_ASSIGN_OR_RETURN(Session* const session, invocation.session());
  HttpRequest request;
  request.method = "POST";
  request.path = kRotationPath;
  request.headers = {{"Content-Type", "application/json"}, {"Accept", "application/json"}};
  request.body = ToJson(body);
  NOIZY_ASSIGN_OR_RETURN(const HttpReply reply,
                         session->client().transport().Do(request, kPatience));
  if (reply.code / 100 != 2) return StatusOfReply(reply);
  return ParseJson(reply.BodyText());
}

// How a rotation stands, and what is to be done.
void Tell(const Value& rotation, std::ostream& out) {
  out << "Key hash:     " << StringAt(rotation, {"caHash"}) << "\n";
  if (StringAt(rotation, {"state"}) != "Rotating") return;
  out << "Rotation:     the CA before, " << StringAt(rotation, {"previousCaHash"})
      << ", is still trusted\n";
  const Array* const waiting = ArrayAt(rotation, {"waitingFor"});
  if (waiting == nullptr || waiting->empty()) {
    out << "              nothing known needs it: noizy ca rotate --finish drops it\n";
    return;
  }
  out << "Waiting for:\n";
  for (const Value& name : *waiting)
    out << "  " << (name.is_string() ? std::string_view(name.as_string()) : "") << "\n";
}

Result<int> RunShow(Invocation& invocation) {
  if (!invocation.words().empty()) return WrongUsage("ca show takes no words");
  NOIZY_ASSIGN_OR_RETURN(Session* const session, invocation.session());
  NOIZY_ASSIGN_OR_RETURN(const std::string text, session->client().GetRaw("/noizy/v1/ca", "*/*"));
  NOIZY_ASSIGN_OR_RETURN(const auto roots, SplitCertificates(text));
  for (const std::string& root : roots) {
    NOIZY_ASSIGN_OR_RETURN(const ParsedCertificate certificate, ParseCertificate(root));
    if (&root != &roots.front()) invocation.out() << "\nThe one before\n";
    DescribeCertificate(certificate, invocation.environment().clock.Now(), invocation.out());
  }
  NOIZY_ASSIGN_OR_RETURN(const Value rotation, session->GetValue(kRotationPath));
  if (roots.size() > 1) invocation.out() << "\n";
  Tell(rotation, invocation.out());
  return kExitOk;
}

Result<int> RunRotate(Invocation& invocation) {
  if (!invocation.words().empty()) return WrongUsage("ca rotate takes no words");
  const bool finish = invocation.flags().On("finish");
  const bool force = invocation.flags().On("force");
  if (force && !finish) return WrongUsage("--force goes with --finish");
  NOIZY_ASSIGN_OR_RETURN(
      const Value rotation,
      PostRotation(invocation, Object{{"action", finish ? "Finish" : "Start"}, {"force", force}}));
  Tell(rotation, invocation.out());
  return kExitOk;
}

// The CA in the files that the flags name, checked; its key without a passphrase.
Result<CertificateAuthority> ReadFiles(const Invocation& invocation) {
  const auto path = [&](std::string_view flag) {
    return std::string(invocation.flags().Text(flag));
  };
  NOIZY_ASSIGN_OR_RETURN(const std::string certificate, ReadFile(path("cert")));
  NOIZY_ASSIGN_OR_RETURN(const std::string key, ReadFile(path("key")));
  std::string passphrase;
  if (invocation.flags().Has("key-passphrase-file")) {
    NOIZY_ASSIGN_OR_RETURN(const std::string text, ReadFile(path("key-passphrase-file")));
    std::istringstream lines(text);
    std::getline(lines, passphrase);
  }
  return ReadRoot(certificate, key, passphrase, invocation.environment().clock.Now());
}

// For `noizy up`, which makes no CA where it finds one.
Status Place(const std::string& data_dir, const CertificateAuthority& authority) {
  const std::string folder = data_dir + "/pki";
  if (FileExists(folder + "/ca.key"))
    return {StatusReason::kAlreadyExists,
            data_dir + " has a CA: while its control plane runs, import without --data-dir"};
  NOIZY_RETURN_IF_ERROR(MakeFolders(folder));
  NOIZY_RETURN_IF_ERROR(WriteFileAtomically(folder + "/ca.crt", authority.certificate_pem));
  return WriteFileAtomically(folder + "/ca.key", authority.private_key_pem);
}

Result<int> RunImport(Invocation& invocation) {
  const FlagValues& flags = invocation.flags();
  if (!flags.Has("cert") || !flags.Has("key") || !invocation.words().empty())
    return WrongUsage("say --cert FILE and --key FILE");
  NOIZY_ASSIGN_OR_RETURN(const CertificateAuthority authority, ReadFiles(invocation));
  if (flags.Has("data-dir")) {
    NOIZY_RETURN_IF_ERROR(Place(std::string(flags.Text("data-dir")), authority));
    NOIZY_ASSIGN_OR_RETURN(const std::string hash, PublicKeyHash(authority.certificate_pem));
    invocation.out() << "Key hash:     " << hash << "\n";
    return kExitOk;
  }
  NOIZY_ASSIGN_OR_RETURN(const Value rotation,
                         PostRotation(invocation, Object{{"action", "Start"},
                                                         {"certificate", authority.certificate_pem},
                                                         {"key", authority.private_key_pem}}));
  Tell(rotation, invocation.out());
  return kExitOk;
}

}  // namespace

const Command kCaShow = {.name = "ca show",
                         .usage = "",
                         .summary = "Show the grid's CA, the hash that agents pin, a rotation",
                         .details = "",
                         .flags = {},
                         .run = RunShow};
const Command kCaRotate = {
    .name = "ca rotate",
    .usage = "[--finish [--force]]",
    .summary = "Put a new CA in the place of the grid's",
    .details =
        "The new CA signs at once, and the old one is trusted beside it until --finish. "
        "Agents stay connected, and Tasks run on.",
    .flags = kRotateFlags,
    .run = RunRotate};
const Command kCaImport = {
    .name = "ca import",
    .usage = "--cert FILE --key FILE [--data-dir FOLDER]",
    .summary = "Take a CA that was made elsewhere for the grid's",
    .details = "In a grid that runs it takes the old one's place as ca rotate does.",
    .flags = kImportFlags,
    .run = RunImport};

}  // namespace noizy::cli
