//! `kill -9` between any two steps, on either database: never two requests for one device, what is not known is
//! unknown, nothing that was answered is lost, and the record still verifies. `docs/crashes.md` is written from what
//! the runs show. On PostgreSQL only where `NCGATE_TEST_POSTGRES` names a server:
//! `cargo xtask postgres -- cargo test -p ncgate --test it crash`.

mod around;
mod idempotency;
mod lane;
mod page;
mod recovery;
mod soak;
mod spine;
mod webhooks;
