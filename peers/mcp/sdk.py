"""The Python SDK's client, with a hand-shake and without, over HTTP and stdio: the story that `story.mjs` tells for the
others."""

import asyncio
import json
import os
import time
import urllib.request

from mcp import MCPError, StdioServerParameters
from mcp.client import Client
from mcp.client.streamable_http import create_mcp_http_client, streamable_http_client

GATEWAY, KEY = os.environ["GATEWAY_URL"], os.environ["GATEWAY_KEY"]
RUN = "n_central-run-direct-task"
STDIO = StdioServerParameters(command=os.environ["NCGATE"], args=["mcp"],
                              env={"NCGATE_STATE": os.environ["GATEWAY_STATE"], "NCGATE_KEY": KEY})
ERAS = {"legacy": "2025-11-25", "auto": "2026-07-28", "2026-07-28": "2026-07-28"}


def same(actual, expected, what):
    if actual != expected:
        raise SystemExit(f"{what}: {actual!r} instead of {expected!r}")


def holds(condition, what):
    if not condition:
        raise SystemExit(f"not so: {what}")


def ask(url, token=None, body=None):
    headers = {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {token}"} if token else {})
    request = urllib.request.Request(url, headers=headers, data=body and json.dumps(body).encode())
    with urllib.request.urlopen(request, timeout=30) as answer:
        return json.load(answer)


class Person:
    """Somebody with the right to decide, signed in as one does."""

    def __init__(self):
        self.token = ask(f"{GATEWAY}/api/v1/sessions",
                         body={"name": "admin", "password": os.environ["GATEWAY_PASSWORD"]})["token"]

    def decide(self, approval, decision):
        ask(f"{GATEWAY}/api/v1/approvals/{approval}/decision", self.token, decision)

    def pending(self, task):
        """The approval of the call that names its task so, as soon as it waits."""
        end = time.monotonic() + 15
        while time.monotonic() < end:
            for approval in ask(f"{GATEWAY}/api/v1/approvals?state=pending", self.token)["items"]:
                if approval["arguments"].get("name") == task:
                    return approval["id"]
            time.sleep(0.05)
        raise SystemExit(f"no approval waits for {task}")


def times_run(task):
    journal = ask(f"{os.environ['EMULATOR_URL']}/_emulator/journal")
    return sum(change["operation"] == "createDirectScheduledTask" and change["body"]["name"].startswith(task)
               for change in journal)


def arguments(name):
    return {"device": "GLOBEX-WS01", "item_id": 2014, "task_type": "Script", "name": name, "reason": "a peer asks"}


def said(result):
    """What a result says; its text and its structured content must be the same."""
    text = json.loads(result.content[0].text)
    if result.structured_content is not None:
        same(text, result.structured_content, "text and structured content")
    return text


async def tell(label, client):
    tools = {tool.name: tool for tool in (await client.list_tools()).tools}
    same(len(tools), 40, "tools in the list")
    holds(tools["n_central-list-devices"].annotations.read_only_hint, "a look-up says that it only reads")
    holds(not tools[RUN].annotations.read_only_hint, "a run does not")

    found = said(await client.call_tool("n_central-list-devices", {"customer": "Acme", "search": "FS"}))
    same(found["rows"][0][found["columns"].index("long_name")], "ACME-FS01", "the device found")
    mistaken = await client.call_tool("n_central-list-devices", {"custmer": "Acme"})
    holds(mistaken.is_error and "customer" in said(mistaken)["message"], "an unknown argument is the tool's error")
    try:
        await client.call_tool("n_central-format-disk", {})
        raise SystemExit("an unknown tool was called")
    except MCPError as error:
        same(error.code, -32602, "an unknown tool is the protocol's error")

    approver = Person()
    held = said(await client.call_tool(RUN, arguments(f"{label} denied")))
    same(held["status"], "approval_required", "a held call without progress answers at once")
    look = {"approval_id": held["approval_id"]}
    same(said(await client.call_tool("n_central-get-approval", look | {"wait_seconds": 0}))["state"], "pending", "it")
    approver.decide(held["approval_id"], {"decision": "deny", "reason": "not today"})
    refusal = said(await client.call_tool("n_central-get-approval", look | {"wait_seconds": 20}))
    same((refusal["state"], refusal["decision_reason"]), ("denied", "not today"), "the agent hears why")
    same(times_run(f"{label} denied"), 0, "runs of a denied task")

    heard, first = [], asyncio.Event()

    async def hear(progress, _total, _message):
        heard.append(progress)
        first.set()

    async def decide():
        approval = await asyncio.to_thread(approver.pending, f"{label} approved")
        await asyncio.wait_for(first.wait(), 15)
        await asyncio.to_thread(approver.decide, approval, {"decision": "approve"})

    call = client.call_tool(RUN, arguments(f"{label} approved"), progress_callback=hear)
    result, _ = await asyncio.gather(call, decide())
    ended = said(result)
    same((ended["status"], len(ended["targets"])), ("done", 1), "the call that was approved meanwhile")
    holds(ended["targets"][0]["task_id"], "its task has an id")
    holds(heard == sorted(set(heard)), f"progress grows: {heard}")
    same(times_run(f"{label} approved"), 1, "runs of an approved task")


async def main():
    for era, revision in ERAS.items():
        http = create_mcp_http_client(headers={"Authorization": f"Bearer {KEY}"})
        for name, server in {"http": streamable_http_client(f"{GATEWAY}/mcp", http_client=http), "stdio": STDIO}.items():
            async with Client(server, mode=era) as client:
                same(client.protocol_version, revision, f"the revision ({era})")
                await tell(f"python {name} {era}", client)
        await http.aclose()
    print("sdk.py: the story over HTTP and stdio, with a hand-shake and without")


asyncio.run(main())
