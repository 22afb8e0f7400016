//! A faithful emulator of an N-able N-central server.
