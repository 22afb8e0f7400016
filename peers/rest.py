"""Runs schemathesis against a gateway with its own OpenAPI document: no answer may have an undocumented status, another
content type or another schema than the document declares, and none may be a defect (500). It goes over everything
twice: as an administrator, and as an agent with a key."""

import json
import os
import subprocess
import sys
import urllib.request
from pathlib import Path

HERE = Path(__file__).parent
PYTHON = Path(sys.executable)
# Lines of its output that are shown when it found something.
TAIL = 120


class Gateway:
    def __init__(self):
        self.url = os.environ["NCGATE_URL"]
        session = self.call("POST", "sessions", None, {"name": "admin", "password": os.environ["NCGATE_ADMIN_PASSWORD"]})
        self.admin = session["token"]

    def call(self, method, path, token, body=None):
        """What `/api/v1/PATH` answers; any error status is an exception."""
        headers = {"Content-Type": "application/json"}
        if token:
            headers["Authorization"] = f"Bearer {token}"
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{self.url}/api/v1/{path}", data, headers, method=method)
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.load(answer)

    def furnish(self):
        """Something of everything, so that not every question ends in a 404; answers the key of an agent."""
        connection = {"name": "main", "url": os.environ["NCENTRAL_URL"], "jwt": os.environ["NCENTRAL_JWT"]}
        main = self.call("POST", "connections", self.admin, connection)
        # Another one to be taken apart: the questions about connections, policies and stops go there.
        spare = self.call("POST", "connections", self.admin, {**connection, "name": "spare"})
        script = {"name": "clean-up", "item_id": 2014, "task_type": "Script"}
        self.call("POST", "connections/spare/scripts", self.admin, script)
        self.call("POST", "people", self.admin, {"name": "ben", "role": "approver", "password": "correct horse battery"})
        key = self.call("POST", "keys", self.admin, {"name": "agent", "kind": "agent", "connection": "main"})
        held = self.call("POST", "tools/n_central-create-site", key["secret"], {"customer": "Acme", "site_name": "Attic"})
        dictionaries = {
            "connections": [spare["id"], "spare"],
            "calls": [held["call_id"]],
            "approvals": [held["approval_id"]],
        }
        assert main["id"] != spare["id"]
        return key["secret"], dictionaries


def validate(document):
    """Holds the document against the rules of OpenAPI 3.1, as others understand them."""
    path = Path(document)
    run = subprocess.run([PYTHON, "-m", "openapi_spec_validator", "--schema", "3.1", path],
                         stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    if run.returncode != 0:
        sys.exit(run.stdout)


def main():
    scratch = Path(sys.argv[1]).resolve()
    gateway = Gateway()
    document = scratch / "openapi.json"
    with urllib.request.urlopen(f"{gateway.url}/api/openapi.json", timeout=10) as answer:
        document.write_bytes(answer.read())
    validate(document)
    key, dictionaries = gateway.furnish()
    sections = [f"[dictionaries.{name}]\nvalues = {json.dumps(values)}\n" for name, values in dictionaries.items()]
    config = scratch / "rest.toml"
    config.write_text("\n".join([(HERE / "rest.toml").read_text(), *sections]))

    asked = 0
    for who, token in [("agent", key), ("admin", gateway.admin)]:
        report = scratch / f"rest-{who}.json"
        run = subprocess.run(
            [PYTHON.with_name("schemathesis"), "--config-file", config, "run", document, "--url", gateway.url,
             "--no-color", "--report-json-path", report],
            env={**os.environ, "NCGATE_TOKEN": token},
            # It leaves a cache where it runs.
            cwd=scratch, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            check=False,
        )
        if run.returncode != 0:
            sys.exit(f"as {who}:\n" + "\n".join(run.stdout.splitlines()[-TAIL:]))
        told = json.loads(report.read_text())
        asked += told["test_cases"]["generated"]
    print(f"rest: {asked} requests to {told['operations']['selected']} operations, as an agent and as an administrator; "
          "every status, content type and schema is the document's, and none is a defect")


main()
