// HTTP/1.x requests off the wire, exactly as RFC 9112 writes them and no looser.
//
// A request that two parsers could read differently is how one client's bytes become another's
// request (request smuggling), so there is no leniency here at all: one fault, one refusal, and the
// connection that sent it is closed. Pure: no sockets, no clocks.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "machinery/transport/http.h"
#include "machinery/transport/http_server.h"

namespace noizy {

/// Why a request is not served. `label` is the metric's: the set of them is closed.
struct HttpRefusal {
  int code;
  std::string_view label;
  std::string_view message;
};

/// One connection's requests, one after the other. For one thread at a time.
///
///   kHead ── blank line ──> kBody ── last byte ──> kComplete ── Take() ──> kHead
///     └───────── fault ───────┴──────────────────> kRefused (for ever)
class HttpRequestParser {
 public:
  enum class Stage : std::uint8_t { kHead, kBody, kComplete, kRefused };

  /// `limits` must outlive the parser.
  explicit HttpRequestParser(const HttpServerLimits& limits) : limits_(limits) {}

  /// Takes in `bytes` up to the end of the head, of the request, or to a fault; returns how many it
  /// took. Takes nothing once the request is complete or refused.
  std::size_t Feed(std::string_view bytes);

  Stage stage() const { return stage_; }
  /// True once a byte of the request has come.
  bool started() const { return started_; }
  /// The client waits for "100 Continue" before it sends the body (from kBody on).
  bool expects_continue() const { return expects_continue_; }
  /// The connection may serve another request after this one (from kBody on).
  bool keep_alive() const { return keep_alive_; }
  /// HTTP/1.1, so a reply may be chunked; otherwise it ends with the connection (from kBody on).
  bool chunks_allowed() const { return version_ == Version::kHttp11; }
  /// Why, in kRefused.
  const HttpRefusal& refusal() const { return *refusal_; }

  /// The request, in kComplete; the parser is ready for the next one. Without peer and address.
  HttpRequest Take();

 private:
  enum class Version : std::uint8_t { kHttp10, kHttp11 };
  // What the next bytes are.
  enum class Expect : std::uint8_t {
    kRequestLine,
    kHeaderLine,
    kFixedBody,
    kChunkSize,
    kChunkBody,
    kChunkEnd,
    kTrailerLine,
  };

  std::size_t Step(std::string_view bytes);
  std::size_t StepLine(std::string_view bytes);
  std::size_t StepBody(std::string_view bytes);
  bool CountLine(std::size_t more);
  void OnLine(std::string_view line);
  void OnRequestLine(std::string_view line);
  void OnTarget(std::string_view target);
  void OnHeaderLine(std::string_view line);
  void OnHeadEnd();
  bool OnHost();
  bool OnFraming();
  bool OnContentLength(std::string_view text);
  bool OnExpectation();
  void OnConnection();
  void OnChunkSize(std::string_view line);
  void Complete();
  bool Refuse(const HttpRefusal& refusal);

  const HttpServerLimits& limits_;
  Stage stage_ = Stage::kHead;
  Expect expect_ = Expect::kRequestLine;
  Version version_ = Version::kHttp11;
  bool started_ = false;
  bool keep_alive_ = false;
  bool expects_continue_ = false;
  std::string line_;                // a line whose end has not come yet
  std::size_t head_bytes_ = 0;      // request line, headers and trailers so far
  std::size_t framing_bytes_ = 0;   // chunk sizes and extensions so far
  std::size_t body_left_ = 0;       // of the body or of the chunk
  std::string absolute_authority_;  // of a target in absolute form
  HttpRequest request_;
  const HttpRefusal* refusal_ = nullptr;
};

}  // namespace noizy
