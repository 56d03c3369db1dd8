#include "cmd/noizy/authority_files.h"

#include "machinery/meta/time.h"
#include "machinery/os/files.h"
#include "machinery/value/json.h"

namespace noizy {
namespace {

using std::chrono::hours;

constexpr Duration kAuthorityValidity = 3650 * hours(24);
// Machines whose clocks run a little behind must not find a new certificate "not yet valid".
constexpr Duration kBackdate = std::chrono::minutes(5);

constexpr char kCurrent[] = "/ca";
constexpr char kNext[] = "/next-ca";
constexpr char kCross[] = "/cross-ca.crt";
constexpr char kState[] = "/rotation.json";

struct Rotation {
  bool under_way = false;
  bool finishing = false;
  WallTime started{};
};

Status WriteState(const std::string& dir, std::string_view state, const std::string& started) {
  return WriteFileAtomically(dir + kState, ToJson(Object{{"state", state}, {"started", started}}));
}

Result<Rotation> ReadState(const std::string& dir) {
  if (!FileExists(dir + kState)) return Rotation{};
  NOIZY_ASSIGN_OR_RETURN(const std::string text, ReadFile(dir + kState));
  NOIZY_ASSIGN_OR_RETURN(const Value state, ParseJson(text));
  NOIZY_ASSIGN_OR_RETURN(const WallTime started, ParseTime(StringAt(state, {"started"})));
  return Rotation{true, StringAt(state, {"state"}) == "Finishing", started};
}

Status RemoveNext(const std::string& dir) {
  for (const std::string& file :
       {std::string(kNext) + ".key", std::string(kNext) + ".crt", std::string(kCross)})
    NOIZY_RETURN_IF_ERROR(RemoveTree(dir + file));
  return Status::Ok();
}

// The new CA takes the old one's files. May be done again from the start.
Status MoveNext(const std::string& dir) {
  for (const char* end : {".crt", ".key"}) {
    NOIZY_ASSIGN_OR_RETURN(const std::string text, ReadFile(dir + kNext + end));
    NOIZY_RETURN_IF_ERROR(WriteFileAtomically(dir + kCurrent + end, text));
  }
  NOIZY_RETURN_IF_ERROR(RemoveTree(dir + kState));
  return RemoveNext(dir);
}

// Distinct from the name of the CA before: chains are built by names.
std::string NextName(const CertificateAuthority& old, WallTime now) {
  const auto parsed = ParseCertificate(old.certificate_pem);
  const std::string name = "noizy-ca-" + FormatTime(now).substr(0, 10);
  return parsed.ok() && parsed->subject.common_name == name ? name + "-" + RandomHex(2) : name;
}

Result<CertificateAuthority> MakeNext(const CertificateAuthority& old, const Clock& clock) {
  NOIZY_ASSIGN_OR_RETURN(const KeySpec key, KeySpecOfPem(old.private_key_pem));
  return CreateAuthority(AuthorityProfile(NextName(old, clock.Now()), clock), key);
}

Status CheckReplaces(const CertificateAuthority& next, const CertificateAuthority& old) {
  NOIZY_ASSIGN_OR_RETURN(const auto ours, ParseCertificate(old.certificate_pem));
  NOIZY_ASSIGN_OR_RETURN(const auto theirs, ParseCertificate(next.certificate_pem));
  if (ours.public_key_der == theirs.public_key_der)
    return BadRequest("this CA's key is the key of the CA that there is");
  return Status::Ok();
}

Result<std::string> KeyAtRest(const std::string& key_pem, const std::string& passphrase) {
  if (passphrase.empty()) return key_pem;
  return EncryptPrivateKey(key_pem, passphrase);
}

}  // namespace

std::string RootsOf(const GridAuthorities& authorities) {
  return authorities.current.certificate_pem +
         (authorities.previous ? authorities.previous->certificate_pem : "");
}

std::string WithChain(const GridAuthorities& authorities, const std::string& leaf_or_ca_pem) {
  return leaf_or_ca_pem + authorities.cross_pem;
}

// The certificate first: a CA is there once its key is.
Status SaveAuthority(const std::string& base, const CertificateAuthority& authority,
                     const std::string& passphrase) {
  NOIZY_ASSIGN_OR_RETURN(const std::string key, KeyAtRest(authority.private_key_pem, passphrase));
  NOIZY_RETURN_IF_ERROR(WriteFileAtomically(base + ".crt", authority.certificate_pem));
  return WriteFileAtomically(base + ".key", key);
}

Result<CertificateAuthority> LoadAuthority(const std::string& base, const std::string& passphrase,
                                           WallTime now) {
  NOIZY_RETURN_IF_ERROR(RequirePrivate(base + ".key"));
  NOIZY_ASSIGN_OR_RETURN(const std::string certificate_pem, ReadFile(base + ".crt"));
  NOIZY_ASSIGN_OR_RETURN(const std::string key_pem, ReadFile(base + ".key"));
  auto authority = ReadAuthority(certificate_pem, key_pem, passphrase, now);
  if (!authority.ok()) return authority.status().WithContext(base + ".key");
  // A passphrase that came later protects the key from now on.
  if (!passphrase.empty() && !IsEncryptedKey(key_pem))
    NOIZY_RETURN_IF_ERROR(SaveAuthority(base, *authority, passphrase));
  return authority;
}

CertificateProfile AuthorityProfile(const std::string& name, const Clock& clock) {
  CertificateProfile profile;
  profile.subject.common_name = name;
  profile.not_before = clock.Now() - kBackdate;
  profile.not_after = clock.Now() + kAuthorityValidity;
  profile.is_ca = true;
  profile.path_length = -1;
  profile.usages = {"digital signature", "cert sign", "crl sign"};
  return profile;
}

Result<GridAuthorities> OpenAuthorities(const std::string& dir, const KeySpec& key,
                                        const std::string& passphrase, const Clock& clock) {
  NOIZY_ASSIGN_OR_RETURN(Rotation rotation, ReadState(dir));
  if (rotation.finishing) NOIZY_RETURN_IF_ERROR(MoveNext(dir));
  rotation.under_way = rotation.under_way && !rotation.finishing;
  if (!rotation.under_way) NOIZY_RETURN_IF_ERROR(RemoveNext(dir));
  GridAuthorities authorities;
  if (!FileExists(dir + kCurrent + ".key")) {
    NOIZY_ASSIGN_OR_RETURN(authorities.current,
                           CreateAuthority(AuthorityProfile("noizy-ca", clock), key));
    NOIZY_RETURN_IF_ERROR(SaveAuthority(dir + kCurrent, authorities.current, passphrase));
    return authorities;
  }
  NOIZY_ASSIGN_OR_RETURN(authorities.current,
                         LoadAuthority(dir + kCurrent, passphrase, clock.Now()));
  if (!rotation.under_way) return authorities;
  authorities.previous = std::move(authorities.current);
  authorities.rotation_started = rotation.started;
  NOIZY_ASSIGN_OR_RETURN(authorities.current, LoadAuthority(dir + kNext, passphrase, clock.Now()));
  NOIZY_ASSIGN_OR_RETURN(authorities.cross_pem, ReadFile(dir + kCross));
  return authorities;
}

Status StartRotation(const std::string& dir, std::optional<CertificateAuthority> next,
                     const std::string& passphrase, const Clock& clock) {
  NOIZY_ASSIGN_OR_RETURN(const GridAuthorities now,
                         OpenAuthorities(dir, KeySpec{}, passphrase, clock));
  if (now.previous)
    return {StatusReason::kConflict,
            "the CA is being rotated already: end that first with noizy ca rotate --finish"};
  if (!next) {
    NOIZY_ASSIGN_OR_RETURN(next, MakeNext(now.current, clock));
  }
  NOIZY_RETURN_IF_ERROR(CheckReplaces(*next, now.current));
  NOIZY_ASSIGN_OR_RETURN(const ParsedCertificate old,
                         ParseCertificate(now.current.certificate_pem));
  std::string cross_pem;
  if (old.path_length != 0) {
    NOIZY_ASSIGN_OR_RETURN(cross_pem, CrossSign(now.current, next->certificate_pem));
  }
  NOIZY_RETURN_IF_ERROR(SaveAuthority(dir + kNext, *next, passphrase));
  NOIZY_RETURN_IF_ERROR(WriteFileAtomically(dir + kCross, cross_pem));
  return WriteState(dir, "Rotating", FormatTime(clock.Now()));
}

Status FinishRotation(const std::string& dir) {
  NOIZY_ASSIGN_OR_RETURN(const Rotation rotation, ReadState(dir));
  if (!rotation.under_way) return {StatusReason::kConflict, "the CA is not being rotated"};
  NOIZY_RETURN_IF_ERROR(WriteState(dir, "Finishing", FormatTime(rotation.started)));
  return MoveNext(dir);
}

}  // namespace noizy
