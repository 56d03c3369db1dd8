// A model server on loopback, for the tests of this folder.
#pragma once

#include <httplib.h>

#include <atomic>
#include <functional>
#include <map>
#include <string>
#include <thread>
#include <utility>

#include "machinery/base/mutex.h"

namespace noizy::nodeagent {

/// Lists what it is told to, and answers every chat with one body.
class LoopbackModels {
 public:
  LoopbackModels() {
    server_.Get("/v1/models", [this](const httplib::Request& request, httplib::Response& response) {
      const MutexLock lock(mutex_);
      key_ = request.get_header_value("Authorization");
      response.status = code_;
      response.set_content(list_, "application/json");
    });
    server_.Post("/v1/chat/completions",
                 [this](const httplib::Request& request, httplib::Response& response) {
                   const MutexLock lock(mutex_);
                   key_ = request.get_header_value("Authorization");
                   question_ = request.body;
                   response.status = code_;
                   response.set_content(answer_, "text/event-stream");
                 });
    server_.Get("/.*", [this](const httplib::Request& request, httplib::Response& response) {
      const MutexLock lock(mutex_);
      key_ = request.get_header_value("Authorization");
      const auto page = pages_.find(request.path);
      response.status = page == pages_.end() ? 404 : page->second.second;
      response.set_content(page == pages_.end() ? "404 page not found" : page->second.first,
                           "text/plain");
    });
    port_ = server_.bind_to_any_port("127.0.0.1");
    thread_ = std::thread([this] { server_.listen_after_bind(); });
    while (!server_.is_running()) std::this_thread::yield();
  }
  ~LoopbackModels() {
    server_.stop();
    thread_.join();
  }
  LoopbackModels(const LoopbackModels&) = delete;
  LoopbackModels& operator=(const LoopbackModels&) = delete;

  std::string url() const { return "http://127.0.0.1:" + std::to_string(port_); }
  void SetList(std::string body, int code = 200) {
    const MutexLock lock(mutex_);
    list_ = std::move(body);
    code_ = code;
  }
  void SetAnswer(std::string body, int code = 200) {
    const MutexLock lock(mutex_);
    answer_ = std::move(body);
    code_ = code;
  }
  /// What it answers to a GET of any other path; 404 to those that are not set.
  void SetPage(const std::string& path, std::string body, int code = 200) {
    const MutexLock lock(mutex_);
    pages_[path] = {std::move(body), code};
  }
  /// Of the last request.
  std::string key() const {
    const MutexLock lock(mutex_);
    return key_;
  }
  std::string question() const {
    const MutexLock lock(mutex_);
    return question_;
  }

 private:
  mutable Mutex mutex_;
  std::string list_ NOIZY_GUARDED_BY(mutex_) = R"({"object":"list","data":[{"id":"m:1b"}]})";
  std::string answer_ NOIZY_GUARDED_BY(mutex_);
  std::string key_ NOIZY_GUARDED_BY(mutex_);
  std::string question_ NOIZY_GUARDED_BY(mutex_);
  int code_ NOIZY_GUARDED_BY(mutex_) = 200;
  std::map<std::string, std::pair<std::string, int>> pages_ NOIZY_GUARDED_BY(mutex_);
  httplib::Server server_;
  int port_ = 0;
  std::thread thread_;
};

}  // namespace noizy::nodeagent
