"""Another CA takes the place of the grid's while agents stay connected and a Task runs on; a CA made by openssl; a kill in the middle."""

import base64
import http.client
import json
import os
import re
import shutil
import ssl
import subprocess
import tempfile
import time
import unittest

import grid


def openssl(*arguments):
    return subprocess.run(["openssl", *arguments], capture_output=True, text=True, check=True).stdout


def make_ca(folder, *more):
    """A root by openssl's own hand, RSA: the paths of its certificate and key."""
    certificate, key = os.path.join(folder, "own.crt"), os.path.join(folder, "own.key")
    openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "30", "-subj", "/O=Noizyfish/CN=Own CA", "-keyout", key, "-out", certificate, *more)
    return certificate, key


class Connection:
    """A connection of a kubeconfig's user that stays open."""

    def __init__(self, kubeconfig, port):
        with open(kubeconfig, encoding="utf-8") as file:
            text = file.read()
        context = ssl.create_default_context(cadata=self.data(text, "certificate-authority-data"))
        with tempfile.NamedTemporaryFile("w", suffix=".pem") as pem:
            pem.write(self.data(text, "client-certificate-data") + self.data(text, "client-key-data"))
            pem.flush()
            context.load_cert_chain(pem.name)
        self.http = http.client.HTTPSConnection("127.0.0.1", int(port), context=context, timeout=grid.STEP_SECONDS)
        self.http.connect()

    @staticmethod
    def data(text, field):
        return base64.b64decode(re.search(field + r": *(\S+)", text).group(1)).decode("ascii")

    def get(self, path):
        self.http.request("GET", path)
        return self.http.getresponse()

    def lists(self):
        """Whether it still serves a list."""
        try:
            answer = self.get("/apis/noizy.dev/v1/nodes")
            answer.read()
            return answer.status == 200
        except (OSError, http.client.HTTPException):
            return False


