// What a command stands in: streams, environment variables, the way to a server. Tests hand in
// their own.
#pragma once

#include <cstdint>
#include <functional>
#include <istream>
#include <memory>
#include <ostream>
#include <string>

#include "machinery/base/clock.h"
#include "machinery/base/status.h"
#include "machinery/os/terminal.h"
#include "machinery/transport/http_client.h"

namespace noizy::cli {

/// The signals that a command has something to do before it ends.
enum class Caught : std::uint8_t {
  kInterrupts,  // Ctrl-C, and what service managers send
  kEveryEnd,    // those of a terminal that goes away, and of Ctrl-\, too
};

/// Outlives every command that runs in it.
struct Environment {
  std::istream& in;
  std::ostream& out;             // data
  std::ostream& err;             // talk
  bool err_is_terminal = false;  // progress is told to people alone
  const Clock& clock;
  std::string version;
  /// The value of an environment variable, "" when it is not set.
  std::function<std::string(const std::string&)> variable;
  std::function<Result<std::unique_ptr<HttpTransport>>(HttpClientOptions)> connect;
  /// Lets a person change a file and returns when that is done.
  std::function<Status(const std::string& path)> edit;
  /// From its call on, what is caught no longer ends the program but is told by the function
  /// returned, once.
  std::function<std::function<bool()>(Caught)> catch_interrupts;
  /// The terminal for a command alone; null where there is none. May be empty.
  std::function<std::unique_ptr<Terminal>()> take_terminal = {};
};

}  // namespace noizy::cli
