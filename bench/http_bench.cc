// The HTTP server alone, without an API behind it: GET of 1 KiB at 1, 16 and 64 connections, a list
// of 10 MB, what an idle watch weighs, and one event to a thousand watchers: http_bench [SECONDS].
// The server runs in a process of its own, so that its CPU time and memory are its own too.
//
// Links: machinery_transport OpenSSL::SSL

#include <sys/wait.h>

#include <csignal>
#include <cstdlib>
#include <fstream>
#include <mutex>

#include "bench/clients.h"
#include "bench/tls_client.h"
#include "machinery/base/clock.h"
#include "machinery/pki/pki.h"
#include "machinery/transport/http_server.h"

namespace noizy::bench {
namespace {

constexpr std::size_t kGetBytes = 1024;
constexpr std::size_t kEventBytes = 1024;
constexpr int kWatches = 1000;
constexpr int kEvents = 50;
constexpr int kListItems = 5000;
constexpr std::size_t kListItemBytes = 2000;

TlsIdentity Identity(const CertificateAuthority& authority, const std::string& usage) {
  CertificateProfile profile;
  profile.subject.common_name = "bench";
  profile.subject.dns_names = {"localhost"};
  profile.not_before = RealClock::Instance().Now() - std::chrono::hours(1);
  profile.not_after = RealClock::Instance().Now() + std::chrono::hours(24);
  profile.usages = {"digital signature", usage};
  TlsIdentity identity;
  identity.private_key_pem = *GenerateKey({});
  const std::string public_key = *PublicKeyOf(identity.private_key_pem);
  identity.certificate_pem = *SignCertificate(authority, profile, public_key);
  identity.ca_pem = authority.certificate_pem;
  return identity;
}

CertificateAuthority Authority() {
  CertificateProfile profile;
  profile.subject.common_name = "bench-ca";
  profile.not_before = RealClock::Instance().Now() - std::chrono::hours(1);
  profile.not_after = RealClock::Instance().Now() + std::chrono::hours(24);
  profile.is_ca = true;
  profile.usages = {"cert sign"};
  return *CreateAuthority(profile, {});
}

// What is measured: a kilobyte, a long list, and watches that POST /event feeds.
class Service {
 public:
  void operator()(const std::shared_ptr<HttpExchange>& exchange) {
    const std::string& path = exchange->request().path;
    if (path == "/watch") return Watch(*exchange);
    if (path == "/event") Publish();
    HttpReply reply;
    reply.headers = {{"Content-Type", "application/json"}};
    const int pieces = path == "/list" ? kListItems : 1;
    const std::size_t size = path == "/list" ? kListItemBytes : kGetBytes;
    for (int i = 0; i < pieces; ++i) reply.body.emplace_back(item_, item_->substr(0, 0));
    for (SharedBytes& piece : reply.body) piece.view = std::string_view(*item_).substr(0, size);
    exchange->Reply(std::move(reply));
  }

 private:
  void Watch(HttpExchange& exchange) {
    const std::scoped_lock lock(mutex_);
    watches_.push_back(exchange.Stream(200, {{"Content-Type", "application/json"}}, {}));
  }
  void Publish() {
    const std::scoped_lock lock(mutex_);
    const SharedBytes event(item_, std::string_view(*item_).substr(0, kEventBytes));
    for (const auto& watch : watches_) watch->Write({event});
  }

  const std::shared_ptr<const std::string> item_ =
      std::make_shared<const std::string>(kListItemBytes, 'x');
  std::mutex mutex_;
  std::vector<std::shared_ptr<HttpStream>> watches_;
};

// The server in a child process, stopped by the end of a pipe.
class ServedService {
 public:
  explicit ServedService(const TlsIdentity& identity) {
    int port_pipe[2];
    int stop_pipe[2];
    if (pipe(port_pipe) != 0 || pipe(stop_pipe) != 0) std::exit(1);
    pid_ = fork();
    if (pid_ == 0) {
      close(stop_pipe[1]);
      Serve(identity, port_pipe[1], stop_pipe[0]);
    }
    close(stop_pipe[0]);
    stop_ = stop_pipe[1];
    if (read(port_pipe[0], &port_, sizeof port_) != sizeof port_) std::exit(1);
  }
  ~ServedService() {
    close(stop_);
    waitpid(pid_, nullptr, 0);
  }
  ServedService(const ServedService&) = delete;
  ServedService& operator=(const ServedService&) = delete;

