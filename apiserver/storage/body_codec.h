// The seam for bodies that do not lie on disk as clients see them: encryption at rest.
#pragma once

#include <string>
#include <string_view>

#include "apiserver/storage/log_row.h"
#include "machinery/base/status.h"

namespace noizy::apiserver {

/// Turns bodies into what the disk gets and back. Used by one thread at a time. A row's checksum is
/// over what the disk has, so that rows can be checked without any key.
class BodyCodec {
 public:
  virtual ~BodyCodec() = default;

  /// Whether the rows of `resource` pass through here; the others' bodies are stored as they are.
  virtual bool Covers(std::string_view resource) const = 0;
  /// Called once before the first Encode, when every row there is could be decoded.
  virtual Status Prepare() = 0;
  /// What is stored for a row whose body is clear. The same row may be encoded twice, differently.
  virtual Result<std::string> Encode(const LogRow& clear) = 0;
  /// The clear body of a stored row. A body from before there was a codec is returned as it is.
  virtual Result<std::string> Decode(const LogRow& stored) const = 0;
  /// Whether Encode would protect this body in the same way today.
  virtual bool IsCurrent(std::string_view stored_body) const = 0;
  /// Told when every row is current and the disk holds nothing of what they were.
  virtual Status Settled() = 0;
};

}  // namespace noizy::apiserver
