"""The wire formats of model providers: what their own SDKs send and read is what wire.json says, by which unit tests check ours (chat_stream_test.cc)."""

import json
import os
import subprocess
import unittest

import npm_packages

HERE = os.path.dirname(os.path.abspath(__file__))
WIRE = os.path.join(HERE, "wire.json")


class ModelsTest(unittest.TestCase):
    def test_the_sdks_send_and_read_what_is_recorded(self):
        packages = npm_packages.install(HERE)
        done = subprocess.run(["node", os.path.join(HERE, "client.mjs"), packages, WIRE], capture_output=True, text=True, timeout=120, check=False)
        self.assertEqual(done.returncode, 0, done.stderr)
        with open(WIRE, encoding="utf-8") as file:
            recorded = json.load(file)
        for wire, seen in zip(recorded, json.loads(done.stdout), strict=True):
            with self.subTest(wire["api"]):
                asked = seen["asked"]
                self.assertEqual(asked["body"], wire["body"])
                self.assertEqual((asked["path"], asked["query"]), (wire["path"], wire["query"]))
                self.assertEqual({name: asked["headers"].get(name) for name in wire["headers"]}, wire["headers"])
                self.assertEqual(seen["read"], {"text": "Grüße 😀", "usage": [9, 4]})
