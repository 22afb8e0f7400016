//! The client against a scripted service, against sockets, and against the emulator.

mod double;

mod emulated;
mod examples;
mod moving;
mod observing;
mod paging;
mod permits;
mod retrying;
mod session;
mod sockets;
mod tls;
