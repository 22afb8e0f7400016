"""The emulator that `cargo xtask peers` started, as far as the scripts here need it: `NCENTRAL_URL` and
`NCENTRAL_JWT` name it."""

import json
import os
import urllib.request


class Emulator:
    def __init__(self):
        self.url = os.environ["NCENTRAL_URL"]
        self.jwt = os.environ["NCENTRAL_JWT"]
        self.access_token = self.jwt
        tokens = self.call("POST", "auth/authenticate")["tokens"]
        self.access_token, self.refresh_token = tokens["access"]["token"], tokens["refresh"]["token"]

    def call(self, method, path, body=None):
        """What `/api/PATH` answers; any error status is an exception."""
        headers = {"Authorization": f"Bearer {self.access_token}", "Content-Type": "application/json"}
        return self._send(method, f"/api/{path}", headers, body)

    def data(self, path):
        return self.call("GET", path)["data"]

    def requests(self):
        """How often each operation was called and how it ended, by its id."""
        return self._send("GET", "/_emulator/requests")["operations"]

    def forget_requests(self):
        self._send("DELETE", "/_emulator/requests")

    def journal(self):
        """What was changed, in order."""
        return self._send("GET", "/_emulator/journal")

    def _send(self, method, path, headers=None, body=None):
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.url + path, data, headers or {}, method=method)
        with urllib.request.urlopen(request, timeout=10) as answer:
            text = answer.read()
        return json.loads(text) if text else None
