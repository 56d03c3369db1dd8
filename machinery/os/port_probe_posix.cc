#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <cerrno>
#include <chrono>
#include <cstring>

#include "machinery/os/fd.h"
#include "machinery/os/port_probe.h"

namespace noizy {
namespace {

// The address as the kernel takes it; its size, 0 for none.
socklen_t ReadAddress(const std::string& address, std::uint16_t port, sockaddr_storage& out) {
  auto* v4 = reinterpret_cast<sockaddr_in*>(&out);
  if (::inet_pton(AF_INET, address.c_str(), &v4->sin_addr) == 1) {
    v4->sin_family = AF_INET;
    v4->sin_port = htons(port);
    return sizeof *v4;
  }
  auto* v6 = reinterpret_cast<sockaddr_in6*>(&out);
  if (::inet_pton(AF_INET6, address.c_str(), &v6->sin6_addr) != 1) return 0;
  v6->sin6_family = AF_INET6;
  v6->sin6_port = htons(port);
  return sizeof *v6;
}

timeval TimevalOf(Duration duration) {
  const auto micros = std::chrono::duration_cast<std::chrono::microseconds>(duration).count();
  constexpr std::int64_t kMicros = 1'000'000;
  return {.tv_sec = micros / kMicros, .tv_usec = micros % kMicros};
}

}  // namespace

Status ProbePort(const std::string& address, std::uint16_t port, Duration timeout) {
  sockaddr_storage storage = {};
  const socklen_t size = ReadAddress(address, port, storage);
  if (size == 0) return BadRequest("\"" + address + "\" is no IP address");
  const UniqueFd socket(::socket(storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!socket) return SystemError("make a socket", errno);
  // Linux bounds connect by it; elsewhere the kernel's own bound holds.
  const timeval bound = TimevalOf(timeout);
  if (::setsockopt(socket.get(), SOL_SOCKET, SO_SNDTIMEO, &bound, sizeof bound) != 0)
    return SystemError("bound a connection", errno);
  if (::connect(socket.get(), reinterpret_cast<const sockaddr*>(&storage), size) == 0)
    return Status::Ok();
  const std::string place = address + " port " + std::to_string(port);
  if (errno == EINPROGRESS || errno == EAGAIN || errno == ETIMEDOUT)
    return Timeout("no answer from " + place);
  return Unavailable("nobody listens at " + place + ": " + std::strerror(errno));
}

}  // namespace noizy
