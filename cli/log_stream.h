// A task's output, as the API streams it (GET …/tasks/NAME/log).
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <ostream>

#include "cli/targets.h"

namespace noizy::cli {

struct LogQuery {
  bool follow = false;
  bool timestamps = false;
  std::optional<std::int64_t> tail_lines = {};
  std::optional<std::int64_t> since_seconds = {};
  std::optional<std::int64_t> attempt = {};  // the last one when empty
};

/// Copies the log to `out`, flushing piece by piece, until its end, `cancelled`, or `out` fails (a
/// pipe that closed).
Status StreamLog(const Session& session, const Target& target, const LogQuery& query,
                 std::ostream& out, const std::function<bool()>& cancelled);

}  // namespace noizy::cli
