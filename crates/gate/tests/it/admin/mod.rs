//! Administration: connecting, keys and people, policies, scripts, switches, the record.

mod accounts;
mod callers;
mod connecting;
mod doctor;
mod fake;
mod governing;
mod key_changes;
mod limits;
