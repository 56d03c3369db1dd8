"""A model provider on loopback: OpenAI's chat completions as its SDK expects them, answers as a test decides them."""

import http.server
import json
import threading


class ModelServer:
    """Answers each question with what `choose(document)` makes of the user message: an id, or a whole text, or an HTTP code."""

    def __init__(self, choose):
        self.choose = choose
        self.questions = []
        owner = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                owner.answer(self)

            def log_message(self, *arguments):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)
        self.thread.start()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server.server_port}"

    def close(self):
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()

    def answer(self, handler):
        body = json.loads(handler.rfile.read(int(handler.headers["Content-Length"])))
        self.questions.append({"path": handler.path, "key": handler.headers.get("Authorization"), "body": body})
        chosen = self.choose(json.loads(body["messages"][1]["content"]))
        if isinstance(chosen, int):
            return self.reply(handler, chosen, {"error": {"message": "not now", "type": "server_error", "code": None}})
        if chosen.startswith("c") and chosen[1:].isdigit():
            chosen = json.dumps({"candidate": chosen, "taskClass": "script", "estimate": "1 to 10 s", "confidence": "high", "reason": "It is the one."})
        choice = {"index": 0, "message": {"role": "assistant", "content": chosen}, "finish_reason": "stop"}
        return self.reply(handler, 200, {"id": "chatcmpl-1", "object": "chat.completion", "model": body["model"] + "-1", "choices": [choice],
                                         "usage": {"prompt_tokens": 300, "completion_tokens": 40, "total_tokens": 340}})

    @staticmethod
    def reply(handler, code, document):
        payload = json.dumps(document).encode()
        handler.send_response(code)
        handler.send_header("Content-Type", "application/json")
        handler.send_header("Content-Length", str(len(payload)))
        handler.end_headers()
        handler.wfile.write(payload)
