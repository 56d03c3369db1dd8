// The attempts this node knows, as folders: what lets an agent that was restarted go on where the
// last one stopped.
//
//   DIR/<uid>-<attempt>/attempt.json   the record below; the rest of the folder is the driver's
//
// A record is written before its task may start, so that an attempt is never run a second time: not
// after the agent's end, and, where it was written durably, not after the machine's either.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "machinery/base/status.h"
#include "machinery/os/files.h"
#include "noizy/v1/agent.pb.h"

namespace noizy::nodeagent {

struct AttemptRecord {
  v1::AttemptRef ref;
  std::string never_ran_reason;  // not empty: it was never started, and this is why
  std::string never_ran_message;
  bool start_reported = false;  // acknowledged by the control plane
  bool end_reported = false;
  bool fetching = false;  // its payload was not there yet, so it had not started
};

/// For the Executor's thread; blocks on the disk.
class AttemptStore {
 public:
  explicit AttemptStore(std::string folder) : folder_(std::move(folder)) {}

  /// Makes the attempt's folder with its record; returns the folder. BadRequest for a reference
  /// that cannot name a folder: it comes from the network. AlreadyExists for an attempt that has a
  /// folder.
  Result<std::string> Create(const AttemptRecord& record,
                             Durability durability = Durability::kDurable) const;
  /// Replaces the record. Survives the process; a power cut may bring back the one before unless
  /// it is kDurable: its reports are then repeated.
  Status Save(const std::string& attempt_folder, const AttemptRecord& record,
              Durability durability = Durability::kAtomic) const;
  /// Every attempt on disk with its folder. Folders without a whole record, which nothing was
  /// started for, are removed.
  Result<std::vector<std::pair<std::string, AttemptRecord>>> Load() const;
  /// Removes the folder: the attempt is forgotten at once, its files soon.
  Status Remove(const std::string& attempt_folder) const;

 private:
  std::string folder_;
};

}  // namespace noizy::nodeagent
