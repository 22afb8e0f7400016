//! The tree of tasks: ids of every tier and back, who is in a task, and how far it has come on the emulator's clock.
//! Beside the direct tasks there are standing ones, which every Windows device carries.

use crate::clock::SECOND;
use crate::fleet::class::Class;
use crate::fleet::device::Device;
use crate::fleet::scripts::{SCRIPTS, Script};
use crate::fleet::units::Level;
use crate::ops::tasks::Run;
use crate::world::World;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tier {
    System,
    Customer,
    Device,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Origin {
    /// A direct task, by its place in the list of runs.
    Run(usize),
    /// A standing task of a customer (by place) or a device (by index); either is 0 for the SYSTEM tier.
    Standing(usize, u32),
}

/// One task of one tier.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct TaskRef {
    pub(crate) tier: Tier,
    origin: Origin,
}

/// Recurring tasks: name, repository item, and how many devices in a hundred have it.
const STANDING: [(&str, i32, u64); 3] = [
    ("Weekly temporary file cleanup", 2014, 100),
    ("Daily disk report", 2011, 60),
    ("Monthly patch window", 2018, 35),
];

const RUNS: i32 = 1 << 28;
const STANDING_SYSTEM: i32 = RUNS + (1 << 24);
const STANDING_CUSTOMER: i32 = STANDING_SYSTEM + 1024;
const STANDING_DEVICE: i32 = RUNS + (1 << 25);
const END: i32 = 1 << 29;

/// How far a task is on a device.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Progress {
    Pending,
    Running,
    Success,
    Failed,
}

impl Progress {
    /// The keys of a status count.
    pub(crate) const COUNTED: [&'static str; 4] = ["Completed", "Failed", "In Progress", "In Pending"];

    pub(crate) fn counted(self) -> &'static str {
        match self {
            Self::Success => "Completed",
            Self::Failed => "Failed",
            Self::Running => "In Progress",
            Self::Pending => "In Pending",
        }
    }

    /// As a detail row has it; Success and Failed are final.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Success => "Success",
            Self::Failed => "Failed",
            Self::Running => "In Progress",
            Self::Pending => "Pending",
        }
    }
}

/// The task with this id, if there is one.
pub(crate) fn find(world: &World, id: i32) -> Option<TaskRef> {
    let (tier, origin) = match id {
        STANDING_DEVICE..END => {
            let (index, which) = ((id - STANDING_DEVICE) as u32 / 4, (id % 4) as usize);
            let device = world.device_index(world.fleet.device_ids.id(index)).map(|i| world.device_at(i))?;
            (which < STANDING.len() && carries(world, &device, which)).then_some(())?;
            (Tier::Device, Origin::Standing(which, index))
        }
        STANDING_CUSTOMER..STANDING_DEVICE => {
            let (place, which) = ((id - STANDING_CUSTOMER) as u32 / 4, (id % 4) as usize);
            let unit = world.fleet.units.get(place as usize)?;
            (which < STANDING.len() && unit.level == Level::Customer).then_some(())?;
            (Tier::Customer, Origin::Standing(which, place))
        }
        STANDING_SYSTEM..STANDING_CUSTOMER => {
            let which = (id - STANDING_SYSTEM) as usize;
            (which < STANDING.len()).then_some(())?;
            (Tier::System, Origin::Standing(which, 0))
        }
        RUNS..STANDING_SYSTEM => {
            let run = ((id - RUNS) / 3) as usize;
            (run < world.tasks.runs.len()).then_some(())?;
            ([Tier::System, Tier::Customer, Tier::Device][((id - RUNS) % 3) as usize], Origin::Run(run))
        }
        _ => return None,
    };
    Some(TaskRef { tier, origin })
}

/// The DEVICE tasks that touch a device: standing ones, then direct ones in the order of their creation.
pub(crate) fn of_device(world: &World, device: &Device) -> Vec<TaskRef> {
    let standing = (0..STANDING.len())
        .filter(|which| carries(world, device, *which))
        .map(|which| TaskRef { tier: Tier::Device, origin: Origin::Standing(which, device.index) });
    let runs = world.tasks.runs.iter().enumerate().filter(|(_, run)| run.device == device.index);
    standing.chain(runs.map(|(at, _)| TaskRef::run(at, Tier::Device))).collect()
}

fn carries(world: &World, device: &Device, which: usize) -> bool {
    device.class.is_windows()
        && world.dice.chance("standing", u64::from(device.index) * 4 + which as u64, STANDING[which].2)
}

impl TaskRef {
    pub(crate) fn run(at: usize, tier: Tier) -> Self {
        Self { tier, origin: Origin::Run(at) }
    }

    pub(crate) fn id(self) -> i32 {
        let tier = self.tier as i32;
        match (self.origin, self.tier) {
            (Origin::Run(at), _) => RUNS + 3 * at as i32 + tier,
            (Origin::Standing(which, _), Tier::System) => STANDING_SYSTEM + which as i32,
            (Origin::Standing(which, place), Tier::Customer) => {
                STANDING_CUSTOMER + (place * 4) as i32 + which as i32
            }
            (Origin::Standing(which, index), Tier::Device) => {
                STANDING_DEVICE + (index * 4) as i32 + which as i32
            }
        }
    }