  std::uint16_t port() const { return port_; }
  double CpuSeconds() const {
    std::ifstream file("/proc/" + std::to_string(pid_) + "/stat");
    std::string word;
    double ticks = 0;
    for (int field = 1; field <= 15 && file >> word; ++field) {
      if (field >= 14) ticks += std::stod(word);
    }
    return ticks / static_cast<double>(sysconf(_SC_CLK_TCK));
  }
  double ResidentKib() const {
    std::ifstream file("/proc/" + std::to_string(pid_) + "/statm");
    double total = 0;
    double resident = 0;
    file >> total >> resident;
    return resident * static_cast<double>(sysconf(_SC_PAGESIZE)) / 1024;
  }

 private:
  [[noreturn]] static void Serve(const TlsIdentity& identity, int port_pipe, int stop_pipe) {
    {
      Service service;
      HttpServerOptions options;
      options.tls = identity;
      const auto server = HttpServer::Start(
          options, [&](const std::shared_ptr<HttpExchange>& exchange) { service(exchange); });
      if (!server.ok()) std::_Exit(1);
      const std::uint16_t port = (*server)->port();
      if (write(port_pipe, &port, sizeof port) != sizeof port) std::_Exit(1);
      char byte = 0;
      while (read(stop_pipe, &byte, 1) > 0) {
      }
      (*server)->Stop(std::chrono::seconds(1));
    }
    std::_Exit(0);
  }

  pid_t pid_ = 0;
  int stop_ = -1;
  std::uint16_t port_ = 0;
};

void Gets(const ServedService& served, const TlsIdentity& identity, int clients, double seconds,
          const std::string& path) {
  std::vector<std::unique_ptr<TlsClient>> connections;
  for (int i = 0; i < clients; ++i) {
    connections.push_back(std::make_unique<TlsClient>(served.port(), identity));
  }
  const double cpu = served.CpuSeconds();
  const auto start = std::chrono::steady_clock::now();
  const Load load = RunClients(clients, seconds, [&](int client) {
    return connections[static_cast<std::size_t>(client)]->Call("GET", path) == 200;
  });
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
  Print("GET " + path + ", " + std::to_string(clients) + " connections", load);
  std::printf("%-44s %9.1f µs of server CPU a request\n", "",
              (served.CpuSeconds() - cpu) / (load.per_second * took.count()) * 1e6);
}

void Watches(const ServedService& served, const TlsIdentity& identity) {
  std::vector<std::unique_ptr<TlsClient>> watches;
  TlsClient publisher(served.port(), identity);
  const double before = served.ResidentKib();
  for (int i = 0; i < kWatches; ++i) {
    watches.push_back(std::make_unique<TlsClient>(served.port(), identity));
    if (watches.back()->Call("GET", "/watch") != 200) std::exit(1);
  }
  std::printf("%-44s %9.1f KiB\n", "an idle watch weighs",
              (served.ResidentKib() - before) / kWatches);
  const double idle_cpu = served.CpuSeconds();
  std::this_thread::sleep_for(std::chrono::seconds(2));
  std::printf("%-44s %9.2f %%\n", "a thousand idle watches use of a core",
              (served.CpuSeconds() - idle_cpu) / 2 * 100);

  const double cpu = served.CpuSeconds();
  const auto start = std::chrono::steady_clock::now();
  for (int i = 0; i < kEvents; ++i) {
    if (publisher.Call("POST", "/event") != 200) std::exit(1);
  }
  // "400\r\n" before and "\r\n" after each event.
  constexpr std::size_t kWireBytes = kEvents * (kEventBytes + 7);
  for (const auto& watch : watches) {
    for (std::size_t got = 0; got < kWireBytes;) {
      const std::string_view piece = watch->ReadSome();
      if (piece.empty()) std::exit(1);
      got += piece.size();
    }
  }
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
  constexpr double kDeliveries = kWatches * kEvents;
  std::printf("%-44s %9.0f /s\n", "deliveries of 1 KiB to 1000 watches",
              kDeliveries / took.count());
  std::printf("%-44s %9.1f µs of server CPU a delivery\n", "",
              (served.CpuSeconds() - cpu) / kDeliveries * 1e6);
}

void Run(double seconds) {
  const CertificateAuthority authority = Authority();
  const TlsIdentity client = Identity(authority, "client auth");
  const ServedService served(Identity(authority, "server auth"));
  for (const int clients : {1, 16, 64}) Gets(served, client, clients, seconds, "/get");
  Gets(served, client, 1, seconds, "/list");
  Watches(served, client);
}

}  // namespace
}  // namespace noizy::bench

int main(int argc, char** argv) {
  std::signal(SIGPIPE, SIG_IGN);
  double seconds = 2;
  if (argc > 1) {
    const std::string_view text = argv[1];
    std::from_chars(text.data(), text.data() + text.size(), seconds);
  }
  noizy::bench::Run(seconds);
  return 0;
}
