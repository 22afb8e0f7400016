//! The process itself: which build, since when, how much memory.

use super::labels::Build;
use model::{Timestamp, time};
use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric};
use prometheus_client::metrics::gauge::ConstGauge;
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::{Registry, Unit};

pub(super) fn register(registry: &mut Registry, started: Timestamp) {
    registry.register(
        "build",
        "Which build this is",
        Info::new(Build { version: env!("CARGO_PKG_VERSION") }),
    );
    registry.register_collector(Box::new(Process { started }));
}

#[derive(Debug)]
struct Process {
    started: Timestamp,
}

impl Collector for Process {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), std::fmt::Error> {
        #[expect(clippy::cast_precision_loss, reason = "milliseconds since 1970 are far below 2^53")]
        let started = ConstGauge::new(time::to_millis(self.started) as f64 / 1000.0);
        let about = "When the gateway was opened, in seconds since 1970";
        started.encode(encoder.encode_descriptor(
            "process_start_time",
            about,
            Some(&Unit::Seconds),
            prometheus_client::metrics::MetricType::Gauge,
        )?)?;
        if let Some(bytes) = resident() {
            ConstGauge::new(bytes).encode(encoder.encode_descriptor(
                "process_resident_memory",
                "Memory that the process holds",
                Some(&Unit::Bytes),
                prometheus_client::metrics::MetricType::Gauge,
            )?)?;
        }
        Ok(())
    }
}

/// Resident memory in bytes, where the system tells it.
fn resident() -> Option<i64> {
    let text = std::fs::read_to_string("/proc/self/statm").ok()?;
    let pages: i64 = text.split_whitespace().nth(1)?.parse().ok()?;
    pages.checked_mul(i64::try_from(rustix::param::page_size()).ok()?)
}
