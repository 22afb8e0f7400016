//! The emulator by itself on an open loopback port, until the program is ended: `cargo run -p emulator --example listen`.

use emulator::{Config, Emulator};

#[tokio::main(flavor = "current_thread")]
async fn main() -> std::io::Result<()> {
    let devices = std::env::args().nth(1).and_then(|n| n.parse().ok()).unwrap_or(600);
    let running = Emulator::start_local(Config { devices, ..Config::default() }).await?;
    #[expect(clippy::print_stdout, reason = "whoever started it needs the address")]
    {
        println!("{{\"url\":\"{}\",\"jwt\":\"{}\"}}", running.url, running.jwt);
    }
    std::future::pending().await
}
