// Requests that must be refused: the parser's test feeds them to the parser, the server's test
// sends them over TLS.
#pragma once

#include <string>
#include <vector>

namespace noizy {

struct RefusedRequest {
  std::string name;
  std::string bytes;
  int code;
  std::string label;  // of the refusal, in the metrics
};

inline std::string WithHeaders(const std::string& headers, const std::string& body = "") {
  return "POST /x HTTP/1.1\r\nHost: a\r\n" + headers + "\r\n" + body;
}
inline std::string Chunked(const std::string& body) {
  return WithHeaders("Transfer-Encoding: chunked\r\n", body);
}
inline std::string Line(const std::string& line, const std::string& headers = "Host: a\r\n") {
  return line + "\r\n" + headers + "\r\n";
}

/// Two parsers could disagree on where these end: the smuggling vectors.
inline std::vector<RefusedRequest> SmugglingVectors() {
  const std::string te = "Transfer-Encoding: chunked\r\n";
  return {
      {"length and encoding", WithHeaders("Content-Length: 4\r\n" + te, "0\r\n\r\n"), 400,
       "framing"},
      {"encoding and length", WithHeaders(te + "Content-Length: 4\r\n", "0\r\n\r\n"), 400,
       "framing"},
      {"two lengths", WithHeaders("Content-Length: 4\r\nContent-Length: 5\r\n", "abcde"), 400,
       "content-length"},
      {"equal lengths", WithHeaders("Content-Length: 4\r\ncontent-length: 4\r\n", "abcd"), 400,
       "content-length"},
      {"signed length", WithHeaders("Content-Length: +4\r\n", "abcd"), 400, "content-length"},
      {"negative length", WithHeaders("Content-Length: -4\r\n", "abcd"), 400, "content-length"},
      {"length with a space", WithHeaders("Content-Length: 4 4\r\n", "abcd"), 400,
       "content-length"},
      {"length list", WithHeaders("Content-Length: 4, 4\r\n", "abcd"), 400, "content-length"},
      {"hexadecimal length", WithHeaders("Content-Length: 0x4\r\n", "abcd"), 400, "content-length"},
      {"empty length", WithHeaders("Content-Length:\r\n", "abcd"), 400, "content-length"},
      {"overflowing length", WithHeaders("Content-Length: 18446744073709551620\r\n"), 400,
       "content-length"},
      {"encoding list", WithHeaders("Transfer-Encoding: chunked, identity\r\n", "0\r\n\r\n"), 400,
       "transfer-encoding"},
      {"unknown encoding", WithHeaders("Transfer-Encoding: xchunked\r\n", "0\r\n\r\n"), 400,
       "transfer-encoding"},
      {"identity encoding", WithHeaders("Transfer-Encoding: identity\r\n"), 400,
       "transfer-encoding"},
      {"empty encoding", WithHeaders("Transfer-Encoding:\r\n"), 400, "transfer-encoding"},
      {"quoted encoding", WithHeaders("Transfer-Encoding: \"chunked\"\r\n"), 400,
       "transfer-encoding"},
      {"two encodings", WithHeaders(te + te, "0\r\n\r\n"), 400, "transfer-encoding"},
      {"encoding on 1.0", "POST / HTTP/1.0\r\nHost: a\r\n" + te + "\r\n0\r\n\r\n", 400,
       "transfer-encoding"},
      {"folded header", WithHeaders("X: a\r\n b\r\n"), 400, "folding"},
      {"folded first header", "GET / HTTP/1.1\r\n Host: a\r\n\r\n", 400, "folding"},
      {"space before colon", WithHeaders("Content-Length : 4\r\n", "abcd"), 400, "header-name"},
      {"bare LF after header", "GET / HTTP/1.1\r\nHost: a\nX: b\r\n\r\n", 400, "bare-lf"},
      {"bare LF after request line", "GET / HTTP/1.1\nHost: a\r\n\r\n", 400, "bare-lf"},
      {"bare LF at head's end", "GET / HTTP/1.1\r\nHost: a\r\n\n", 400, "bare-lf"},
      {"no host", "GET / HTTP/1.1\r\n\r\n", 400, "host"},
      {"two hosts", "GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n", 400, "host"},
      {"empty host", "GET / HTTP/1.1\r\nHost:\r\n\r\n", 400, "host"},
      {"host list", "GET / HTTP/1.1\r\nHost: a, b\r\n\r\n", 400, "host"},
      {"host with user", "GET / HTTP/1.1\r\nHost: me@a\r\n\r\n", 400, "host"},
  };
}

inline std::vector<RefusedRequest> ChunkVectors() {
  return {
      {"no size", Chunked("\r\nabcd\r\n0\r\n\r\n"), 400, "chunk"},
      {"negative size", Chunked("-2\r\nab\r\n0\r\n\r\n"), 400, "chunk"},
      {"signed size", Chunked("+2\r\nab\r\n0\r\n\r\n"), 400, "chunk"},
      {"prefixed size", Chunked("0x2\r\nab\r\n0\r\n\r\n"), 400, "chunk"},
      {"no number", Chunked("zz\r\nab\r\n0\r\n\r\n"), 400, "chunk"},
      {"space after size", Chunked("2 \r\nab\r\n0\r\n\r\n"), 400, "chunk"},
      {"space before size", Chunked(" 2\r\nab\r\n0\r\n\r\n"), 400, "chunk"},
      {"overflowing size", Chunked("10000000000000002\r\nab\r\n0\r\n\r\n"), 400, "chunk"},
      {"largest size", Chunked("ffffffffffffffff\r\nab\r\n"), 413, "body-too-large"},
      {"size with bare LF", Chunked("2\nab\r\n0\r\n\r\n"), 400, "bare-lf"},
      {"data longer than its size", Chunked("2\r\nabc\r\n0\r\n\r\n"), 400, "chunk"},
      {"data with bare LF", Chunked("2\r\nab\n0\r\n\r\n"), 400, "bare-lf"},
      {"extension of 300 bytes", Chunked("2;" + std::string(300, 'e') + "\r\nab\r\n"), 400,
       "chunk-extension"},
      {"control in extension", Chunked("2;a\rb\r\nab\r\n"), 400, "chunk"},
      {"size line without end", Chunked(std::string(400, '0')), 400, "chunk-extension"},
      {"folded trailer", Chunked("0\r\nX: a\r\n b\r\n\r\n"), 400, "folding"},
      {"malformed trailer", Chunked("0\r\nX\r\n\r\n"), 400, "header-name"},
  };
}

inline std::vector<RefusedRequest> SyntaxVectors() {
  using namespace std::string_literals;
  return {
      {"empty header name", WithHeaders(": a\r\n"), 400, "header-name"},
      {"header without colon", WithHeaders("abc\r\n"), 400, "header-name"},
      {"slash in header name", WithHeaders("a/b: c\r\n"), 400, "header-name"},
      {"NUL in header name", WithHeaders("a\0b: c\r\n"s), 400, "header-name"},
      {"byte over 7f in header name", WithHeaders("\xc3\xa4: c\r\n"), 400, "header-name"},
      {"NUL in value", WithHeaders("a: b\0c\r\n"s), 400, "header-value"},
      {"CR in value", WithHeaders("a: b\rc\r\n"), 400, "header-value"},
      {"DEL in value", WithHeaders("a: b\x7f\r\n"), 400, "header-value"},
      {"no version", Line("GET /"), 400, "request-line"},
      {"HTTP/0.9", Line("GET / HTTP/0.9"), 505, "version"},
      {"HTTP/2", Line("PRI * HTTP/2.0"), 505, "version"},
      {"no HTTP", Line("GET / ICY/1.10"), 400, "request-line"},
      {"lower-case version", Line("GET / http/1.1"), 400, "request-line"},
      {"trailing space", Line("GET / HTTP/1.1 "), 400, "request-line"},
      {"lower-case method", Line("get / HTTP/1.1"), 400, "method"},
      {"no method", Line(" / HTTP/1.1"), 400, "method"},
      {"long method", Line(std::string(33, 'A') + " / HTTP/1.1"), 400, "method"},
      {"space in target", Line("GET /a b HTTP/1.1"), 400, "target"},
      {"tab in target", Line("GET /a\tb HTTP/1.1"), 400, "target"},
      {"no target", Line("GET  HTTP/1.1"), 400, "target"},
      {"relative target", Line("GET a HTTP/1.1"), 400, "target"},
      {"fragment", Line("GET /a#b HTTP/1.1"), 400, "target"},
      {"raw byte over 7f", Line("GET /\xc3\xa4 HTTP/1.1"), 400, "target"},
      {"asterisk for GET", Line("GET * HTTP/1.1"), 400, "target"},
      {"authority form", Line("CONNECT a:443 HTTP/1.1"), 400, "target"},
      {"absolute form, other host", Line("GET http://b/x HTTP/1.1"), 400, "host"},
      {"absolute form, no host header", Line("GET http://a/x HTTP/1.0", ""), 400, "host"},
      {"absolute form with user", Line("GET http://u@a/x HTTP/1.1"), 400, "target"},
      {"absolute form, other scheme", Line("GET ftp://a/x HTTP/1.1"), 400, "target"},
      {"unknown expectation", WithHeaders("Expect: 200-maybe\r\n"), 417, "expectation"},
  };
}

}  // namespace noizy
