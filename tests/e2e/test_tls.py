"""What testssl.sh asks of a TLS server, asked of both listeners: protocols, every cipher, curves, renegotiation, compression, downgrades, certificates.

The same questions go to a careless server first, so that a "refused" is known to be the answer of who was asked and not the asker's own.
"""

import os
import re
import socket
import ssl
import subprocess
import tempfile
import threading
import unittest
import warnings

import grid

OLD = (ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1)
PROTOCOLS = ["h2", "http/1.1"]  # gRPC hangs up on who does not ask for the first
EVERYTHING = "ALL:COMPLEMENTOFALL:@SECLEVEL=0"


def context(lowest, highest, ciphers=EVERYTHING):
    """A client's that minds nothing, with these protocols and TLS 1.2 ciphers alone."""
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    made.check_hostname = False
    made.verify_mode = ssl.CERT_NONE
    made.options &= ~ssl.OP_NO_COMPRESSION
    made.set_alpn_protocols(PROTOCOLS)
    made.set_ciphers(ciphers)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # that they are old is the point
        made.minimum_version, made.maximum_version = lowest, highest
    return made


def shake(port, asked):
    """Protocol, cipher and compression agreed on; None when the server refuses."""
    with socket.create_connection(("127.0.0.1", int(port)), timeout=grid.STEP_SECONDS) as plain:
        try:
            with asked.wrap_socket(plain, server_hostname="localhost") as agreed:
                return agreed.version(), agreed.cipher()[0], agreed.compression()
        except (ssl.SSLError, ConnectionError):
            return None


def ciphers_taken(port):
    """Of all TLS 1.2 ciphers that OpenSSL has, those that the server agrees to when no other is offered."""
    listed = subprocess.run(["openssl", "ciphers", "-s", "-tls1_2", "-psk", "-srp", EVERYTHING], capture_output=True, text=True, check=True).stdout
    names = [name for name in listed.strip().split(":") if not name.startswith("TLS_")]
    version = ssl.TLSVersion.TLSv1_2
    return len(names), {name for name in names if shake(port, context(version, version, name + ":@SECLEVEL=0"))}


def s_client(port, *flags, stdin=""):
    """What OpenSSL's own client tells of a connection."""
    done = subprocess.run(["openssl", "s_client", "-connect", "127.0.0.1:" + port, "-alpn", ",".join(PROTOCOLS), *flags], input=stdin, capture_output=True, text=True, errors="replace", check=False, timeout=grid.STEP_SECONDS)
    return done.returncode, done.stdout + done.stderr


class CarelessServer:
    """Speaks whatever it is asked to."""

    def __init__(self, folder):
        key, certificate = os.path.join(folder, "key.pem"), os.path.join(folder, "cert.pem")
        subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-subj", "/CN=careless", "-out", certificate],
                       capture_output=True, check=True)
        self.tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.tls.load_cert_chain(certificate, key)
        self.tls.set_ciphers(EVERYTHING)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            self.tls.minimum_version = ssl.TLSVersion.TLSv1
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = str(self.listener.getsockname()[1])
        self.thread = threading.Thread(target=self.serve)
        self.thread.start()

    def serve(self):
        while True:
            plain, _ = self.listener.accept()
            with plain:
                if plain.recv(1, socket.MSG_PEEK) == b"q":
                    return
                try:
                    self.tls.wrap_socket(plain, server_side=True).close()
                except OSError:
                    pass  # the client left

    def close(self):
        with socket.create_connection(("127.0.0.1", int(self.port))) as last:
            last.sendall(b"q")
            self.thread.join()
        self.listener.close()


class TlsTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.grid = grid.Grid("--no-agent", "--no-controllers")
        cls.addClassCleanup(cls.grid.close)
        cls.rest, cls.agents = cls.grid.ports
        cls.ca = os.path.join(cls.grid.data_dir, "pki", "ca.crt")

    def test_the_questions_see_a_careless_server(self):
        with tempfile.TemporaryDirectory() as folder:
            careless = CarelessServer(folder)
            self.addCleanup(careless.close)
            for version in OLD:
                self.assertIsNotNone(shake(careless.port, context(version, version)))
            _, taken = ciphers_taken(careless.port)
            self.assertLessEqual({"AES128-SHA", "AES256-GCM-SHA384", "NULL-SHA256", "AECDH-AES128-SHA", "ECDHE-RSA-AES256-SHA384", "ECDHE-RSA-AES256-GCM-SHA384"}, taken)

    def test_protocols(self):
        for port in (self.rest, self.agents):
            for version in OLD:
                self.assertIsNone(shake(port, context(version, version)), version)
            self.assertEqual(shake(port, context(ssl.TLSVersion.TLSv1_3, ssl.TLSVersion.TLSv1_3))[0], "TLSv1.3")
        v12 = context(ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_2)
        self.assertEqual(shake(self.rest, v12)[0], "TLSv1.2")
        self.assertIsNone(shake(self.agents, v12))

    def test_ciphers_are_authenticated_and_keep_the_past_secret(self):
        asked, taken = ciphers_taken(self.rest)
        self.assertGreater(asked, 50)
        self.assertTrue(taken)
        for name in taken:
            self.assertRegex(name, r"^ECDHE-(ECDSA|RSA)-(AES(128|256)-GCM-SHA(256|384)|CHACHA20-POLY1305)$")
        for port in (self.rest, self.agents):
            for suite in ("TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256"):
                self.assertIn("Cipher is " + suite, s_client(port, "-tls1_3", "-ciphersuites", suite)[1])
            # The tag of CCM_8 is half as long.
            self.assertIn("Cipher is (NONE)", s_client(port, "-tls1_3", "-ciphersuites", "TLS_AES_128_CCM_8_SHA256")[1])

    def test_keys_are_agreed_on_over_curves_of_full_strength(self):
        for port, curve in ((self.rest, "X25519"), (self.rest, "P-256"), (self.agents, "P-256")):  # gRPC has the one
            self.assertIn("Cipher is TLS_", s_client(port, "-tls1_3", "-groups", curve)[1])
        for curve in ("secp224r1", "prime192v1"):
            self.assertIn("Cipher is (NONE)", s_client(self.rest, "-tls1_2", "-cipher", "ALL:@SECLEVEL=0", "-groups", curve)[1])

    def test_nothing_is_negotiated_anew_compressed_or_sent_early(self):
        _, told = s_client(self.rest, "-tls1_2", stdin="R\n")
        self.assertIn("RENEGOTIATING", told)
        self.assertIn("no renegotiation", told)
        self.assertIn("Secure Renegotiation IS supported", told)
        for port in (self.rest, self.agents):
            self.assertIn("Compression: NONE", s_client(port)[1])
            # Early data can be sent again by whoever sees it.
            self.assertNotRegex(s_client(port, "-tls1_3")[1], r"Max Early Data: [1-9]")
        self.assertIsNone(shake(self.rest, context(ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_2))[2])

    def test_a_client_that_was_talked_down_is_told(self):
        code, told = s_client(self.rest, "-tls1_2", "-fallback_scsv")
        self.assertNotEqual(code, 0)
        self.assertIn("inappropriate fallback", told)

    def test_certificates_are_for_the_names_by_which_the_server_is_reached(self):
        for port in (self.rest, self.agents):
            for name in ("localhost", "127.0.0.1"):
                strict = ssl.create_default_context(cafile=self.ca)
                strict.set_alpn_protocols(PROTOCOLS)
                with socket.create_connection(("127.0.0.1", int(port))) as plain, strict.wrap_socket(plain, server_hostname=name) as agreed:
                    self.assertEqual(agreed.version(), "TLSv1.3")
            with socket.create_connection(("127.0.0.1", int(port))) as plain, self.assertRaisesRegex(ssl.SSLCertVerificationError, "Hostname mismatch"):
                strict.wrap_socket(plain, server_hostname="example.com")
            chain = re.findall(r"-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----", s_client(port, "-showcerts")[1], re.DOTALL)
            leaf = subprocess.run(["openssl", "x509", "-noout", "-text"], input=chain[0], capture_output=True, text=True, check=True).stdout
            self.assertIn("Signature Algorithm: ecdsa-with-SHA256", leaf)
            self.assertIn("Public-Key: (256 bit)", leaf)
            self.assertIn("TLS Web Server Authentication", leaf)
            self.assertNotIn("CA:TRUE", leaf)


if __name__ == "__main__":
    unittest.main()
