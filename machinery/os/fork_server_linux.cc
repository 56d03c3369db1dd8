#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include "machinery/os/fork_server.h"
#include "machinery/os/spawn.h"

namespace noizy {
namespace {

constexpr int kSocket = 3;                 // where the server finds it
constexpr std::size_t kTitleBytes = 4096;  // room for a copy's words, so that ps shows them
constexpr std::size_t kMostBytes = std::size_t{64} << 10;
constexpr std::size_t kMostFds = 16;
constexpr Duration kAnswerBound = std::chrono::seconds(10);

// One packet with descriptors beside it (SCM_RIGHTS). What is received is closed on exec.
struct Packet {
  std::string bytes;
  std::vector<UniqueFd> fds;
};

bool Send(int socket, std::string_view bytes, const std::vector<int>& fds) {
  iovec data{const_cast<char*>(bytes.data()), bytes.size()};
  alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int) * kMostFds)> room{};
  msghdr message{};
  message.msg_iov = &data;
  message.msg_iovlen = 1;
  if (!fds.empty()) {
    const std::size_t size = sizeof(int) * fds.size();
    message.msg_control = room.data();
    message.msg_controllen = CMSG_SPACE(size);
    cmsghdr* rights = CMSG_FIRSTHDR(&message);
    rights->cmsg_level = SOL_SOCKET;
    rights->cmsg_type = SCM_RIGHTS;
    rights->cmsg_len = CMSG_LEN(size);
    std::memcpy(CMSG_DATA(rights), fds.data(), size);
  }
  ssize_t sent = 0;
  do {
    sent = ::sendmsg(socket, &message, MSG_NOSIGNAL);
  } while (sent < 0 && errno == EINTR);
  return sent == static_cast<ssize_t>(bytes.size());
}

std::vector<UniqueFd> TakeFds(msghdr& message) {
  std::vector<UniqueFd> fds;
  for (cmsghdr* part = CMSG_FIRSTHDR(&message); part != nullptr;
       part = CMSG_NXTHDR(&message, part)) {
    if (part->cmsg_level != SOL_SOCKET || part->cmsg_type != SCM_RIGHTS) continue;
    std::vector<int> numbers((part->cmsg_len - CMSG_LEN(0)) / sizeof(int));
    std::memcpy(numbers.data(), CMSG_DATA(part), numbers.size() * sizeof(int));
    for (const int fd : numbers) fds.emplace_back(fd);
  }
  return fds;
}

// An empty packet: the other end is closed.
Packet Receive(int socket) {
  Packet packet{std::string(kMostBytes, '\0'), {}};
  iovec data{packet.bytes.data(), packet.bytes.size()};
  alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int) * kMostFds)> room{};
  msghdr message{};
  message.msg_iov = &data;
  message.msg_iovlen = 1;
  message.msg_control = room.data();
  message.msg_controllen = room.size();
  ssize_t got = 0;
  do {
    got = ::recvmsg(socket, &message, MSG_CMSG_CLOEXEC);
  } while (got < 0 && errno == EINTR);
  packet.bytes.resize(static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
  if (got > 0) packet.fds = TakeFds(message);
  return packet;
}

// The signals to block, by number, then the words; each ends with a NUL.
std::string Encode(const ForkRequest& request) {
  std::string bytes = std::to_string(request.blocked_signals.size());
  bytes.push_back('\0');
  for (const int signal : request.blocked_signals) {
    bytes.append(std::to_string(signal)).push_back('\0');
  }
  for (const std::string& word : request.arguments) bytes.append(word).push_back('\0');
  return bytes;
}

struct Asked {
  std::vector<int> blocked_signals;
  std::vector<std::string> arguments;
};

Asked Decode(std::string_view bytes) {
  std::vector<std::string> words;
  for (auto end = bytes.find('\0'); end != std::string_view::npos; end = bytes.find('\0')) {
    words.emplace_back(bytes.substr(0, end));
    bytes.remove_prefix(end + 1);
  }
  Asked asked;
  const std::size_t signals = words.empty() ? 0 : std::stoul(words[0]);
  for (std::size_t i = 1; i <= signals; ++i) asked.blocked_signals.push_back(std::stoi(words[i]));
  const auto first = std::min(words.size(), signals + 1);
  asked.arguments.assign(words.begin() + static_cast<std::ptrdiff_t>(first), words.end());
  return asked;
}

struct Answer {
  pid_t pid = 0;  // 0: there is no copy, and `error` says why
  int error = 0;
  std::uint64_t start_ticks = 0;
};

// The words of this process as ps shows them: written where the kernel put those it was started
// with, whose last one keeps the room.
class Title {
 public:
  Title(int argc, char** argv)
      : begin_(argc > 0 ? argv[0] : nullptr),
        size_(argc > 0
                  ? static_cast<std::size_t>(argv[argc - 1] - argv[0]) + std::strlen(argv[argc - 1])
                  : 0) {}

  void Show(const std::vector<std::string>& words) const {
    std::string text;
    for (const std::string& word : words) text.append(word).push_back('\0');
    text.resize(size_, '\0');
    std::memcpy(begin_, text.data(), size_);
  }

 private:
  char* begin_;
  std::size_t size_;
};

