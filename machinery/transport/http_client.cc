#include "machinery/transport/http_client.h"

#include <atomic>
#include <csignal>
#include <thread>

#include "machinery/base/mutex.h"
#include "machinery/transport/call_deadline.h"
#include "machinery/transport/call_stop.h"
#include "machinery/transport/http_client_connector.h"
#include "machinery/transport/http_client_pool.h"
#include "machinery/transport/stream_pipe.h"

namespace noizy {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

// How often a silent stream asks its sink whether it is still wanted; http.h promises 100 ms.
constexpr milliseconds kCancelPoll{50};
// A stream may be silent for long; whoever waits ends it by `cancelled`.
constexpr std::chrono::hours kStreamSilence{24};

// Connections that a batch of requests uses at once: more would not fill a commit any better.
constexpr std::size_t kSideBySide = 16;

bool IsIdempotent(const std::string& method) {
  return method == "GET" || method == "HEAD";
}

bool HasControls(std::string_view text) {
  return std::any_of(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7f;
  });
}

// A server that went away, or that closed the connection just as it was used again.
bool IsBroken(httplib::Error error) {
  return error == httplib::Error::Read || error == httplib::Error::Write;
}

HttpHeaders HeadersOf(const httplib::Response& response) {
  HttpHeaders headers;
  const bool decoded = response.has_header("Content-Encoding");
  for (const auto& [name, value] : response.headers) {
    const bool of_the_encoding =
        EqualsIgnoringCase(name, "Content-Encoding") || EqualsIgnoringCase(name, "Content-Length");
    // The body is handed out decoded.
    if (!decoded || !of_the_encoding) headers.emplace_back(name, value);
  }
  return headers;
}

// One call's reply as it comes in.
struct Incoming {
  httplib::Response response;
  std::string body;
  bool begun = false;     // its head came
  bool bodiless = false;  // 304: httplib would wait for a body
  bool late = false;
};

// Writing to a connection that the server has closed must be an error, not the process's end:
// httplib writes without MSG_NOSIGNAL.
void IgnoreBrokenPipes() {
#ifdef SIGPIPE
  static const auto previous = std::signal(SIGPIPE, SIG_IGN);
  (void)previous;
#endif
}

class HttpClient final : public HttpTransport {
 public:
  HttpClient(std::unique_ptr<HttpClientConnector> connector, const HttpClientOptions& options,
             std::shared_ptr<CallStop> stop)
      : connector_(std::move(connector)),
        stop_(std::move(stop)),
        user_agent_(options.user_agent.empty() ? "noizy" : options.user_agent),
        bearer_token_(options.bearer_token),
        pool_(*connector_) {}
  ~HttpClient() override;
  HttpClient(const HttpClient&) = delete;
  HttpClient& operator=(const HttpClient&) = delete;

  Result<HttpReply> Do(const HttpRequest& request, milliseconds timeout) override;
  std::vector<Result<HttpReply>> DoAll(const std::vector<HttpRequest>& requests,
                                       milliseconds timeout) override;
  Status Stream(const HttpRequest& request, const StreamSink& sink) override;

 private:
  // A stream that its caller left; its thread is waited for at the end.
  struct Left {
    std::thread thread;
    std::shared_ptr<std::atomic<bool>> done;
  };

  Result<httplib::Request> WireRequest(const HttpRequest& request) const;
  void Leave(std::thread reading, std::shared_ptr<HttpClientConnection> connection,
             std::shared_ptr<StreamPipe> pipe);
  httplib::Error Send(HttpClientConnection& connection, httplib::Request& wire,
                      httplib::Response& response, milliseconds silence) const;

  const std::unique_ptr<HttpClientConnector> connector_;
  const std::shared_ptr<CallStop> stop_;  // null: nobody stops its calls
  const std::string user_agent_;
  const std::string bearer_token_;
  HttpClientPool pool_;
  Mutex mutex_;
  std::vector<Left> left_ NOIZY_GUARDED_BY(mutex_);
};

HttpClient::~HttpClient() {
  std::vector<Left> left;
  {
    const MutexLock lock(mutex_);
    left.swap(left_);
  }
  for (Left& one : left) one.thread.join();
}

