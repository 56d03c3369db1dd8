"""Certificates from YAML to a Secret that openssl accepts; kubectl's own certificate commands; a CA under a passphrase."""

import base64
import json
import os
import signal
import subprocess
import tempfile
import time
import unittest
import unittest.mock

import grid


def certificate(name, **spec):
    """A Certificate manifest, by the grid's own CA unless told otherwise."""
    body = {"commonName": name, "dnsNames": [name + ".local"], "issuerRef": {"name": "noizy-ca"}, "secretName": name + "-tls", **spec}
    return json.dumps({"apiVersion": "noizy.dev/v1", "kind": "Certificate", "metadata": {"name": name}, "spec": body})


def read(folder, name):
    with open(os.path.join(folder, name), encoding="ascii") as file:
        return file.read()


class CertificatesTest(grid.GridTest):
    UP_FLAGS = ("--no-agent",)

    def issue(self, name, **spec):
        """Applies a Certificate, waits until it is Ready, and returns a folder with the members of its Secret."""
        self.grid.apply(certificate(name, **spec))
        self.grid.wait("condition=Ready", "cert/" + name)
        return self.export(spec.get("secretName", name + "-tls"))

    def export(self, secret):
        folder = tempfile.mkdtemp(dir=self.grid.folder)
        for member, text in self.grid.get("secret", secret)["data"].items():
            with open(os.path.join(folder, member), "wb") as file:
                file.write(base64.b64decode(text))
        return folder

    def verify(self, folder, *more):
        """What `openssl verify` says of tls.crt, whose chain comes along; the root alone is trusted."""
        path = os.path.join(folder, "tls.crt")
        done = subprocess.run(["openssl", "verify", *more, "-CAfile", os.path.join(folder, "ca.crt"), "-untrusted", path, path],
                              capture_output=True, text=True, check=False)
        return done.stdout.replace(path, "tls.crt") + done.stderr

    def curl(self, path, certificate, key):
        """GETs a path of the API as whoever the certificate says."""
        ca = os.path.join(self.grid.data_dir, "pki", "ca.crt")
        return subprocess.run(["curl", "--silent", "--cacert", ca, "--cert", certificate, "--key", key, f"https://127.0.0.1:{self.grid.ports[0]}{path}"],
                              capture_output=True, text=True, check=False)

    def test_what_is_issued_verifies_for_every_kind_of_key(self):
        keys = {"ecdsa256": {}, "ecdsa384": {"size": 384}, "ecdsa521": {"size": 521}, "rsa2048": {"algorithm": "RSA"},
                "rsa4096": {"algorithm": "RSA", "size": 4096}, "ed25519": {"algorithm": "Ed25519"}}
        for name, key in keys.items():
            folder = self.issue(name, privateKey=key, usages=["server auth", "client auth", "digital signature"])
            self.assertEqual(self.verify(folder, "-x509_strict", "-purpose", "sslserver"), "tls.crt: OK\n", name)
            self.assertEqual(self.verify(folder, "-purpose", "sslclient", "-verify_hostname", name + ".local"), "tls.crt: OK\n", name)
            self.assertEqual(read(folder, "combined.pem"), read(folder, "tls.key") + read(folder, "tls.crt"))

    def test_a_damaged_secret_and_a_changed_spec_are_mended(self):
        folder = self.issue("mended")
        self.grid.noizy("delete", "secret", "mended-tls")
        self.grid.wait("jsonpath={.status.revision}=2", "cert/mended")
        self.assertNotEqual(read(folder, "tls.key"), read(self.export("mended-tls"), "tls.key"))
        self.grid.apply(certificate("mended", dnsNames=["other.local"]))
        self.grid.wait("jsonpath={.status.revision}=3", "cert/mended")
        self.grid.wait("condition=Ready", "cert/mended")
        self.assertEqual(self.verify(self.export("mended-tls"), "-verify_hostname", "other.local"), "tls.crt: OK\n")

    def test_a_ca_of_ones_own(self):
        self.issue("own-root", isCA=True, issuerRef={"name": "self", "kind": "SelfSigned"})
        folder = self.issue("below", issuerRef={"name": "own-root-tls", "kind": "SecretCA"})
        self.assertEqual(self.verify(folder), "tls.crt: OK\n")

    def test_a_certificate_gives_nobody_an_identity_to_the_grid(self):
        folder = self.issue("intruder", commonName="noizy-admin", subject={"organizations": ["system:masters"]}, usages=["client auth"])
        answer = self.curl("/api/v1/namespaces", os.path.join(folder, "tls.crt"), os.path.join(folder, "tls.key"))
        self.assertNotEqual(answer.returncode, 0, answer.stdout)

    def test_a_revoked_certificate_is_on_the_list_and_not_renewed(self):
        folder = self.issue("taken-back")
        self.assertEqual(self.verify(folder, "-crl_check", *self.revocation_lists(folder)), "tls.crt: OK\n")
        self.grid.noizy("cert", "revoke", "taken-back")
        self.grid.wait("condition=Ready=False", "cert/taken-back")
        serial = self.grid.get("cert", "taken-back")["status"]["serialNumber"]
        self.grid.wait("jsonpath={.data." + serial + "}", "configmap/noizy-revoked-certificates", "-n", "noizy-system")
        self.assertIn("certificate revoked", self.verify(folder, "-crl_check", *self.revocation_lists(folder)))

    def revocation_lists(self, folder):
        """Fetches the lists without any credentials, and returns the arguments that hand them to openssl."""
        path = os.path.join(folder, "crl.pem")
        url = f"https://127.0.0.1:{self.grid.ports[0]}/noizy/v1/crl"
        subprocess.run(["curl", "--silent", "--fail", "--cacert", os.path.join(self.grid.data_dir, "pki", "ca.crt"), "-o", path, url], check=True)
        return ["-CRLfile", path]

    def sign_server_anew(self):
        """Puts a certificate and a key by openssl in place of the server's, for its names and by the grid's CA. Returns the serial number."""
        pki = os.path.join(self.grid.data_dir, "pki")
        new = tempfile.mkdtemp(dir=self.grid.folder)
        names = subprocess.run(["openssl", "x509", "-in", os.path.join(pki, "server.crt"), "-noout", "-ext", "subjectAltName"],
                               capture_output=True, text=True, check=True).stdout.splitlines()[1].strip().replace("IP Address:", "IP:")
        with open(os.path.join(new, "ext"), "w", encoding="ascii") as file:
            file.write(f"subjectAltName={names}\nextendedKeyUsage=serverAuth\nkeyUsage=digitalSignature\n")
        for command in (f"req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=noizy-server -keyout {new}/server.key -out {new}/csr",
                        f"x509 -req -in {new}/csr -CA {pki}/ca.crt -CAkey {pki}/ca.key -set_serial 0xABCDEF -days 200 -extfile {new}/ext -out {new}/server.crt"):
            subprocess.run(["openssl", *command.split()], check=True, capture_output=True)
        for name in ("server.key", "server.crt"):
            os.replace(os.path.join(new, name), os.path.join(pki, name))
        return "ABCDEF"

    def served_serial(self):
        hello = subprocess.run(["openssl", "s_client", "-connect", f"127.0.0.1:{self.grid.ports[0]}"], input="", capture_output=True, text=True, check=False)
        shown = subprocess.run(["openssl", "x509", "-noout", "-serial"], input=hello.stdout, capture_output=True, text=True, check=True)
        return shown.stdout.strip()[len("serial="):]

    def hang_up(self, said):
        """Sends SIGHUP and waits until the log says what came of it."""
        self.grid.plane.popen.send_signal(signal.SIGHUP)
        deadline = time.monotonic() + grid.STEP_SECONDS
        while said not in self.grid.plane.log():
            self.assertLess(time.monotonic(), deadline, self.grid.plane.log())

    def test_a_hangup_takes_what_was_put_into_the_folder_and_keeps_watches(self):
        watch = subprocess.Popen([grid.BINARY, "get", "configmaps", "-w", "-o", "name"], env=self.grid.env, stdout=subprocess.PIPE, bufsize=0)
        self.addCleanup(watch.stdout.close)
        self.addCleanup(watch.wait)
        self.addCleanup(watch.kill)
        self.grid.apply(json.dumps({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "before"}}))
        grid.read_line(watch.stdout, "before")
        serial = self.sign_server_anew()
        self.hang_up("Read the certificates again")
        self.assertEqual(self.served_serial(), serial)
        self.grid.apply(json.dumps({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "after"}}))
        grid.read_line(watch.stdout, "after")
        key = os.path.join(self.grid.data_dir, "pki", "server.key")
        os.chmod(key, 0o644)
        self.addCleanup(os.chmod, key, 0o600)
        self.hang_up("Kept the certificates there were")
        self.assertEqual(self.served_serial(), serial)

    def test_who_may_write_certificates_cannot_pose_as_the_api_server(self):
        self.grid.kubectl("create", "rolebinding", "ada", "--clusterrole=edit", "--user=ada")
        self.grid.kubectl("create", "--as=ada", "-f", "-", stdin=certificate("adas"))
        for name, spec in (("by-name", {"dnsNames": ["localhost"]}), ("by-address", {"ipAddresses": ["127.0.0.1"]}), ("by-ca", {"isCA": True})):
            self.grid.kubectl("create", "--as=ada", "-f", "-", stdin=certificate(name, **spec), code=1)
            self.assertIn("noizy.dev/server", self.grid.last.stderr)
        change = json.dumps({"spec": {"dnsNames": ["localhost"]}})
        self.grid.kubectl("patch", "--as=ada", "certificates.noizy.dev", "adas", "--type=merge", "-p", change, code=1)
        self.assertIn("noizy.dev/server", self.grid.last.stderr)
        self.issue("by-administrator", dnsNames=["localhost"])

    def test_the_commands_for_people(self):
        self.grid.noizy("cert", "issue", "by-hand", "--dns", "by-hand.local", "--algorithm", "Ed25519")
        self.grid.wait("condition=Ready", "cert/by-hand")
        self.assertRegex(self.grid.noizy("cert", "inspect", "by-hand"), r"Names: +by-hand\.local\n(.*\n)+Signed by\nSubject: +CN=noizy-issuer\n")
        folder = os.path.join(self.grid.folder, "exported")
        self.grid.noizy("cert", "export", "by-hand", "--to", folder)
        self.assertEqual(self.verify(folder), "tls.crt: OK\n")
        self.assertEqual(os.stat(os.path.join(folder, "tls.key")).st_mode & 0o777, 0o600)
        self.grid.noizy("cert", "renew", "by-hand")
        self.grid.wait("jsonpath={.status.revision}=2", "cert/by-hand")
        self.assertRegex(self.grid.noizy("cert", "status"), r"by-hand +Ready +(89|90)d")
        self.assertIn("sha256:", self.grid.noizy("ca", "show"))
        token = self.grid.noizy("token", "create").strip()
        self.assertIn(token.split(".")[0], self.grid.noizy("token", "list"))
        self.grid.noizy("token", "revoke", token)
        self.assertNotIn(token.split(".")[0], self.grid.noizy("token", "list"))

    def test_a_node_whose_certificate_is_revoked_is_out(self):
        agent = self.grid.add_agent("worker")
        path = os.path.join(self.grid.folder, "agent-worker", "identity", "node.crt")
        serial = subprocess.run(["openssl", "x509", "-noout", "-serial", "-in", path], capture_output=True, text=True, check=True).stdout.strip()[7:].lower()
        self.grid.noizy("cert", "revoke", "--serial", serial)
        revoked = time.monotonic()
        while "is revoked" not in agent.log():
            self.assertLess(time.monotonic() - revoked, grid.STEP_SECONDS, agent.log())
        self.assertLess(time.monotonic() - revoked, 1.0)
        answer = self.curl("/apis/noizy.dev/v1/nodes/worker", path, os.path.join(os.path.dirname(path), "node.key"))
        self.assertIn("is revoked", answer.stdout)

    def test_kubectl_approves_and_denies_requests(self):
        for name, verb in (("jane", "approve"), ("joe", "deny")):
            key = os.path.join(self.grid.folder, name + ".key")
            request = subprocess.run(["openssl", "req", "-new", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-subj", f"/O=artists/CN={name}"],
                                     capture_output=True, check=True).stdout
            self.grid.kubectl("create", "-f", "-", stdin=json.dumps({
                "apiVersion": "certificates.k8s.io/v1", "kind": "CertificateSigningRequest", "metadata": {"name": name},
                "spec": {"request": base64.b64encode(request).decode(), "signerName": "kubernetes.io/kube-apiserver-client", "usages": ["client auth"]}}))
            self.grid.kubectl("certificate", verb, name)
        self.grid.wait("jsonpath={.status.certificate}", "csr/jane")
        self.assertIn("Denied", self.grid.kubectl("get", "csr", "joe"))
        self.assertNotIn("certificate", self.grid.get("csr", "joe")["status"])
        path = os.path.join(self.grid.folder, "jane.crt")
        with open(path, "wb") as file:
            file.write(base64.b64decode(self.grid.get("csr", "jane")["status"]["certificate"]))
        answer = self.curl("/api/v1/namespaces", path, os.path.join(self.grid.folder, "jane.key"))
        self.assertIn('User "jane" cannot list resource "namespaces"', json.loads(answer.stdout)["message"])


class PassphraseTest(unittest.TestCase):
    def test_the_cas_key_is_kept_under_a_passphrase(self):
        with tempfile.NamedTemporaryFile("w") as file:
            file.write("open sesame\n")
            file.flush()
            plane = grid.Grid("--no-agent", "--no-controllers", "--ca-key", "rsa-4096", "--ca-passphrase-file", file.name)
            self.addCleanup(plane.close)
            for key in ("ca.key", "issuer.key"):
                self.assertIn("ENCRYPTED", read(os.path.join(plane.data_dir, "pki"), key))
                self.assertEqual(os.stat(os.path.join(plane.data_dir, "pki", key)).st_mode & 0o777, 0o600)
            plane.plane.stop()
            plane.noizy("apiserver", "--data-dir", plane.data_dir, "--https-port", "0", "--grpc-port", "0", code=1)
            self.assertIn("passphrase", plane.last.stderr)
            plane.start()

    def test_passphrases_come_as_credentials_of_systemd(self):
        with tempfile.TemporaryDirectory() as folder:
            for name in ("noizy-ca-passphrase", "noizy-secrets-passphrase"):
                with open(os.path.join(folder, name), "w", encoding="ascii") as file:
                    file.write("by " + name)  # systemd-creds keeps no newline
            with unittest.mock.patch.dict(os.environ, CREDENTIALS_DIRECTORY=folder):
                plane = grid.Grid("--no-agent", "--no-controllers")
            self.addCleanup(plane.close)
            self.assertIn("ENCRYPTED", read(os.path.join(plane.data_dir, "pki"), "ca.key"))
            plane.plane.stop()
            start = ["apiserver", "--data-dir", plane.data_dir, "--https-port", "0", "--grpc-port", "0"]
            # Each of the two is needed.
            for name in ("noizy-ca-passphrase", "noizy-secrets-passphrase"):
                os.rename(os.path.join(folder, name), os.path.join(folder, "away"))
                plane.noizy(*start, code=1)
                self.assertIn("passphrase", plane.last.stderr)
                os.rename(os.path.join(folder, "away"), os.path.join(folder, name))
            plane.start()


if __name__ == "__main__":
    unittest.main()
