#!/usr/bin/env python3
"""Certificates issued a second through the API, beside what OpenSSL signs and the store commits; handshakes a second by the server's kind of key.

    bench/certificate_bench.py NOIZY [CERTIFICATES]

All in one run on one machine, the load generator's share included.
"""

import base64
import concurrent.futures
import http.client
import json
import os
import re
import signal
import ssl
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
SOURCE = os.path.dirname(HERE)
CONNECTIONS = 8
COMMITS = 500
HANDSHAKE_SECONDS = 3
# By the name that `openssl speed` gives their signatures: how `openssl genpkey` makes them.
KEYS = {
    "ecdsap256": ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"],
    "ed25519": ["-algorithm", "ED25519"],
    "rsa2048": ["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"],
    "rsa4096": ["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:4096"],
}


def run(*arguments):
    return subprocess.run(arguments, capture_output=True, text=True, check=True).stdout


def signatures_a_second(key):
    """What one core signs, by OpenSSL's own measure: the second number from the end but one."""
    line = run("openssl", "speed", "-seconds", "2", key).strip().splitlines()[-1]
    return float(line.split()[-2])


class Api:
    """A connection of the administrator's."""

    def __init__(self, server, pem):
        context = ssl.create_default_context(cafile=os.path.join(server.data_dir, "pki", "ca.crt"))
        context.load_cert_chain(pem)
        self.http = http.client.HTTPSConnection("127.0.0.1", int(server.ports[0]), context=context)

    def do(self, method, path, body=None):
        self.http.request(method, path, body and json.dumps(body), {"Content-Type": "application/json"})
        reply = self.http.getresponse()
        text = reply.read()
        if reply.status // 100 != 2:
            raise RuntimeError(text.decode())
        return json.loads(text)


def administrator(server):
    """The kubeconfig's certificate and key in a file of their own."""
    with open(server.kubeconfig, encoding="utf-8") as file:
        text = file.read()
    path = os.path.join(server.folder, "admin.pem")
    with open(path, "wb") as file:
        for field in ("client-certificate-data", "client-key-data"):
            file.write(base64.b64decode(re.search(field + r": *(\S+)", text).group(1)))
    return path


def commits_a_second(api):
    """Durable writes one after the other: each is a commit of its own."""
    start = time.monotonic()
    for index in range(COMMITS):
        api.do("POST", "/api/v1/namespaces/default/configmaps", {"metadata": {"name": f"c{index}"}})
    return COMMITS / (time.monotonic() - start)


def certificate(index):
    spec = {"commonName": f"c{index}", "issuerRef": {"name": "noizy-ca"}, "secretName": f"c{index}-tls"}
    return {"apiVersion": "noizy.dev/v1", "kind": "Certificate", "metadata": {"name": f"c{index}"}, "spec": spec}


def is_ready(item):
    return any(condition["type"] == "Ready" and condition["status"] == "True" for condition in item.get("status", {}).get("conditions", []))


def issued_a_second(server, pem, count):
    """From the first request to the last Certificate that is Ready."""
    path = "/apis/noizy.dev/v1/namespaces/default/certificates"
    start = time.monotonic()
    with concurrent.futures.ThreadPoolExecutor(CONNECTIONS) as pool:
        def create(share):
            api = Api(server, pem)
            for index in share:
                api.do("POST", path, certificate(index))
        list(pool.map(create, [range(first, count, CONNECTIONS) for first in range(CONNECTIONS)]))
    api = Api(server, pem)
    while sum(map(is_ready, api.do("GET", path)["items"])) < count:
        time.sleep(0.2)  # a list of all is work, too
    return count / (time.monotonic() - start)


def serve_with(server, key):
    """Puts a certificate over a key of this kind into the folder and has the server take it."""
    pki = os.path.join(server.data_dir, "pki")
    new = os.path.join(server.folder, key)
    names = run("openssl", "x509", "-in", os.path.join(pki, "server.crt"), "-noout", "-ext", "subjectAltName").splitlines()[1].strip()
    with open(new + ".ext", "w", encoding="ascii") as file:
        file.write(f"subjectAltName={names.replace('IP Address:', 'IP:')}\nextendedKeyUsage=serverAuth\nkeyUsage=digitalSignature\n")
    run("openssl", "genpkey", *KEYS[key], "-out", new + ".key")
    run("openssl", "req", "-new", "-key", new + ".key", "-subj", "/CN=noizy-server", "-out", new + ".csr")
    run("openssl", "x509", "-req", "-in", new + ".csr", "-CA", os.path.join(pki, "ca.crt"), "-CAkey", os.path.join(pki, "ca.key"), "-days", "200",
        "-extfile", new + ".ext", "-out", new + ".crt")
    os.chmod(new + ".key", 0o600)
    for end in (".key", ".crt"):
        os.replace(new + end, os.path.join(pki, "server" + end))
    taken = server.plane.log().count("Serving with new certificates")
    server.plane.popen.send_signal(signal.SIGHUP)
    while server.plane.log().count("Serving with new certificates") == taken:
        time.sleep(0.05)


def processor_seconds(pid):
    with open(f"/proc/{pid}/stat", encoding="ascii") as file:
        fields = file.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def handshakes(server):
    """A second, one client after the other's end, and the server's processor time for each."""
    before = processor_seconds(server.plane.popen.pid)
    told = run("openssl", "s_time", "-connect", "127.0.0.1:" + server.ports[0], "-new", "-time", str(HANDSHAKE_SECONDS))
    count, seconds = re.search(r"(\d+) connections in (\d+) real seconds", told).groups()
    spent = processor_seconds(server.plane.popen.pid) - before
    return int(count) / int(seconds), 1000 * spent / int(count)


def main(count):
    signed = {key: signatures_a_second(key) for key in KEYS}
    server = grid.Grid("--no-agent", "--log-level", "info")
    try:
        pem = administrator(server)
        committed = commits_a_second(Api(server, pem))
        issued = issued_a_second(server, pem, count)
        bound = min(signed["ecdsap256"], committed)
        print(f"OpenSSL signs {signed['ecdsap256']:.0f} a second (P-256), the store commits {committed:.0f} a second")
        print(f"issued {issued:.1f} a second, {count} of them: {issued / bound:.2f} of the smaller (expected at least 0.5)")
        for key in KEYS:
            serve_with(server, key)
            rate, cost = handshakes(server)
            print(f"{key:10} {rate:6.0f} handshakes a second, {cost:.2f} ms of the server's each; OpenSSL signs {signed[key]:.0f} a second")
    finally:
        server.close()


if __name__ == "__main__":
    os.environ["NOIZY_BINARY"] = os.path.abspath(sys.argv[1])
    os.environ.setdefault("NOIZY_SOURCE_DIR", SOURCE)
    sys.path.insert(0, os.path.join(SOURCE, "tests", "e2e"))
    import grid
    main(int(sys.argv[2]) if len(sys.argv) > 2 else 500)
