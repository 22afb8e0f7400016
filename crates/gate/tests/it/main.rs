//! The gate's promises, driven through its doorway against the emulator.

mod approvals;
mod execution;
mod house;
