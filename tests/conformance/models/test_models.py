"""The wire formats of model providers: what their own SDKs send and read is what wire.json (streams) and structured.json (answers to a schema) say.

By those, unit tests check ours (chat_stream_test.cc, structured_wire_test.cc).
"""

import json
import os
import subprocess
import unittest

import npm_packages

HERE = os.path.dirname(os.path.abspath(__file__))


class ModelsTest(unittest.TestCase):
    def check(self, name, text):
        packages = npm_packages.install(HERE)
        path = os.path.join(HERE, name)
        done = subprocess.run(["node", os.path.join(HERE, "client.mjs"), packages, path], capture_output=True, text=True, timeout=120, check=False)
        self.assertEqual(done.returncode, 0, done.stderr)
        with open(path, encoding="utf-8") as file:
            recorded = json.load(file)
        for wire, seen in zip(recorded, json.loads(done.stdout), strict=True):
            with self.subTest(wire["api"]):
                asked = seen["asked"]
                self.assertEqual(asked["body"], wire["body"])
                self.assertEqual((asked["path"], asked["query"]), (wire["path"], wire["query"]))
                self.assertEqual({name: asked["headers"].get(name) for name in wire["headers"]}, wire["headers"])
                self.assertEqual(seen["read"], {"text": text, "usage": [9, 4]})

    def test_the_sdks_send_and_read_what_is_recorded(self):
        self.check("wire.json", "Grüße 😀")

    def test_the_sdks_ask_for_answers_to_a_schema_as_recorded(self):
        self.check("structured.json", '{"candidate":"c2","risk":2,"reasons":["Größer 😀"]}')