sigset_t SetOf(const std::vector<int>& signals) {
  sigset_t set;
  ::sigemptyset(&set);
  for (const int signal : signals) ::sigaddset(&set, signal);
  return set;
}

// In a copy. What came with the request becomes 0, 2, 3 and on; everything else is closed.
bool PlaceDescriptors(const std::vector<UniqueFd>& given) {
  const int first_free = static_cast<int>(given.size()) + 2;
  std::vector<int> high;
  for (const UniqueFd& fd : given) {
    high.push_back(::fcntl(fd.get(), F_DUPFD_CLOEXEC, first_free));
  }
  bool placed = true;
  int target = 0;
  for (const int fd : high) {
    placed = placed && ::dup2(fd, target) == target;
    target = target == 0 ? 2 : target + 1;
  }
  ::close_range(static_cast<unsigned>(first_free - 1), ~0U, 0);
  return placed;
}

void ReapAll(int signals) {
  signalfd_siginfo info{};
  while (::read(signals, &info, sizeof(info)) == sizeof(info)) {
  }
  while (::waitpid(-1, nullptr, WNOHANG) > 0) {
  }
}

void TellOf(pid_t copy, int error) {
  const Answer answer{copy, error, copy > 0 ? StartTicks(copy) : 0};
  std::vector<int> handles;
  const UniqueFd handle(copy > 0 ? PidfdOpen(copy) : -1);
  if (handle) handles.push_back(handle.get());
  (void)Send(kSocket, {reinterpret_cast<const char*>(&answer), sizeof(answer)}, handles);
}

// Ends here, so that nothing of the server's is destroyed twice: it has closed its descriptors.
[[noreturn]] void BecomeCopy(const Packet& request, const Title& title, const ForkBody& body) {
  const Asked asked = Decode(request.bytes);
  ::setsid();
  title.Show(asked.arguments);
  TellOf(::getpid(), 0);
  if (!PlaceDescriptors(request.fds)) ::_exit(127);
  const sigset_t blocked = SetOf(asked.blocked_signals);
  ::sigprocmask(SIG_SETMASK, &blocked, nullptr);
  ::_exit(body(asked.arguments));
}

}  // namespace

Result<ForkServer> ForkServer::Start(ProcessSpec program) {
  std::array<int, 2> ends{};
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends.data()) != 0) {
    return SystemError("make a socket", errno);
  }
  UniqueFd ours(ends[0]);
  const UniqueFd theirs(ends[1]);
  program.inherited = {theirs.get()};
  program.argv.emplace_back(kTitleBytes, ' ');
  NOIZY_ASSIGN_OR_RETURN(Process server, Process::Spawn(program));
  return ForkServer(std::move(server), std::move(ours));
}

ForkServer::~ForkServer() {
  if (!socket_) return;
  (void)server_.Signal(SIGKILL);
  AwaitReadable(std::array{server_.exit_fd()}, kAnswerBound);
  (void)server_.TryWait();
}

Result<Process> ForkServer::Fork(const ForkRequest& request) {
  const UniqueFd nothing(::open("/dev/null", O_RDWR | O_CLOEXEC));
  const auto or_nothing = [&](int fd) { return fd < 0 ? nothing.get() : fd; };
  std::vector<int> fds = {or_nothing(request.stdin_fd), or_nothing(request.stderr_fd)};
  fds.insert(fds.end(), request.inherited.begin(), request.inherited.end());
  if (fds.size() > kMostFds) return BadRequest("a copy is given too many descriptors");
  if (!Send(socket_.get(), Encode(request), fds)) return SystemError("ask the fork server", errno);
  if (!AwaitReadable(std::array{socket_.get()}, kAnswerBound)[0]) {
    return Unavailable("the fork server does not answer");
  }
  Packet packet = Receive(socket_.get());
  Answer answer;
  if (packet.bytes.size() != sizeof(answer)) return Internal("the fork server has ended");
  std::memcpy(&answer, packet.bytes.data(), sizeof(answer));
  if (answer.pid == 0 || packet.fds.empty()) return SystemError("copy a process", answer.error);
  return Process::OfHandle({answer.pid, answer.start_ticks, BootId()},
                           std::move(packet.fds.front()));
}

int ServeForks(int argc, char** argv, const ForkBody& body) {
  const Title title(argc, argv);
  title.Show({argv, argv + argc - 1});
  // All of them: none may reach a copy before it has said which ones it waits for.
  sigset_t all;
  ::sigfillset(&all);
  ::sigprocmask(SIG_SETMASK, &all, nullptr);
  const sigset_t child_ended = SetOf({SIGCHLD});
  const UniqueFd signals(::signalfd(-1, &child_ended, SFD_CLOEXEC | SFD_NONBLOCK));
  while (true) {
    const std::vector<bool> ready =
        AwaitReadable(std::array{kSocket, signals.get()}, std::chrono::hours(24));
    if (ready[1]) ReapAll(signals.get());
    if (!ready[0]) continue;
    const Packet request = Receive(kSocket);
    if (request.bytes.empty()) return 0;
    const pid_t copy = ::fork();
    if (copy == 0) BecomeCopy(request, title, body);
    if (copy < 0) TellOf(0, errno);
  }
}

}  // namespace noizy
