// A server that treats each request as a test wants it treated: real sockets on loopback.
#pragma once

#include <array>
#include <atomic>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/streambuf.hpp>
#include <boost/asio/write.hpp>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <utility>

namespace noizy::model {

/// Meets each connection, by its number from 0, with a behaviour of the test's.
class Wall {
 public:
  /// Called with the request read; the connection closes when it returns.
  using Behaviour = std::function<void(boost::asio::ip::tcp::socket& socket, int number)>;

  explicit Wall(Behaviour behaviour)
      : behaviour_(std::move(behaviour)),
        acceptor_(io_, {boost::asio::ip::address_v4::loopback(), 0}) {
    accepting_ = std::thread([this] { Accept(); });
  }
  ~Wall() {
    stopping_ = true;
    // Wakes the thread that waits for a connection.
    boost::system::error_code ignored;
    boost::asio::ip::tcp::socket(io_).connect(acceptor_.local_endpoint(), ignored);
    accepting_.join();
  }
  Wall(const Wall&) = delete;
  Wall& operator=(const Wall&) = delete;

  std::string url() const {
    return "http://127.0.0.1:" + std::to_string(acceptor_.local_endpoint().port());
  }
  int requests() const { return requests_; }
  /// The request that was read last.
  std::string last_request() const {
    const std::lock_guard lock(mutex_);
    return last_request_;
  }
  bool stopping() const { return stopping_; }

 private:
  void Accept() {
    for (int number = 0; !stopping_; ++number) {
      boost::asio::ip::tcp::socket socket = acceptor_.accept();
      if (stopping_) return;
      if (!ReadRequest(socket)) continue;
      ++requests_;
      behaviour_(socket, number);
    }
  }

  // All of it: closing a socket with unread bytes resets the connection, and the answer with it.
  bool ReadRequest(boost::asio::ip::tcp::socket& socket) {
    boost::system::error_code error;
    std::string text;
    const std::size_t head =
        boost::asio::read_until(socket, boost::asio::dynamic_buffer(text), "\r\n\r\n", error);
    constexpr std::string_view kLength = "Content-Length: ";
    const auto at = text.find(kLength);
    if (error || at >= head) return !error;
    const std::size_t whole = head + std::stoul(text.substr(at + kLength.size()));
    if (text.size() < whole) {
      boost::asio::read(socket, boost::asio::dynamic_buffer(text),
                        boost::asio::transfer_exactly(whole - text.size()), error);
    }
    const std::lock_guard lock(mutex_);
    last_request_ = std::move(text);
    return !error;
  }

  const Behaviour behaviour_;
  boost::asio::io_context io_;
  boost::asio::ip::tcp::acceptor acceptor_;
  std::atomic<bool> stopping_{false};
  std::atomic<int> requests_{0};
  mutable std::mutex mutex_;
  std::string last_request_;  // guarded by mutex_
  std::thread accepting_;
};

inline void Send(boost::asio::ip::tcp::socket& socket, const std::string& bytes) {
  boost::system::error_code ignored;
  boost::asio::write(socket, boost::asio::buffer(bytes), ignored);
}

inline std::string Http(const std::string& status, const std::string& body,
                        const std::string& headers = "") {
  return "HTTP/1.1 " + status + "\r\nConnection: close\r\nContent-Type: application/json\r\n" +
         headers + "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

inline const std::string kAnswer =
    R"({"model":"m","choices":[{"message":{"content":"yes"},"finish_reason":"stop"}]})";

inline Wall::Behaviour Always(std::string bytes) {
  return [bytes = std::move(bytes)](boost::asio::ip::tcp::socket& socket, int) {
    Send(socket, bytes);
  };
}

// Until whoever asked has gone.
inline void Hang(boost::asio::ip::tcp::socket& socket) {
  boost::system::error_code error;
  std::array<char, 4096> ignored{};
  while (!error) socket.read_some(boost::asio::buffer(ignored), error);
}

}  // namespace noizy::model
