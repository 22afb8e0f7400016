//! The catalogue as a list of promises: every tool driven through its erased functions against the emulator.

#![expect(clippy::unwrap_used, reason = "a test that meets a surprise stops there")]

mod budget;
mod devices;
mod docs;
mod issues;
mod lint;
mod more_lookups;
mod property_updates;
mod records;
mod roles_and_groups;
mod run_direct_task;
mod tasks_and_reports;
mod unit_creation;
mod units;
mod world;
