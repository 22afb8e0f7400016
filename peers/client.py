"""Uses the emulator as somebody else's client does: npycentral, unchanged, every function of it that reads, and the one
that runs a task and waits for it. What comes back is compared with what is known of the fleet."""

import inspect
import time

import npycentral

import emulator

# What is left: changes, and the client's own bookkeeping and plumbing.
CHANGES = {"create_customer", "create_site", "delete_device", "run_task",
           "update_customer_custom_property", "update_device_custom_property"}
OWN = {"clear_customer_cache", "clear_device_cache", "clear_filter_cache", "clear_so_cache",
       "set_customer_cache_ttl", "set_device_cache_ttl", "delete", "patch", "post", "put"}


class Recorded:
    """The client, noting which of its functions were called from here."""

    def __init__(self, client):
        self.client, self.called = client, set()

    def __getattr__(self, name):
        self.called.add(name)
        return getattr(self.client, name)


def same(actual, expected, what):
    if actual != expected:
        raise SystemExit(f"{what}: {actual!r} instead of {expected!r}")


def holds(condition, what):
    if not condition:
        raise SystemExit(f"not so: {what}")


def organisation(client):
    orgs = client.get_service_orgs()
    same([(org.soId, org.soName) for org in orgs],
         [("50", "Northwind Managed IT"), ("174", "Tidewater Technology Partners")], "service organisations")
    same(len(client.get_all_customers()), 44, "customers of both")
    names = {customer.customerName for customer in client.get_customers()}
    holds({"Acme", "Globex"} <= names and len(names) < 44, "Acme and Globex belong to the first")
    acme = client.get_customer(customer_name="Acme")
    same(client.get_customer(customer_id=acme.customerId, use_cache=False).customerName, "Acme", "customer by id")
    holds("Globex" in [found.customerName for found in client.find_customers_by_name("glob")], "Globex by a part")
    sites = client.get_sites(acme.customerId)
    holds(sites and all(site.customerId == acme.customerId for site in sites), "Acme's sites are Acme's")
    holds({site.siteId for site in sites} < {site.siteId for site in client.get_all_sites()}, "all sites hold them")
    same(client.get_psa_customer_mapping(acme.customerId)["customerName"], "Acme", "PSA mapping")
    same(client.get_psa_customer_id(acme.customerId), acme.psa_customer_id, "PSA customer")
    return acme, sites[0]


def fleet(client, acme, site):
    devices = client.get_devices()
    same(len({device.deviceId for device in devices}), 600, "devices over all pages")
    server = client.get_device(device_name="ACME-FS01")
    same(server.customerName, "Acme", "the customer of ACME-FS01")
    holds(server.last_checkin_datetime is not None, "its last check-in is a time")
    same(client.get_device(device_id=server.deviceId, use_cache=False).longName, "ACME-FS01", "device by id")
    same([found.longName for found in client.find_devices_by_name("acme-fs")], ["ACME-FS01"], "device by a part")
    of_acme = [device.deviceId for device in devices if device.customerId == acme.customerId]
    same(client.get_customer_device_count(acme.customerId), len(of_acme), "Acme's devices, counted")
    same(sorted(device.deviceId for device in client.get_devices(customer_id=acme.customerId)), sorted(of_acme),
         "Acme's devices, by unit")
    same(len(client.find_devices_by_customer(acme.customerId)), len(of_acme), "Acme's devices, found")
    same({device.siteId for device in client.find_devices_by_site(site.siteId)} - {site.siteId}, set(), "by site")
    names = [entry.filterName for entry in client.get_filters()]
    windows = client.get_filter_by_name("Servers - Windows")
    holds(windows.filterName in names, "the filter is in the list")
    same(client.get_filter_by_id(windows.filterId), windows, "filter by id")
    servers = client.get_devices(filter_name="Servers - Windows")
    same(client.get_filter_device_count(int(windows.filterId)), len(servers), "Windows servers, counted")
    same({device.deviceClass for device in servers}, {"Servers - Windows"}, "their class")
    return server


def one_device(client, server):
    device = server.deviceId
    assets = client.get_device_assets(device)
    same((assets.device_name, assets.device_id), ("ACME-FS01", str(device)), "assets")
    hardware = client.get_device_hardware_summary(device)
    holds(hardware["memory_gb"] >= 4 and hardware["physical_drives"], "a server has memory and drives")
    software = client.get_device_software_inventory(device)
    holds("Windows Agent" in [entry["name"] for entry in software["applications"]], "the agent is installed")
    tasks = client.get_device_scheduled_tasks(device)
    holds(tasks and all(task.taskId and task.taskName for task in tasks), "its scheduled tasks have ids and names")
    same(len(client.get_device_maintenance_windows(device)), 1, "maintenance windows")
    rows = client.get_device_custom_properties(device)
    for row in rows:
        same(client.get_device_custom_property(device, row.propertyId), row, "device property by id")
        same(client.get_device_custom_property_by_name(device, row.propertyName), row, "device property by name")
    holds("Rack position" in [row.propertyName for row in rows], "devices have a rack position")


