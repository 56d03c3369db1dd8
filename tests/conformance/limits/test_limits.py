"""What the server does not take: bodies, headers and documents that are too big, and more than one client's share."""

import http.client
import json
import threading
import time

import conformance


class LimitsTest(conformance.Test):
    UP_FLAGS = ("--no-agent", "--no-controllers")

    def test_a_body_has_three_megabytes_at_most(self):
        body = conformance.config_map("big", k="x" * (3 << 20))
        try:
            reply = self.client.request("POST", self.path("configmaps"), body)
        except (BrokenPipeError, ConnectionResetError):
            return  # the server closed while the client was still sending: no less clear
        self.assertEqual(reply.code, 413)

    def test_headers_have_a_limit(self):
        reply = self.client.request("GET", "/version", headers={"X-Big": "x" * (70 << 10)})
        self.assertEqual(reply.code, 431)

    def test_documents_have_a_depth(self):
        for media, text in (("application/json", '{"a":' * 200 + "1" + "}" * 200), ("application/yaml", "a: " + "[" * 200 + "]" * 200)):
            reply = self.client.request("POST", self.path("configmaps"), text, {"Content-Type": media})
            self.assertEqual((reply.code, reply.json["reason"]), (400, "BadRequest"), media)

    def connection(self, token):
        client = conformance.Client(self.grid, token=token)
        return client, http.client.HTTPSConnection("127.0.0.1", client.port, timeout=60, context=client.context)

    def gets(self, token, path, until):
        """Requests one after the other on one connection; how long each took."""
        client, connection = self.connection(token)
        taken = []
        while not until(taken):
            start = time.monotonic()
            connection.request("GET", path, headers=client.headers)
            response = connection.getresponse()
            response.read()
            self.assertEqual(response.status, 200)
            taken.append(time.monotonic() - start)
        connection.close()
        return sorted(taken)

    def test_a_greedy_client_does_not_stop_another(self):
        for i in range(100):
            self.create("configmaps", conformance.config_map(f"c{i}", k="x" * 2000))
        tokens = []
        for name in ("greedy", "modest"):
            self.create("serviceaccounts", {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": name}})
            self.kubectl("create", "rolebinding", name, "--clusterrole=view", f"--serviceaccount={self.namespace}:{name}")
            tokens.append(self.kubectl("create", "token", name).strip())
        greedy, modest = tokens
        one = self.path("configmaps", "c0")
        alone = self.gets(modest, one, lambda taken: len(taken) >= 200)
        done = threading.Event()
        crowd = [threading.Thread(target=self.gets, args=(greedy, self.path("configmaps"), lambda taken: done.is_set())) for _ in range(16)]
        for thread in crowd:
            thread.start()
        beside = self.gets(modest, one, lambda taken: len(taken) >= 200)
        done.set()
        for thread in crowd:
            thread.join()
        # All of them share this process's interpreter, which blurs the times; ten times 16 lists in a row would still stand out.
        print(json.dumps({"alone p50 ms": round(alone[100] * 1000, 2), "beside 16 lists p50 ms": round(beside[100] * 1000, 2)}))
        self.assertLess(beside[100], max(100 * alone[100], 1.0))
