#include "machinery/transport/http_request_parser.h"

#include <charconv>

namespace noizy {
namespace {

constexpr HttpRefusal kBareLf{400, "bare-lf", "a line does not end with CR LF"};
constexpr HttpRefusal kRequestLine{400, "request-line", "the request line is malformed"};
constexpr HttpRefusal kMethod{400, "method", "the method is malformed"};
constexpr HttpRefusal kTarget{400, "target", "the request target is malformed"};
constexpr HttpRefusal kVersion{505, "version", "the HTTP version is not 1.0 or 1.1"};
constexpr HttpRefusal kTargetTooLong{414, "target-too-long", "the request line is too long"};
constexpr HttpRefusal kHeadTooLarge{431, "head-too-large", "the headers are too large"};
constexpr HttpRefusal kTooManyHeaders{431, "too-many-headers", "there are too many headers"};
constexpr HttpRefusal kFolding{400, "folding", "a header is folded over two lines"};
constexpr HttpRefusal kHeaderName{400, "header-name", "a header name is malformed"};
constexpr HttpRefusal kHeaderValue{400, "header-value", "a header value has control characters"};
constexpr HttpRefusal kHost{400, "host", "exactly one valid Host header is required"};
constexpr HttpRefusal kFraming{400, "framing",
                               "Content-Length and Transfer-Encoding exclude each other"};
constexpr HttpRefusal kContentLength{400, "content-length", "Content-Length is malformed"};
constexpr HttpRefusal kTransferEncoding{400, "transfer-encoding",
                                        "Transfer-Encoding is not \"chunked\""};
constexpr HttpRefusal kExpectation{417, "expectation", "Expect is not \"100-continue\""};
constexpr HttpRefusal kBodyTooLarge{413, "body-too-large", "the body is too large"};
constexpr HttpRefusal kChunk{400, "chunk", "the chunked body is malformed"};
constexpr HttpRefusal kChunkExtension{400, "chunk-extension", "a chunk extension is too long"};

constexpr std::size_t kMethodBytes = 32;
// Longer ones have carried attacks (CVE-2025-22871's class); no client in use sends any.
constexpr std::size_t kChunkExtensionBytes = 256;
constexpr std::size_t kChunkSizeDigits = 16;
// A chunk's size line and CR LF weigh 5 bytes at least, so honest one-byte chunks stay under the
// factor; what exceeds it sends framing instead of a body.
constexpr std::size_t kFramingPerBodyByte = 8;
constexpr std::size_t kFramingFloorBytes = 16 * 1024;
// Grows as the bytes really come: a promise of megabytes alone must not cost any.
constexpr std::size_t kReserveBytes = 64 * 1024;
constexpr std::size_t kUsualHeaders = 12;

bool IsDigit(char c) {
  return c >= '0' && c <= '9';
}
bool IsAlpha(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

// RFC 9110 §5.6.2.
bool IsTokenCharacter(char c) {
  return IsAlpha(c) || IsDigit(c) ||
         std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
}

// RFC 9110 §5.5, obs-text included: bytes above 0x7f are opaque but harmless.
bool IsValueCharacter(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte == '\t' || (byte >= 0x20 && byte != 0x7f);
}

bool IsTargetCharacter(char c) {
  return c > 0x20 && c < 0x7f && c != '#';
}

bool IsAuthorityCharacter(char c) {
  return IsAlpha(c) || IsDigit(c) || std::string_view("-._~%:[]").find(c) != std::string_view::npos;
}

template <typename Predicate>
bool AllOf(std::string_view text, Predicate predicate) {
  return !text.empty() && std::all_of(text.begin(), text.end(), predicate);
}

std::string_view Trimmed(std::string_view text) {
  constexpr std::string_view kBlanks = " \t";
  const auto first = text.find_first_not_of(kBlanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlanks) - first + 1);
}

// How often the header is there; its value goes to `value`.
int CountHeader(const HttpHeaders& headers, std::string_view name, std::string_view& value) {
  int count = 0;
  for (const auto& [key, text] : headers) {
    if (!EqualsIgnoringCase(key, name)) continue;
    value = text;
    ++count;
  }
  return count;
}

}  // namespace

std::size_t HttpRequestParser::Feed(std::string_view bytes) {
  const Stage before = stage_;
  std::size_t taken = 0;
  while (taken < bytes.size() && stage_ == before &&
         (stage_ == Stage::kHead || stage_ == Stage::kBody)) {
    taken += Step(bytes.substr(taken));
  }
  return taken;
}

HttpRequest HttpRequestParser::Take() {
  HttpRequest request = std::move(request_);
  request_ = {};
  line_ = {};
  absolute_authority_ = {};
  stage_ = Stage::kHead;
  expect_ = Expect::kRequestLine;
  started_ = keep_alive_ = expects_continue_ = false;
  head_bytes_ = framing_bytes_ = body_left_ = 0;
  return request;
}

std::size_t HttpRequestParser::Step(std::string_view bytes) {
  started_ = true;
  const bool in_body = expect_ == Expect::kFixedBody || expect_ == Expect::kChunkBody;
  return in_body ? StepBody(bytes) : StepLine(bytes);
}

std::size_t HttpRequestParser::StepLine(std::string_view bytes) {
  const auto end = bytes.find('\n');
  const bool whole = end != std::string_view::npos;
  const std::size_t size = whole ? end + 1 : bytes.size();
  if (!CountLine(size)) return size;
  if (!whole) {
    line_ += bytes;
    return size;
  }
  // Most lines come in one piece and are read where they lie.
  std::string_view line = bytes.substr(0, size);
  std::string joined;
  if (!line_.empty()) {
    joined = std::exchange(line_, {}).append(line);
    line = joined;
  }
  if (line.size() < 2 || line[line.size() - 2] != '\r') {
    Refuse(kBareLf);
  } else {
    OnLine(line.substr(0, line.size() - 2));
  }
  return size;
}

// False when the line has become longer than what it is may be.
bool HttpRequestParser::CountLine(std::size_t more) {
  switch (expect_) {
    case Expect::kChunkSize:
      framing_bytes_ += more;
      if (line_.size() + more > kChunkSizeDigits + kChunkExtensionBytes + 2) {
        return Refuse(kChunkExtension);
      }
      return framing_bytes_ <= kFramingFloorBytes + kFramingPerBodyByte * request_.body.size() ||
             Refuse(kChunk);
    case Expect::kChunkEnd:
      return line_.size() + more <= 2 || Refuse(kChunk);
    default:
      head_bytes_ += more;
      if (head_bytes_ <= limits_.header_bytes) return true;
      return Refuse(expect_ == Expect::kRequestLine ? kTargetTooLong : kHeadTooLarge);
  }
}

void HttpRequestParser::OnLine(std::string_view line) {
  switch (expect_) {
    case Expect::kRequestLine:
      // RFC 9112 §2.2: an empty line before a request is skipped.
      if (!line.empty()) OnRequestLine(line);
      return;
    case Expect::kHeaderLine:
      if (line.empty()) return OnHeadEnd();
      return OnHeaderLine(line);
    case Expect::kTrailerLine:
      if (line.empty()) return Complete();
      return OnHeaderLine(line);
    case Expect::kChunkSize:
      return OnChunkSize(line);
    default:  // kChunkEnd
      if (!line.empty()) {
        Refuse(kChunk);
        return;
      }
      expect_ = Expect::kChunkSize;
  }
}

void HttpRequestParser::OnRequestLine(std::string_view line) {
  const auto first = line.find(' ');
  const auto last = line.rfind(' ');
  if (first == std::string_view::npos || first == last) {
    Refuse(kRequestLine);
    return;
  }
  const std::string_view method = line.substr(0, first);
  const std::string_view version = line.substr(last + 1);
  const bool known = version == "HTTP/1.1" || version == "HTTP/1.0";
  if (!known) {
    Refuse(version.substr(0, 5) == "HTTP/" && version.size() == 8 ? kVersion : kRequestLine);
    return;
  }
  version_ = version == "HTTP/1.1" ? Version::kHttp11 : Version::kHttp10;
  if (method.size() > kMethodBytes ||
      !AllOf(method, [](char c) { return (c >= 'A' && c <= 'Z') || c == '-'; })) {
    Refuse(kMethod);
    return;
  }
  request_.method = method;
  request_.headers.reserve(kUsualHeaders);
  expect_ = Expect::kHeaderLine;
  OnTarget(line.substr(first + 1, last - first - 1));
}

// RFC 9112 §3.2: origin form; absolute form when it names this very host; "*" for OPTIONS.
void HttpRequestParser::OnTarget(std::string_view target) {
  if (!AllOf(target, IsTargetCharacter)) {
    Refuse(kTarget);
    return;
  }
  if (target == "*" && request_.method == "OPTIONS") {
    request_.path = target;
    return;
  }
  for (const std::string_view scheme : {"https://", "http://"}) {
    if (!EqualsIgnoringCase(target.substr(0, scheme.size()), scheme)) continue;
    target.remove_prefix(scheme.size());
    absolute_authority_ = target.substr(0, target.find_first_of("/?"));
    target.remove_prefix(absolute_authority_.size());
    if (!AllOf(absolute_authority_, IsAuthorityCharacter)) {
      Refuse(kTarget);
      return;
    }
    if (target.empty()) target = "/";
    break;
  }
  if (target.front() != '/') {
    Refuse(kTarget);
    return;
  }
  const auto question = target.find('?');
  request_.path = target.substr(0, question);
  if (question != std::string_view::npos) request_.query = target.substr(question + 1);
}

void HttpRequestParser::OnHeaderLine(std::string_view line) {
  if (line.front() == ' ' || line.front() == '\t') {
    Refuse(kFolding);
    return;
  }
  const auto colon = line.find(':');
  const std::string_view name = line.substr(0, colon);
  if (colon == std::string_view::npos || !AllOf(name, IsTokenCharacter)) {
    Refuse(kHeaderName);
    return;
  }
  const std::string_view value = Trimmed(line.substr(colon + 1));
  if (!std::all_of(value.begin(), value.end(), IsValueCharacter)) {
    Refuse(kHeaderValue);
    return;
  }
  // Trailers are held to the same rules and then dropped: nothing here reads one.
  if (expect_ == Expect::kTrailerLine) return;
  if (request_.headers.size() >= limits_.header_count) {
    Refuse(kTooManyHeaders);
    return;
  }
  request_.headers.emplace_back(name, value);
}

void HttpRequestParser::OnHeadEnd() {
  if (!OnHost() || !OnExpectation()) return;
  OnConnection();
  stage_ = Stage::kBody;
  if (!OnFraming()) return;
  if (expect_ == Expect::kFixedBody && body_left_ == 0) Complete();
}

bool HttpRequestParser::OnHost() {
  std::string_view host;
  const int hosts = CountHeader(request_.headers, "host", host);
  if (hosts == 0 && version_ == Version::kHttp10 && absolute_authority_.empty()) return true;
  if (hosts != 1 || !AllOf(host, IsAuthorityCharacter)) return Refuse(kHost);
  if (!absolute_authority_.empty() && !EqualsIgnoringCase(absolute_authority_, host)) {
    return Refuse(kHost);
  }
  return true;
}

bool HttpRequestParser::OnExpectation() {
  std::string_view expectation;
  const int count = CountHeader(request_.headers, "expect", expectation);
  if (count == 0 || version_ == Version::kHttp10) return true;
  if (count > 1 || !EqualsIgnoringCase(expectation, "100-continue")) return Refuse(kExpectation);
  expects_continue_ = true;
  return true;
}

void HttpRequestParser::OnConnection() {
  keep_alive_ = version_ == Version::kHttp11;
  for (const auto& [name, value] : request_.headers) {
    if (!EqualsIgnoringCase(name, "connection")) continue;
    std::string_view rest = value;
    while (!rest.empty()) {
      const std::string_view option = rest.substr(0, rest.find(','));
      if (EqualsIgnoringCase(Trimmed(option), "close")) keep_alive_ = false;
      rest.remove_prefix(std::min(option.size() + 1, rest.size()));
    }
  }
}

// Where the body ends, told in exactly one way.
bool HttpRequestParser::OnFraming() {
  std::string_view length;
  std::string_view encoding;
  const int lengths = CountHeader(request_.headers, "content-length", length);
  const int encodings = CountHeader(request_.headers, "transfer-encoding", encoding);
  if (lengths > 0 && encodings > 0) return Refuse(kFraming);
  if (lengths > 1) return Refuse(kContentLength);
  if (encodings > 0) {
    if (encodings > 1 || version_ == Version::kHttp10 || !EqualsIgnoringCase(encoding, "chunked")) {
      return Refuse(kTransferEncoding);
    }
    expect_ = Expect::kChunkSize;
    return true;
  }
  expect_ = Expect::kFixedBody;
  body_left_ = 0;
  return lengths == 0 || OnContentLength(length);
}

bool HttpRequestParser::OnContentLength(std::string_view text) {
  if (!AllOf(text, IsDigit)) return Refuse(kContentLength);
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), body_left_);
  if (error != std::errc()) return Refuse(kContentLength);
  if (body_left_ > limits_.body_bytes) return Refuse(kBodyTooLarge);
  request_.body.reserve(std::min(body_left_, kReserveBytes));
  return true;
}

