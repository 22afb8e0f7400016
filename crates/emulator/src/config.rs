//! What can be chosen when an emulator is started; every value has a default that suits a demonstration.

use std::time::Duration;

/// How an [`Emulator`](crate::Emulator) is set up.
#[derive(Clone, Debug)]
pub struct Config {
    /// Size of the computed fleet. 600 and 100,000 start equally fast.
    pub devices: u32,
    /// The same seed gives the same fleet, names, ids and faults.
    pub seed: u64,
    /// Time that every API call takes, spent while it occupies its place among the calls in flight.
    pub latency: Duration,
    /// The User-API token that is accepted; made from the seed when left out.
    pub jwt: Option<String>,
    /// Calls in flight per operation id, or for all operations under `"*"`. Published limits hold for the rest, and
    /// 5 where none is published.
    pub limits: Vec<(String, u16)>,
    /// Refuse requests that break the contract, however harmless a real server would find them.
    pub strict: bool,
    /// Where the emulator's clock starts, in epoch milliseconds; the system's time when left out.
    pub start: Option<i64>,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            devices: 600,
            seed: 1,
            latency: Duration::ZERO,
            jwt: None,
            limits: Vec::new(),
            strict: false,
            start: None,
        }
    }
}
