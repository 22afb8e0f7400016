"""Runs schemathesis against the emulator with the contract: no answer may have an undocumented status, another
content type or another schema than the contract declares."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import emulator

HERE = Path(__file__).parent
SCHEMATHESIS = Path(sys.executable).with_name("schemathesis")
# Any token in the shape of a JWT that is not one of the emulator's own.
SSO_TOKEN = "eyJhbGciOiJub25lIn0.eyJzdWIiOiJzc28ifQ.c2ln"
# What `schemathesis.toml` leaves out.
LEFT_OUT = ["logout"]
# Lines of its output that are shown when it found something.
TAIL = 80


def dictionaries(server):
    """Ids that exist, by the name under which `schemathesis.toml` asks for them; some are made for the purpose."""
    acme = server.data("customers")[0]["customerId"]
    site = server.data(f"customers/{acme}/sites")[0]["siteId"]
    service_org = server.data("service-orgs")[0]["soId"]
    devices = [device["deviceId"] for device in server.data(f"org-units/{acme}/devices")[:5]]
    device = devices[0]
    task = server.call("POST", "scheduled-tasks/direct", {
        "name": "Contract run", "itemId": 2011, "taskType": "Script", "customerId": int(acme), "deviceId": device,
        "credential": {"type": "LocalSystem"}, "parameters": [],
    })["data"]["taskId"]
    author = server.data("users/me")["userId"]
    server.call("POST", f"devices/{device}/notes", {"userId": author, "note": "Seen by the contract run."})
    report = server.call("POST", "report/patch-comparison", {"startDate": "2026-01-01"})
    own_tasks = [row["taskId"] for row in server.data(f"devices/{device}/scheduled-tasks")]
    properties = server.data(f"org-units/{acme}/custom-properties") + server.data(f"devices/{device}/custom-properties")
    return {
        "service_orgs": [service_org],
        "customers": [acme],
        "sites": [site],
        "units": [service_org, acme, site],
        "devices": devices,
        "scheduled_tasks": [task, *own_tasks],
        "appliance_tasks": [row["taskId"] for row in server.data(f"devices/{device}/service-monitor-status")],
        "notes": [row["deviceNoteId"] for row in server.data(f"devices/{device}/notes")],
        "properties": [row["propertyId"] for row in properties],
        "roles": [row["roleId"] for row in server.data(f"org-units/{service_org}/user-roles")],
        "groups": [row["groupId"] for row in server.data(f"org-units/{service_org}/access-groups")],
        "reports": [report["reportId"]],
        "psa_types": [3],
        "companies": [
            row["psaCompanyId"] for row in server.call("GET", f"standard-psa/customers/{acme}/companies")
        ],
        "tickets": [40_101],
        "page_numbers": [1, 2],
        "page_sizes": [-1, 1, 50, 1000],
        "selects": ["deviceId==1", f"customerId=={acme}", "deviceId=gt=1", "longName,uri"],
        "filters": [row["filterId"] for row in server.data("device-filters")],
        "scripts": [2011, 2014, 2017],
    }


def told_of_the_fleet(contract, ids, refresh_token):
    """The contract with ids of the emulator's fleet in place of those that its examples made up."""
    device, customer = ids["devices"][0], ids["customers"][0]
    for invented, real in [
        (r"\b1180452077\b", str(device)),
        (r"\bcustomerId: 389\b", f"customerId: {customer}"),
        (r"eyJ[\w-]+\.eyJyZWZyZXNoIjoxfQ\.[\w-]+", refresh_token),
    ]:
        contract, found = re.subn(invented, real, contract)
        assert found, f"the contract's examples no longer hold {invented}"
    return contract


def spellings(values):
    """Ids as numbers and as text: the contract declares them as either, and schemathesis draws only what fits."""
    return [*{int(value): None for value in values if str(value).isdigit()}, *map(str, values)]


def main():
    scratch = Path(sys.argv[1]).resolve()
    server = emulator.Emulator()
    ids = dictionaries(server)
    sections = [f"[dictionaries.{name}]\nvalues = {json.dumps(spellings(values))}\n" for name, values in ids.items()]
    config, contract, report = (scratch / name for name in ("schemathesis.toml", "ncentral.yaml", "schemathesis.json"))
    config.write_text("\n".join([(HERE / "schemathesis.toml").read_text(), *sections]))
    # A session of its own, for the renewals among the questions.
    spare = emulator.Emulator().refresh_token
    contract.write_text(told_of_the_fleet((HERE.parent / "contract" / "ncentral.yaml").read_text(), ids, spare))

    server.forget_requests()
    run = subprocess.run(
        [SCHEMATHESIS, "--config-file", config, "run", contract, "--url", server.url, "--no-color",
         "--report-json-path", report],
        env={**os.environ, "NCENTRAL_ACCESS_TOKEN": server.access_token, "NCENTRAL_SSO_TOKEN": SSO_TOKEN},
        # It leaves a cache where it runs.
        cwd=scratch, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False,
    )
    if run.returncode != 0:
        sys.exit("\n".join(run.stdout.splitlines()[-TAIL:]))

    told = json.loads(report.read_text())
    asked = told["operations"]["selected"]
    succeeded = {name for name, seen in server.requests().items() if any(s[0] == "2" for s in seen["by_status"])}
    # A run whose every question fails finds nothing: that must not pass for agreement.
    never = sorted(server.requests().keys() - succeeded)
    if never or len(succeeded) != asked or asked != told["operations"]["total"] - len(LEFT_OUT):
        sys.exit(f"of {asked} operations {len(succeeded)} ever succeeded; not: {', '.join(never)}")
    print(f"contract: {told['test_cases']['generated']} requests to {asked} operations, each answered with success at "
          "least once; every status, content type and schema is the contract's")


main()
