"""What the conformance tests stand on: one control plane a feature folder, one namespace a test class, and raw HTTPS beside the clients."""

import atexit
import base64
import http.client
import json
import os
import re
import ssl
import unittest

import grid

grids = {}


def shared_grid(*flags):
    """The grid of this run with these flags of `noizy up`: started by whoever asks first, ended with the program."""
    if flags not in grids:
        grids[flags] = grid.Grid(*flags)
        atexit.register(grids[flags].close)
    return grids[flags]


class Reply:
    """An HTTP reply that was read to its end."""

    def __init__(self, response):
        self.code = response.status
        self.headers = response.headers
        self.bytes = response.read()

    @property
    def json(self):
        return json.loads(self.bytes)


class Client:
    """Raw HTTPS with the admin's client certificate, or with a bearer token, or with nothing (`certificate=False`)."""

    def __init__(self, of, certificate=True, token=None, headers=()):
        with open(of.kubeconfig, encoding="utf-8") as file:
            found = dict(re.findall(r"(certificate-authority|client-certificate|client-key)-data: *\"?([A-Za-z0-9+/=]+)", file.read()))
        self.port = int(of.ports[0])
        self.headers = dict(headers)
        if token:
            self.headers["Authorization"] = "Bearer " + token
        authority = base64.b64decode(found["certificate-authority"]).decode()
        self.context = ssl.create_default_context(cadata=authority)
        if certificate and not token:
            path = os.path.join(of.folder, "admin.pem")
            with open(path, "wb") as file:
                file.write(base64.b64decode(found["client-certificate"]) + base64.b64decode(found["client-key"]))
            self.context.load_cert_chain(path)

    def open(self, method, path, body=None, headers=()):
        """A response whose body is still to be read. A body that is neither bytes nor str is sent as JSON."""
        sent = {"Connection": "close", "Content-Type": "application/json", **self.headers, **dict(headers)}
        if body is not None and not isinstance(body, (bytes, str)):
            body = json.dumps(body)
        connection = http.client.HTTPSConnection("127.0.0.1", self.port, timeout=grid.STEP_SECONDS, context=self.context)
        connection.request(method, path, body, sent)
        return connection.getresponse()

    def request(self, method, path, body=None, headers=()):
        with self.open(method, path, body, headers) as response:
            return Reply(response)

    def watch(self, path, headers=()):
        """The events of a watch as they come, until the server ends it; a silence of STEP_SECONDS is a failure."""
        with self.open("GET", path + ("&" if "?" in path else "?") + "watch=true", headers=headers) as response:
            if response.status != 200:
                raise grid.Failed(f"watch {path}: {response.status} {response.read()}")
            for line in response:
                yield json.loads(line)


class Test(unittest.TestCase):
    """Tests of a feature. Classes of a folder share the grid; each has a namespace of its own, which `kubectl` and `noizy` are sent to.

    Without an agent (the default) a Task stays as it was written, but for its Scheduled condition.
    """

    UP_FLAGS = ("--no-agent",)
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        cls.grid = shared_grid(*cls.UP_FLAGS)
        cls.client = Client(cls.grid)
        cls.namespace = re.sub(r"(?<!^)([A-Z])", r"-\1", cls.__name__).lower()
        made = cls.client.request("POST", "/api/v1/namespaces", {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": cls.namespace}})
        if made.code != 201:
            raise grid.Failed(f"namespace {cls.namespace}: {made.bytes}")

    def kubectl(self, *arguments, **options):
        """Stock kubectl's stdout; what it said on stderr is in `said`."""
        return self.grid.kubectl("-n", self.namespace, *arguments, **options)

    def noizy(self, *arguments, **options):
        """The same with noizy's own command line."""
        return self.grid.noizy(*arguments, "-n", self.namespace, **options)

    @property
    def said(self):
        return self.grid.last.stderr

    def request(self, method, path, body=None, headers=(), code=200):
        """A raw request whose status code must be `code` (None: any)."""
        reply = self.client.request(method, path, body, headers)
        if code is not None:
            self.assertEqual(reply.code, code, reply.bytes)
        return reply

    def path(self, resource, name="", query=""):
        """The path of a resource in this class's namespace: path("tasks.noizy.dev", "a"), path("configmaps")."""
        plural, _, group = resource.partition(".")
        version = "v1"
        root = f"/apis/{group}/{version}" if group else f"/api/{version}"
        return f"{root}/namespaces/{self.namespace}/{plural}" + ("/" + name if name else "") + ("?" + query if query else "")

    def create(self, resource, body):
        return self.request("POST", self.path(resource), body, code=201).json


def metadata(name, labels):
    """Without labels there is no member for them: the server would not keep it, and kubectl would apply it again and again."""
    return {"name": name, "labels": labels} if labels else {"name": name}


def task(name, labels=None, **spec):
    """A Task as a dict."""
    return {"apiVersion": "noizy.dev/v1", "kind": "Task", "metadata": metadata(name, labels), "spec": {"exec": {"command": ["true"]}, **spec}}


def config_map(name, labels=None, **data):
    """A ConfigMap as a dict: the plainest object there is; nothing but its clients writes to it."""
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata(name, labels), "data": data}
