// What the writing commands share: their flags, and how they tell what they did.
#pragma once

#include <cstdint>
#include <string_view>

#include "cli/command.h"
#include "cli/printer.h"
#include "cli/served_kinds.h"
#include "machinery/client/client.h"

namespace noizy::cli {

enum class DryRun : std::uint8_t { kNone, kClient, kServer };

inline constexpr Flag kDryRunFlag{"dry-run", 0, FlagKind::kOptional, "server|client",
                                  "check alone: on the server, or (client) without sending"};
inline constexpr Flag kWriteOutputFlag{"output", 'o', FlagKind::kText, "FORMAT",
                                       "print the objects instead: json, yaml, name, jsonpath=…"};
inline constexpr Flag kFieldManagerFlag{"field-manager", 0, FlagKind::kText, "NAME",
                                        "who is noted as the fields' owner"};
inline constexpr Flag kValidateFlag{"validate", 0, FlagKind::kOptional, "strict|warn|ignore",
                                    "what unknown and duplicate fields are (strict: an error)"};

/// One command's way of writing, read from its flags.
struct Writing {
  DryRun dry_run = DryRun::kNone;
  WriteOptions options;
  OutputFormat format;

  static Result<Writing> Parse(const FlagValues& flags, std::string_view default_manager);
  /// "task.noizy.dev/a created", or the object in the format asked for.
  void Tell(Invocation& invocation, const ServedKind& kind, const Value& object,
            std::string_view what) const;
};

/// The object as it is sent: with its namespace.
Value WithNamespace(Value object, const std::string& ns);

}  // namespace noizy::cli
