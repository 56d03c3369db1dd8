// The grid's CA on the control plane's disk, and the one that takes its place while it is rotated.
//
//   ca.crt ca.key              the CA; while it is rotated, the old one
//   next-ca.crt next-ca.key    the new one, which signs already
//   cross-ca.crt               the new one signed by the old one
//   rotation.json              {"state": "Rotating" | "Finishing", "started": TIME}
//
// rotation.json is written last when a rotation begins and removed last but one when it ends, so
// that what a process that was killed left behind is either undone or brought to its end by Open.
#pragma once

#include <optional>
#include <string>

#include "machinery/base/clock.h"
#include "machinery/base/status.h"
#include "machinery/pki/pki.h"

namespace noizy {

/// Who signs for the grid, and whom else it still trusts.
struct GridAuthorities {
  CertificateAuthority current;
  /// The CA whose place `current` takes; none when there is no rotation.
  std::optional<CertificateAuthority> previous;
  /// `current` signed by `previous`; "" when the old CA allows no CA below it.
  std::string cross_pem;
  WallTime rotation_started{};
};

/// The certificates trusted now, the one that signs first.
std::string RootsOf(const GridAuthorities& authorities);
/// `leaf_or_ca_pem`, with what those need behind it who trust the old CA alone.
std::string WithChain(const GridAuthorities& authorities, const std::string& leaf_or_ca_pem);

/// What is in `dir`; `dir`'s first CA is made with `key`. Keys are kept under `passphrase` if there
/// is one. Errors name the file.
Result<GridAuthorities> OpenAuthorities(const std::string& dir, const KeySpec& key,
                                        const std::string& passphrase, const Clock& clock);
/// Lets `next` take the CA's place; without one, a new CA with a key of the kind of the old one's.
/// Conflict while a rotation is under way.
Status StartRotation(const std::string& dir, std::optional<CertificateAuthority> next,
                     const std::string& passphrase, const Clock& clock);
/// Drops the old CA. Conflict when there is no rotation.
Status FinishRotation(const std::string& dir);

/// `base`.crt and `base`.key, the key under `passphrase`.
Status SaveAuthority(const std::string& base, const CertificateAuthority& authority,
                     const std::string& passphrase);
Result<CertificateAuthority> LoadAuthority(const std::string& base, const std::string& passphrase,
                                           WallTime now);
/// A CA for ten years named `name`.
CertificateProfile AuthorityProfile(const std::string& name, const Clock& clock);

}  // namespace noizy