def monitoring(client, acme, server):
    device = server.deviceId
    status = client.get_device_service_monitoring_status(device)
    holds(len(status.statuses) > 5 and status.get_disk_by_volume("E:").is_failed, "disk E: is failing")
    summary = client.get_device_monitoring_summary(device)
    same((summary["device_name"], summary["total"]), ("ACME-FS01", len(status.statuses)), "monitoring summary")
    same([disk.volume_letter for disk in client.get_device_disk_status(device)], ["C:", "E:"], "volumes")
    health = client.check_device_disk_health(device)
    same([disk["volume"] for disk in health["failures"]], ["E:"], "failing volumes")
    disks = {disk.volume: disk for disk in client.get_device_disk_usage(device)}
    for disk in disks.values():
        holds(disk.total_kb > 0 and abs(disk.used_kb + disk.free_kb - disk.total_kb) < 2, f"the sizes of {disk} add up")
        holds(abs(disk.usage_percent - 100 * disk.used_kb / disk.total_kb) <= 1, f"{disk} says its usage")
    same((sorted(disks), disks["E:"].state), (["C:", "E:"], "FAILED"), "disk usage")
    task = client.get_appliance_task(status.get_disk_by_volume("E:").taskId)
    same(task.state, "FAILED", "the task behind disk E:")
    cpu = client.get_device_cpu_usage(device)
    holds(0 < cpu.usage_percent <= 100 and len(cpu.top_processes) == 5, f"processor usage: {cpu}")
    memory = client.get_device_memory_usage(device)
    same(round(memory.physical_total_gb), round(client.get_device_hardware_summary(device)["memory_gb"]), "memory")
    holds(0 < memory.physical_usage_percent <= 100 and len(memory.top_processes) == 5, f"memory usage: {memory}")
    issues = client.get_active_issues(customer_name="Acme")
    holds(any(issue.device_name == "ACME-FS01" and issue.serviceName == "Disk" for issue in issues), "the disk's issue")
    holds(issues and {issue.orgUnitId for issue in issues} >= {acme.customerId}, "Acme's issues are Acme's")
    holds(len(client.get_active_issues(so_id=50)) > len(issues), "others have issues too")
    same({issue.deviceId for issue in client.get_device_active_issues(device)}, {device}, "one device's issues")
    rows = client.get_customer_custom_properties(acme.customerId)
    for row in rows:
        same(client.get_customer_custom_property(acme.customerId, row.propertyId), row, "property by id")
        same(client.get_customer_custom_property_by_name(acme.customerId, row.propertyName), row, "property by name")
    holds("Contract tier" in [row.propertyName for row in rows], "customers have a contract tier")


def plumbing(client, server):
    """What needs no fleet: classes, links into the console, the session, the plain calls."""
    holds("Server" in " ".join(entry.deviceClassName for entry in client.get_device_classes()), "device classes")
    for link in [client.get_device_overview_url, client.get_device_details_url, client.get_device_remote_control_url]:
        holds(f"deviceID={server.deviceId}" in link(server.deviceId), "a link names its device")
    for link in [client.get_dashboard_url, client.get_active_issues_url]:
        holds("deepLinkAction.do?method=" in link(), "a link into the console")
    before = client.get_token()
    # It posts JSON where N-central takes plain text, is refused, and signs in again.
    holds(client.refresh_token() not in ("", before), "a renewal gives another token")
    same(client.get("auth/validate")["message"], "The token is valid.", "the new token")
    same(len(client.get_all("devices", pagesize=100, max_pages=2)), 200, "two pages of a hundred")


def task(client, acme, server):
    name = f"Disk report for a peer {time.monotonic_ns()}"
    ended = client.run_and_monitor_task(
        repo_id=2011, task_name=name, customer_id=acme.customerId, device_id=server.deviceId, task_type="Script",
        parameters=[{"name": "CommandLine", "value": "-Drive E", "description": "Arguments", "type": "string"}],
        interval=1, timeout=60)
    row = ended["status"]["task"]
    same((ended["status"]["status"], row["deviceName"], row["taskName"]), ("Success", "ACME-FS01", name), "the task")
    holds("ACME-FS01" in row["output"], "its output speaks of the device")
    same(client.check_task_status(ended["task_id"])[0], row, "its status, asked again")
    same(client.monitor_task(ended["task_id"])["status"], "Success", "its end, waited for again")


def main():
    server = emulator.Emulator()
    client = Recorded(npycentral.NCentralClient(base_url=server.url, jwt=server.jwt))
    acme, site = organisation(client)
    device = fleet(client, acme, site)
    one_device(client, device)
    monitoring(client, acme, device)
    plumbing(client, device)
    task(client, acme, device)

    same([change["operation"] for change in server.journal()], ["createDirectScheduledTask"], "what was changed")
    functions = {name for name, _ in inspect.getmembers(npycentral.NCentralClient, inspect.isfunction)
                 if not name.startswith("_")}
    same(sorted(functions - CHANGES - OWN - client.called), [], "functions that were not called")
    print(f"client: npycentral {npycentral.__version__}, {len(client.called)} functions answered from the fleet, one task "
          "run to its end")


main()
