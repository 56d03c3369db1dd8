"""A model provider on loopback: OpenAI's chat completions as its SDK expects them, whole or streamed, answers as a test decides them."""

import contextlib
import http.server
import json
import threading


class Dies(Exception):
    """Raised by `speak`: the server's connection breaks off."""


class ModelServer:
    """Answers each question with what `choose(document)` makes of the user message: an id, or a whole text, or an HTTP code.

    A question that asks for a stream gets the words that `speak(body)` yields, one by one. `models` are those it lists.
    """

    def __init__(self, choose=None, speak=None, models=()):
        self.choose = choose
        self.speak = speak
        self.models = list(models)
        self.questions = []
        owner = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                owner.answer(self)

            def do_GET(self):
                found = [{"id": name, "object": "model", "created": 0, "owned_by": "test"} for name in owner.models]
                owner.reply(self, 200 if self.path == "/v1/models" else 404, {"object": "list", "data": found})

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
        if body.get("stream"):
            return self.stream(handler, body)
        chosen = self.choose(json.loads(body["messages"][1]["content"]))
        if isinstance(chosen, int):
            return self.reply(handler, chosen, {"error": {"message": "not now", "type": "server_error", "code": None}})
        if chosen.startswith("c") and chosen[1:].isdigit():
            chosen = json.dumps({"candidate": chosen, "taskClass": "script", "estimate": "1 to 10 s", "confidence": "high", "reason": "It is the one."})
        choice = {"index": 0, "message": {"role": "assistant", "content": chosen}, "finish_reason": "stop"}
        return self.reply(handler, 200, {"id": "chatcmpl-1", "object": "chat.completion", "model": body["model"] + "-1", "choices": [choice],
                                         "usage": {"prompt_tokens": 300, "completion_tokens": 40, "total_tokens": 340}})

    def stream(self, handler, body):
        def send(document):
            line = b"data: " + (document if isinstance(document, bytes) else json.dumps(document).encode()) + b"\n\n"
            handler.wfile.write(b"%x\r\n%s\r\n" % (len(line), line))

        def chunk(choices, **more):
            return {"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 0, "model": body["model"], "choices": choices, **more}

        handler.close_connection = True
        handler.send_response(200)
        handler.send_header("Content-Type", "text/event-stream")
        handler.send_header("Transfer-Encoding", "chunked")
        handler.end_headers()
        words = 0
        try:
            for word in self.speak(body):
                send(chunk([{"index": 0, "delta": {"content": word}, "finish_reason": None}]))
                words += 1
            send(chunk([{"index": 0, "delta": {}, "finish_reason": "stop"}]))
            send(chunk([], usage={"prompt_tokens": 7, "completion_tokens": words, "total_tokens": 7 + words}))
            send(b"[DONE]")
            handler.wfile.write(b"0\r\n\r\n")
        except (Dies, BrokenPipeError, ConnectionResetError):
            pass

    @staticmethod
    def reply(handler, code, document):
        payload = json.dumps(document).encode()
        handler.send_response(code)
        handler.send_header("Content-Type", "application/json")
        handler.send_header("Content-Length", str(len(payload)))
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):  # whoever asked may have stopped
            handler.end_headers()
            handler.wfile.write(payload)


class ServesModels:
    """For a TestCase: model servers that end with the test."""

    def serve(self, choose):
        server = ModelServer(choose)
        self.addCleanup(server.close)
        return server