Result<httplib::Request> HttpClient::WireRequest(const HttpRequest& request) const {
  httplib::Request wire;
  wire.method = request.method;
  wire.path = connector_->target().prefix + request.path;
  if (!request.query.empty()) wire.path += "?" + request.query;
  if (!request.path.starts_with('/') || HasControls(wire.path) ||
      wire.path.find(' ') != std::string::npos) {
    return BadRequest("\"" + request.path + "\" is no path of a URL");
  }
  for (const auto& [name, value] : request.headers) {
    if (HasControls(name) || HasControls(value)) {
      return BadRequest("the header \"" + name + "\" has control characters");
    }
    wire.headers.emplace(name, value);
  }
  if (!bearer_token_.empty() && !wire.has_header("Authorization")) {
    wire.headers.emplace("Authorization", "Bearer " + bearer_token_);
  }
  if (!wire.has_header("User-Agent")) wire.headers.emplace("User-Agent", user_agent_);
  wire.body = request.body;
  return wire;
}

// Fills `wire` so that what comes in ends up in `incoming`, until `deadline`.
void Receive(httplib::Request& wire, Incoming& incoming, steady_clock::time_point deadline) {
  wire.response_handler = [&incoming](const httplib::Response& response) {
    incoming.begun = true;
    incoming.bodiless = response.status == 304;
    return !incoming.bodiless;
  };
  wire.content_receiver = [&incoming, deadline](const char* bytes, std::size_t size, std::uint64_t,
                                                std::uint64_t) {
    incoming.body.append(bytes, size);
    incoming.late = steady_clock::now() > deadline;
    return !incoming.late;
  };
}

httplib::Error HttpClient::Send(HttpClientConnection& connection, httplib::Request& wire,
                                httplib::Response& response, milliseconds silence) const {
  if (!stop_) return connection.Send(wire, response, silence);
  const CallStop::Call call(*stop_, [&connection] { connection.Abort(); });
  if (stop_->stopped()) return httplib::Error::Canceled;
  const httplib::Error error = connection.Send(wire, response, silence);
  return error != httplib::Error::Success && stop_->stopped() ? httplib::Error::Canceled : error;
}

Result<HttpReply> HttpClient::Do(const HttpRequest& request, milliseconds timeout) {
  NOIZY_ASSIGN_OR_RETURN(const httplib::Request prepared, WireRequest(request));
  const auto deadline = steady_clock::now() + timeout;
  HttpClientPool::Taken taken = pool_.Take();
  for (bool retry = taken.reused && IsIdempotent(request.method);; retry = false) {
    httplib::Request wire = prepared;
    Incoming incoming;
    Receive(wire, incoming, deadline);
    const auto left = std::chrono::ceil<milliseconds>(deadline - steady_clock::now());
    const CallDeadline ends(deadline, [&] { taken.connection->Abort(); });
    const httplib::Error error =
        Send(*taken.connection, wire, incoming.response, std::max(left, milliseconds(1)));
    if (error == httplib::Error::Success || incoming.bodiless) {
      HttpReply reply;
      reply.code = incoming.response.status;
      reply.headers = HeadersOf(incoming.response);
      if (!incoming.body.empty()) reply.body.emplace_back(std::move(incoming.body));
      if (!incoming.bodiless) pool_.Put(std::move(taken.connection));
      return reply;
    }
    if (incoming.late || steady_clock::now() >= deadline) {
      return Timeout("no complete answer from " + connector_->target().Origin() + " within " +
                     std::to_string(timeout.count()) + " ms");
    }
    if (!retry || incoming.begun || !IsBroken(error)) return taken.connection->Explain(error);
    // The server closed the idle connection just then; a new one has no such excuse.
    taken = {connector_->Connect(), false};
  }
}

// Reads a whole stream into `pipe`, on a thread of its own.
void ReadStream(httplib::Request wire, HttpClientConnection& connection, StreamPipe& pipe) {
  bool bodiless = false;
  wire.response_handler = [&](const httplib::Response& response) {
    bodiless = response.status == 304;
    return pipe.PutHead(response.status, HeadersOf(response)) && !bodiless;
  };
  wire.content_receiver = [&](const char* bytes, std::size_t size, std::uint64_t, std::uint64_t) {
    return pipe.PutBytes({bytes, size});
  };
  httplib::Response response;
  const httplib::Error error = connection.Send(wire, response, kStreamSilence);
  // For replies that have no body, the handler is not called.
  if (error == httplib::Error::Success && (response.status == 204 || wire.method == "HEAD")) {
    pipe.PutHead(response.status, HeadersOf(response));
  }
  pipe.End(bodiless ? Status::Ok() : connection.Explain(error));
}