class RotationTest(unittest.TestCase):
    def setUp(self):
        self.grid = grid.Grid("--no-agent")
        self.addCleanup(self.grid.close)
        self.pki = os.path.join(self.grid.data_dir, "pki")

    def verify(self, ca, certificate):
        done = subprocess.run(["openssl", "verify", "-CAfile", ca, "-untrusted", certificate, certificate], capture_output=True, text=True, check=False)
        self.assertEqual(done.stdout, certificate + ": OK\n", done.stderr)

    def issue(self, name):
        """A Certificate, Ready."""
        spec = {"commonName": name, "dnsNames": [name + ".local"], "issuerRef": {"name": "noizy-ca"}, "secretName": name + "-tls"}
        self.grid.apply(json.dumps({"apiVersion": "noizy.dev/v1", "kind": "Certificate", "metadata": {"name": name}, "spec": spec}))
        self.grid.wait("condition=Ready", "cert/" + name)

    def read_member(self, name, member):
        return base64.b64decode(self.grid.get("secret", name + "-tls")["data"][member])

    def member(self, name, member):
        """A file with a member of a Certificate's Secret."""
        path = os.path.join(self.grid.folder, member)
        with open(path, "wb") as file:
            file.write(self.read_member(name, member))
        return path

    def join_flags(self):
        token = self.grid.noizy("token", "create").splitlines()[-1]
        ca_hash = re.search(r"sha256:[0-9a-f]{64}", self.grid.last.stderr).group(0)
        return ["--join", "127.0.0.1:" + self.grid.ports[1], "--token", token, "--ca-hash", ca_hash]

    def join(self, name, flags):
        """Enrols an agent with a token there is already."""
        folder = os.path.join(self.grid.folder, "agent-" + name)
        arguments = [grid.BINARY, "agent", "--name", name, "--data-dir", folder, *flags]
        self.grid.agents[name] = grid.Process(arguments, folder + ".log", self.grid.env)
        self.grid.wait("create", "node/" + name)
        self.grid.wait("condition=Ready", "node/" + name)

    def await_nobody_waits(self):
        deadline = time.monotonic() + grid.STEP_SECONDS
        while "nothing known needs it" not in self.grid.noizy("ca", "show"):
            self.assertLess(time.monotonic(), deadline, self.grid.noizy("ca", "show") + self.grid.plane.log())

    def copy_of(self, path, name):
        copy = os.path.join(self.grid.folder, name)
        shutil.copy(path, copy)
        return copy

    def trust(self, kubeconfig, ca):
        """Has a kubeconfig's client trust this CA alone."""
        with open(kubeconfig, encoding="utf-8") as file:
            text = file.read()
        with open(ca, "rb") as file:
            trusted = base64.b64encode(file.read()).decode("ascii")
        with open(kubeconfig, "w", encoding="utf-8") as file:
            file.write(re.sub(r"(certificate-authority-data: *)\S+", r"\g<1>" + trusted, text))

    def test_a_rotation_under_work(self):
        for name in ("one", "two"):
            self.grid.add_agent(name)
        self.issue("web")
        gate = os.path.join(self.grid.folder, "gate")
        self.grid.apply(grid.task("long", f"while [ ! -e {gate} ]; do sleep 0.2; done"))
        self.grid.wait("jsonpath={.status.phase}=Running", "task/long")
        old_ca = self.copy_of(os.path.join(self.pki, "ca.crt"), "old-ca.crt")
        old_admin = self.copy_of(self.grid.kubeconfig, "old-kubeconfig")
        join = self.join_flags()
        listing, watching = (Connection(old_admin, self.grid.ports[0]) for _ in range(2))
        self.addCleanup(listing.http.close)
        self.addCleanup(watching.http.close)
        watch = watching.get("/api/v1/namespaces?watch=true")
        self.assertIn(b"ADDED", watch.readline())

        self.grid.noizy("ca", "rotate")
        self.await_nobody_waits()
        new_ca = os.path.join(self.pki, "next-ca.crt")
        self.verify(new_ca, os.path.join(self.pki, "server.crt"))
        self.verify(new_ca, self.member("web", "tls.crt"))
        for name in ("one", "two"):
            self.verify(new_ca, os.path.join(self.grid.folder, "agent-" + name, "identity", "node.crt"))
        # Who knows the old CA alone is served on, by the new CA's signature of the old one's.
        self.grid.noizy("get", "nodes", "--kubeconfig", old_admin)
        handshake = subprocess.run(["openssl", "s_client", "-connect", "127.0.0.1:" + self.grid.ports[0], "-CAfile", old_ca, "-verify_return_error"],
                                   input="", capture_output=True, text=True, check=False)
        self.assertIn("Verify return code: 0 (ok)", handshake.stdout)
        self.join("late", join)  # by the old CA's hash
        self.grid.noizy("ca", "rotate", code=1)
        self.assertIn("rotated already", self.grid.last.stderr)
        self.assertTrue(listing.lists())

        self.grid.noizy("ca", "rotate", "--finish")
        # What was open already by the old CA's certificate ends, the watch too.
        watch.read()
        self.assertFalse(listing.lists())
        self.grid.noizy("get", "nodes", "--kubeconfig", old_admin, code=None)
        self.assertNotEqual(self.grid.last.returncode, 0)
        # Not for want of trust in the server alone: the server refuses the old certificate itself.
        self.trust(old_admin, os.path.join(self.pki, "ca.crt"))
        self.grid.noizy("get", "nodes", "--kubeconfig", old_admin, code=None)
        self.assertNotEqual(self.grid.last.returncode, 0)
        self.assertIn("unknown ca", self.grid.last.stderr)
        self.grid.noizy("get", "nodes")
        self.assertEqual(sorted(file for file in os.listdir(self.pki) if "ca" in file), ["ca.crt", "ca.key", "trusted-ca.crt"])
        new_ca = os.path.join(self.pki, "ca.crt")
        deadline = time.monotonic() + grid.STEP_SECONDS
        while self.read_member("web", "ca.crt").count(b"BEGIN") != 1:
            self.assertLess(time.monotonic(), deadline)
        self.verify(new_ca, self.member("web", "tls.crt"))

        with open(gate, "w", encoding="ascii"):
            pass
        self.grid.wait("jsonpath={.status.phase}=Succeeded", "task/long")
        self.assertEqual(self.grid.get("task", "long")["status"]["attempt"], 1)
        # Not one session ended: nobody opened another.
        self.assertEqual(self.grid.plane.log().count("Opened a session with an agent"), 3)
        # What the agents have on disk is enough to come back, and a new one joins.
        self.grid.agents.pop("one").stop()
        self.grid.add_agent("one")
        self.grid.add_agent("three")

    def request_user(self, request, user):
        """A certificate for a user, asked for and approved as people do it."""
        key = os.path.join(self.grid.folder, request + ".key")
        asked = subprocess.run(["openssl", "req", "-new", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-subj", "/CN=" + user],
                               capture_output=True, check=True).stdout
        self.grid.apply(json.dumps({
            "apiVersion": "certificates.k8s.io/v1", "kind": "CertificateSigningRequest", "metadata": {"name": request},
            "spec": {"request": base64.b64encode(asked).decode(), "signerName": "kubernetes.io/kube-apiserver-client", "usages": ["client auth"]}}))
        self.grid.noizy("cert", "approve", request)
        self.grid.wait("jsonpath={.status.certificate}", "csr/" + request)

    def test_people_who_would_be_locked_out_are_named(self):
        self.request_user("ada-1", "ada")
        self.request_user("bob-1", "bob")
        self.grid.noizy("ca", "rotate")
        self.request_user("ada-2", "ada")
        self.grid.noizy("ca", "rotate", "--finish", code=1)
        for said in ("CertificateSigningRequest ada-1 (the user ada", "CertificateSigningRequest bob-1 (the user bob", "makes a new CertificateSigningRequest"):
            self.assertIn(said, self.grid.last.stderr)
        self.assertNotIn("ada-2", self.grid.last.stderr)
        self.grid.noizy("delete", "csr", "ada-1")  # she uses the other now
        self.grid.noizy("ca", "rotate", "--finish", code=1)
        self.assertNotIn("ada", self.grid.last.stderr)
        certificate = os.path.join(self.grid.folder, "bob.crt")
        with open(certificate, "wb") as file:
            file.write(base64.b64decode(self.grid.get("csr", "bob-1")["status"]["certificate"]))
        serial = openssl("x509", "-noout", "-serial", "-in", certificate).strip()[len("serial="):].lower()
        self.grid.noizy("cert", "revoke", "--serial", serial)  # he has left
        self.grid.noizy("ca", "rotate", "--finish")

    def test_an_rsa_ca_of_openssls_and_a_kill_in_the_middle(self):
        self.grid.add_agent("one")
        self.issue("web")
        certificate, key = make_ca(self.grid.folder)
        self.grid.noizy("ca", "import", "--cert", certificate, "--key", key)
        self.grid.plane.kill()
        self.grid.start()
        self.assertIn("Own CA", self.grid.noizy("ca", "show"))
        self.await_nobody_waits()
        self.verify(certificate, self.member("web", "tls.crt"))
        # As a kill while the old CA is dropped leaves it.
        self.grid.plane.kill()
        state = os.path.join(self.pki, "rotation.json")
        with open(state, encoding="ascii") as file:
            text = file.read()
        with open(state, "w", encoding="ascii") as file:
            file.write(text.replace("Rotating", "Finishing"))
        self.grid.start()
        self.assertNotIn("Rotation:", self.grid.noizy("ca", "show"))
        self.grid.wait("condition=Ready", "node/one")
        self.verify(certificate, os.path.join(self.pki, "server.crt"))
        self.verify(certificate, os.path.join(self.grid.folder, "agent-one", "identity", "node.crt"))


class ImportTest(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="noizy-e2e-")
        self.addCleanup(shutil.rmtree, self.folder)

    def place(self, *paths):
        """What `noizy ca import` into an empty folder says."""
        done = subprocess.run([grid.BINARY, "ca", "import", "--cert", paths[0], "--key", paths[1], "--data-dir", os.path.join(self.folder, "data")],
                              capture_output=True, text=True, check=False)
        return done.stdout + done.stderr

    def test_what_is_no_ca_is_refused_and_says_why(self):
        own = make_ca(self.folder)
        leaf = tempfile.mkdtemp(dir=self.folder)
        self.assertIn("is not a CA's", self.place(*make_ca(leaf, "-addext", "basicConstraints=critical,CA:FALSE")))
        self.assertIn("no key usage \"cert sign\"", self.place(*make_ca(leaf, "-addext", "keyUsage=digitalSignature")))
        self.assertIn("the private key does not belong", self.place(own[0], make_ca(leaf)[1]))
        self.assertFalse(os.path.exists(os.path.join(self.folder, "data", "pki", "ca.key")))
        self.assertIn("sha256:", self.place(*own))
        self.assertIn("has a CA", self.place(*own))


if __name__ == "__main__":
    unittest.main()
