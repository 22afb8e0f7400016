//! Administration: connecting, keys and people, policies, scripts, switches, the record.

mod callers;
mod connecting;
mod fake;
mod governing;