// Feeds `sink` until the stream ends (true) or the sink wants no more (false).
bool Feed(StreamPipe& pipe, const HttpTransport::StreamSink& sink) {
  while (!(sink.cancelled && sink.cancelled())) {
    const StreamPipe::Taken taken = pipe.Take(kCancelPoll);
    if (taken.head && sink.on_headers && !sink.on_headers(taken.head->first, taken.head->second)) {
      return false;
    }
    if (!taken.bytes.empty() && sink.on_piece && !sink.on_piece(taken.bytes)) return false;
    if (taken.ended) return true;
  }
  return false;
}

// Each thread takes the next request that nobody took.
std::vector<Result<HttpReply>> HttpClient::DoAll(const std::vector<HttpRequest>& requests,
                                                 milliseconds timeout) {
  std::vector<Result<HttpReply>> replies(requests.size(), Result<HttpReply>(HttpReply{}));
  std::atomic<std::size_t> next{0};
  const auto work = [&] {
    for (std::size_t i = next++; i < requests.size(); i = next++)
      replies[i] = Do(requests[i], timeout);
  };
  std::vector<std::thread> others;
  for (std::size_t i = 1; i < std::min(requests.size(), kSideBySide); ++i)
    others.emplace_back(work);
  work();
  for (std::thread& other : others) other.join();
  return replies;
}

// A new connection each: a stream outlives by far what the handshake costs, and so needs no retry.
// It is read on a thread of its own, so that `cancelled` is heard while the server is silent.
Status HttpClient::Stream(const HttpRequest& request, const StreamSink& sink) {
  NOIZY_ASSIGN_OR_RETURN(httplib::Request wire, WireRequest(request));
  const std::shared_ptr<HttpClientConnection> connection = connector_->Connect();
  const auto pipe = std::make_shared<StreamPipe>();
  std::thread reading([wire = std::move(wire), connection, pipe]() mutable {
    ReadStream(std::move(wire), *connection, *pipe);
  });
  if (!Feed(*pipe, sink)) {
    Leave(std::move(reading), connection, pipe);
    return {};
  }
  reading.join();
  return pipe->status();
}

// The caller returns at once; ending the connection may take as long as connecting.
void HttpClient::Leave(std::thread reading, std::shared_ptr<HttpClientConnection> connection,
                       std::shared_ptr<StreamPipe> pipe) {
  pipe->Abandon();
  const auto done = std::make_shared<std::atomic<bool>>(false);
  std::thread leaving([reading = std::move(reading), connection = std::move(connection),
                       pipe = std::move(pipe), done]() mutable {
    // More than once: the first may come before there is a connection to end.
    do {
      connection->Abort();
    } while (!pipe->AwaitEnd(kCancelPoll));
    reading.join();
    *done = true;
  });
  const MutexLock lock(mutex_);
  std::erase_if(left_, [](Left& one) {
    if (!*one.done) return false;
    one.thread.join();
    return true;
  });
  left_.push_back({std::move(leaving), done});
}

}  // namespace

Result<std::unique_ptr<HttpTransport>> MakeHttpClient(HttpClientOptions options) {
  return MakeStoppableHttpClient(std::move(options), nullptr);
}

Result<std::unique_ptr<HttpTransport>> MakeStoppableHttpClient(HttpClientOptions options,
                                                               std::shared_ptr<CallStop> stop) {
  IgnoreBrokenPipes();
  if (HasControls(options.bearer_token) || HasControls(options.user_agent)) {
    return BadRequest("the bearer token or the user agent has control characters");
  }
  NOIZY_ASSIGN_OR_RETURN(auto connector, HttpClientConnector::Make(options));
  return std::unique_ptr<HttpTransport>(
      std::make_unique<HttpClient>(std::move(connector), options, std::move(stop)));
}

}  // namespace noizy
