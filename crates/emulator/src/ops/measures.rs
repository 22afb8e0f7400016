//! What a scan tells besides the readings that have thresholds: sizes of a disk, of memory, and the five programs that
//! use most (NOTES §8).

use serde_json::{Value, json};

use crate::fleet::device::Device;
use crate::fleet::service::{CPU, Check, DISK, MEMORY};
use crate::ops::inventory;
use crate::world::World;

/// Programs that a machine may be busy with, and who runs them.
const WINDOWS: [(&str, &str); 8] = [
    ("MsMpEng", "NT AUTHORITY\\SYSTEM"),
    ("winagent", "NT AUTHORITY\\SYSTEM"),
    ("svchost", "NT AUTHORITY\\NETWORK SERVICE"),
    ("SearchIndexer", "NT AUTHORITY\\SYSTEM"),
    ("WmiPrvSE", "NT AUTHORITY\\NETWORK SERVICE"),
    ("BackupFP", "NT AUTHORITY\\SYSTEM"),
    ("dwm", "Window Manager\\DWM-1"),
    ("TiWorker", "NT AUTHORITY\\SYSTEM"),
];
const OTHERS: [(&str, &str); 6] = [
    ("systemd-journald", "root"),
    ("sshd", "root"),
    ("nagent", "root"),
    ("rsyslogd", "syslog"),
    ("backup-fp", "root"),
    ("cron", "root"),
];
const TOP: usize = 5;

/// Name, description, value.
type Measure = (String, String, String);

/// The rows of `serviceDetails` that follow the check's readings, whose values are `percents`.
pub(crate) fn details(world: &World, device: &Device, check: &Check, percents: &[f64]) -> Vec<Value> {
    let first = 10_000 + check.kind.service_id * 10 + percents.len() as i32;
    let measures = match (check.kind.service_id, percents) {
        (id, &[used]) if id == DISK.service_id => disk(device, check.ident, used),
        (id, &[used]) if id == CPU.service_id => processor(world, device, check, used),
        (id, &[real, virt]) if id == MEMORY.service_id => memory(world, device, check, real, virt),
        _ => Vec::new(),
    };
    (first..)
        .zip(measures)
        .map(|(id, (name, description, value))| {
            json!({
                "scanDetailId": id, "detailName": name, "description": description, "detailValue": value,
                "state": "NORMAL", "monitoringType": null, "thresholds": [],
            })
        })
        .collect()
}

fn disk(device: &Device, volume: &str, used: f64) -> Vec<Measure> {
    let size = inventory::volumes_gb(device).into_iter().find(|(name, _)| *name == volume);
    size.map_or_else(Vec::new, |(_, gigabytes)| sizes("disk_", "Disk", gigabytes << 20, used))
}

fn processor(world: &World, device: &Device, check: &Check, used: f64) -> Vec<Measure> {
    let busiest = |rank: usize| format!("{:.1}", used / f64::from(2 << rank));
    top(world, device, check)
        .into_iter()
        .enumerate()
        .flat_map(|(rank, (program, user, pid))| {
            let n = rank + 1;
            [
                (format!("top5_cpu_process{n}"), format!("Process {n}"), program),
                (format!("top5_pid_process{n}"), format!("Process {n} (PID)"), pid),
                (format!("top5_user_process{n}"), format!("Process {n} (user)"), user),
                (format!("top5_cpu_usage{n}"), format!("Process {n} (%)"), busiest(rank)),
            ]
        })
        .collect()
}

fn memory(world: &World, device: &Device, check: &Check, real: f64, virt: f64) -> Vec<Measure> {
    let total = inventory::memory_bytes(world, device) >> 10;
    let mut measures = sizes("memory_physical", "Physical memory", total, real);
    // Windows sets aside a page file; what it adds is taken for a quarter of the memory here.
    measures.extend(sizes("memory_virtual", "Virtual memory", total + total / 4, virt));
    let share = |rank: usize, percent: f64| (kilobytes(total, percent) >> (rank + 1)).to_string();
    for (rank, (program, user, pid)) in top(world, device, check).into_iter().enumerate() {
        let n = rank + 1;
        measures.extend([
            (format!("memory_process{n}"), format!("Process {n}"), program),
            (format!("memory_process_pid{n}"), format!("Process {n} (PID)"), pid),
            (format!("memory_process_user{n}"), format!("Process {n} (user)"), user),
            (format!("memory_physical{n}"), format!("Process {n}, physical (MB)"), share(rank, real)),
            (format!("memory_virtual{n}"), format!("Process {n}, virtual (MB)"), share(rank, virt)),
        ]);
    }
    measures
}

/// In KB, whatever the descriptions say: that is N-central's own slip.
fn sizes(name: &str, thing: &str, total: u64, used_percent: f64) -> Vec<Measure> {
    let used = kilobytes(total, used_percent);
    let sizes = [("total", total), ("used", used), ("free", total - used)];
    sizes
        .map(|(which, size)| (format!("{name}{which}"), format!("{thing} {which} (GB)"), size.to_string()))
        .into()
}

fn kilobytes(total: u64, percent: f64) -> u64 {
    // A tenth of a percent is all that a reading says.
    total / 1000 * (percent * 10.0).round() as u64
}

/// Program, user and process id of the busiest, in order.
fn top(world: &World, device: &Device, check: &Check) -> Vec<(String, String, String)> {
    let programs: &[(&str, &str)] = if device.class.is_windows() { &WINDOWS } else { &OTHERS };
    let key = u64::from(check.task_id.unsigned_abs());
    let start = world.dice.below("busiest", key, programs.len() as u64) as usize;
    let pid = |rank: usize| 4 * (200 + world.dice.below("pid", key << 3 | rank as u64, 3000));
    let rotated = programs.iter().cycle().skip(start).take(TOP).enumerate();
    rotated
        .map(|(rank, (program, user))| (program.to_string(), user.to_string(), pid(rank).to_string()))
        .collect()
}
