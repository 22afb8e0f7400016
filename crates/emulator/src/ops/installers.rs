//! Software installers of a customer and their temporary download links.

use serde_json::{Value, json};

use super::Served;
use crate::answer::{Answer, Outcome};
use crate::call::{Call, Fields};
use crate::clock::{DAY, iso_utc};
use crate::failure::Failure;
use crate::fleet::units::Level;
use crate::ops::server::PRODUCT_VERSION;
use crate::world::World;

struct Installer {
    id: i32,
    name: &'static str,
    kind: &'static str,
    scope: &'static str,
    system: &'static str,
    file: &'static str,
}

const INSTALLERS: [Installer; 6] = [
    Installer {
        id: 101,
        name: "Windows Agent",
        kind: "Agent",
        scope: "Custom",
        system: "Windows",
        file: "WindowsAgentSetup.exe",
    },
    Installer {
        id: 102,
        name: "Windows Probe",
        kind: "Probe",
        scope: "Custom",
        system: "Windows",
        file: "WindowsProbeSetup.exe",
    },
    Installer {
        id: 103,
        name: "macOS Agent",
        kind: "Agent",
        scope: "Custom",
        system: "macOS",
        file: "MacAgentSetup.dmg",
    },
    Installer {
        id: 104,
        name: "Linux Agent",
        kind: "Agent",
        scope: "Generic",
        system: "Linux",
        file: "nagent-installer.tar.gz",
    },
    Installer {
        id: 105,
        name: "Windows Agent",
        kind: "Agent",
        scope: "Generic",
        system: "Windows",
        file: "WindowsAgent.msi",
    },
    Installer {
        id: 106,
        name: "Report Manager",
        kind: "Other",
        scope: "Generic",
        system: "Windows",
        file: "ReportManager.exe",
    },
];

pub(crate) const SERVED: Served = &[
    ("listSoftwareInstallers", |world, call| {
        customer(world, call)?;
        let kind = call.word("softwareType", &["All", "Agent", "Probe", "Other"])?;
        let scope = call.word("installerType", &["All", "Generic", "Custom"])?;
        let wanted =
            |i: &&Installer| (kind == "All" || i.kind == kind) && (scope == "All" || i.scope == scope);
        let rows: Vec<Value> = INSTALLERS
            .iter()
            .filter(wanted)
            .map(|i| {
                json!({
                    "softwareId": i.id,
                    "softwareName": i.name,
                    "description": format!("{} {} for {}", if i.scope == "Custom" { "Customer-specific" } else { "System-wide" }, i.name, i.system),
                    "installerType": i.scope,
                    "operatingSystem": i.system,
                    "softwareType": i.kind,
                    "version": PRODUCT_VERSION,
                })
            })
            .collect();
        Ok(Answer::ok(rows.into()))
    }),
    ("createSoftwareDownloadLink", link),
];

fn customer(world: &World, call: &Call<'_>) -> Result<i32, Failure> {
    let id = call.positive_id("customerId")?;
    let known = world.unit_of(id, Level::Customer).or_else(|| world.unit_of(id, Level::Site));
    known.map(|_| id).ok_or_else(|| Failure::not_found(&format!("Customer with ID {id} was not found!")))
}

fn link(world: &mut World, call: &Call<'_>) -> Outcome {
    let customer = customer(world, call)?;
    let body = call.object()?;
    let mut fields = Fields::of(&body);
    let id = fields.number("softwareId");
    fields.done()?;
    let installer = INSTALLERS.iter().find(|i| i.id == id);
    let installer =
        installer.ok_or_else(|| Failure::not_found(&format!("Software with ID {id} was not found!")))?;
    let key =
        world.dice.uuid("download", u64::from(customer.unsigned_abs()) * 1000 + u64::from(id.unsigned_abs()));
    let link = format!(
        "https://nc.northwind-it.example/download/{PRODUCT_VERSION}/{key}/{customer}{}",
        installer.file
    );
    Ok(Answer::ok(json!({"downloadLink": link, "expirationDate": iso_utc(world.now_ms() + DAY)})))
}