void HttpRequestParser::OnChunkSize(std::string_view line) {
  const std::string_view digits = line.substr(0, line.find(';'));
  const std::string_view extension = line.substr(digits.size());
  std::size_t size = 0;
  const char* const digits_end = digits.data() + digits.size();
  const auto [end, error] = std::from_chars(digits.data(), digits_end, size, 16);
  const bool valid = !digits.empty() && digits.size() <= kChunkSizeDigits && error == std::errc() &&
                     end == digits_end &&
                     std::all_of(extension.begin(), extension.end(), IsValueCharacter);
  if (!valid) {
    Refuse(kChunk);
    return;
  }
  if (extension.size() > kChunkExtensionBytes) {
    Refuse(kChunkExtension);
    return;
  }
  if (size > limits_.body_bytes - request_.body.size()) {
    Refuse(kBodyTooLarge);
    return;
  }
  body_left_ = size;
  expect_ = size == 0 ? Expect::kTrailerLine : Expect::kChunkBody;
}

std::size_t HttpRequestParser::StepBody(std::string_view bytes) {
  const std::size_t size = std::min(bytes.size(), body_left_);
  request_.body += bytes.substr(0, size);
  body_left_ -= size;
  if (body_left_ > 0) return size;
  if (expect_ == Expect::kFixedBody) {
    Complete();
  } else {
    expect_ = Expect::kChunkEnd;
  }
  return size;
}

void HttpRequestParser::Complete() {
  stage_ = Stage::kComplete;
}

bool HttpRequestParser::Refuse(const HttpRefusal& refusal) {
  stage_ = Stage::kRefused;
  refusal_ = &refusal;
  return false;
}

}  // namespace noizy
