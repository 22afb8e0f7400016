//! The catalogue as a list of promises: every tool driven through its erased functions against the emulator.

mod budget;
mod devices;
mod issues;
mod lint;
mod records;
mod run_direct_task;
mod tasks_and_reports;
mod units;
mod world;