    pub(crate) fn parent(self, world: &World) -> Option<Self> {
        let tier = match self.tier {
            Tier::System => return None,
            Tier::Customer => Tier::System,
            Tier::Device => Tier::Customer,
        };
        let origin = match (self.origin, tier) {
            (Origin::Standing(which, index), Tier::Customer) => {
                let home = world.device_at(index).home;
                let customer = world.above(home, Level::Customer).and_then(|u| world.fleet.unit_place(u.id));
                Origin::Standing(which, customer.unwrap_or(home) as u32)
            }
            (Origin::Standing(which, _), _) => Origin::Standing(which, 0),
            (run, _) => run,
        };
        Some(Self { tier, origin })
    }

    /// The DEVICE task of one device in this task.
    pub(crate) fn at_device(self, index: u32) -> Self {
        let origin = match self.origin {
            Origin::Standing(which, _) => Origin::Standing(which, index),
            run => run,
        };
        Self { tier: Tier::Device, origin }
    }

    pub(crate) fn name(self, world: &World) -> String {
        match self.origin {
            Origin::Run(at) => world.tasks.runs[at].name.clone(),
            Origin::Standing(which, _) => STANDING[which].0.to_owned(),
        }
    }

    pub(crate) fn script(self, world: &World) -> &'static Script {
        match self.origin {
            Origin::Run(at) => world.tasks.runs[at].script,
            Origin::Standing(which, _) => {
                let item = STANDING[which].1;
                SCRIPTS
                    .iter()
                    .find(|s| s.item_id == item)
                    .expect("standing tasks run items of the repository")
            }
        }
    }

    /// The direct task that it belongs to; none for a standing one.
    pub(crate) fn run_of(self, world: &World) -> Option<&Run> {
        match self.origin {
            Origin::Run(at) => world.tasks.runs.get(at),
            Origin::Standing(..) => None,
        }
    }

    /// Place of the unit that the task belongs to.
    pub(crate) fn unit(self, world: &World) -> usize {
        match (self.tier, self.origin) {
            (Tier::System, _) => 0,
            (_, Origin::Run(at)) => world.tasks.runs[at].home,
            (Tier::Customer, Origin::Standing(_, place)) => place as usize,
            (Tier::Device, Origin::Standing(_, index)) => world.device_at(index).home,
        }
    }

    /// Indexes of the devices in it that still exist.
    pub(crate) fn devices(self, world: &World) -> Vec<u32> {
        let exists = |index: u32| world.device_index(world.fleet.device_ids.id(index)).is_some();
        match (self.tier, self.origin) {
            (_, Origin::Run(at)) => {
                Some(world.tasks.runs[at].device).filter(|i| exists(*i)).into_iter().collect()
            }
            (Tier::Device, Origin::Standing(_, index)) => vec![index],
            (_, Origin::Standing(which, place)) => {
                let members = world.members(place as usize);
                members.iter().filter(|i| carries(world, &world.device_at(*i), which)).collect()
            }
        }
    }

    pub(crate) fn progress(self, world: &World, index: u32) -> Progress {
        self.result(world, &world.device_at(index)).0
    }

    /// How far it is on a device, what it printed, and what went wrong.
    pub(crate) fn result(self, world: &World, device: &Device) -> (Progress, Option<String>, Option<String>) {
        let script = self.script(world);
        let printed = |text: String| Some(text);
        let key = self.at_device(device.index).id().unsigned_abs().into();
        if let Some(why) = unfit(script, device) {
            return (Progress::Failed, printed("The task did not start.".to_owned()), Some(why));
        }
        if !device.online() {
            return (Progress::Pending, None, Some("Waiting for the device to come online.".to_owned()));
        }
        if let Some(run) = self.run_of(world) {
            let age = world.now_ms() - run.created_ms;
            let done = 3 * SECOND + world.dice.below("duration", key, 4000) as i64;
            if age < 1500 {
                return (Progress::Pending, None, None);
            }
            if age < done {
                return (Progress::Running, None, None);
            }
        }
        if let Some(name) = self.run_of(world).and_then(|run| run.missing) {
            let why = format!("The required parameter '{name}' is missing.");
            return (Progress::Failed, printed("The task did not start.".to_owned()), Some(why));
        }
        // Devices that stories are told about do as they are told.
        if device.index >= 24 && world.dice.chance("task fails", key, 4) {
            let output = "Access to the path is denied.\nExit code 1".to_owned();
            return (
                Progress::Failed,
                printed(output),
                Some("The script ended with exit code 1.".to_owned()),
            );
        }
        (Progress::Success, printed(world.fleet.output(script, &device.name, device.index)), None)
    }
}

/// Why a script can never run on a device.
fn unfit(script: &Script, device: &Device) -> Option<String> {
    let mac = device.class == Class::WorkstationMac;
    if device.appliance.is_none() {
        return Some("The device has no agent that could run the task.".to_owned());
    }
    let fits = if script.task_type == "MacScript" { mac } else { device.class.is_windows() };
    (!fits).then(|| format!("A {} cannot run on {}.", script.task_type, device.os_label))
}
