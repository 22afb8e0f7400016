//! Prints every device of a server, page by page.
//!
//! ```sh
//! NCENTRAL_URL=https://ncentral.example.com NCENTRAL_JWT=… cargo run -p ncentral --example list_devices
//! ```

use std::env;
use std::error::Error;

use futures::TryStreamExt;
use ncentral::{Client, Device, Params, ServerUrl, operations};

#[tokio::main]
#[expect(clippy::print_stdout, clippy::print_stderr, reason = "an example that prints")]
async fn main() -> Result<(), Box<dyn Error>> {
    let (server, notice) = ServerUrl::parse(&env::var("NCENTRAL_URL")?)?;
    if let Some(notice) = notice {
        eprintln!("{notice}");
    }
    let client = Client::builder(server, env::var("NCENTRAL_JWT")?).build()?;

    let info = client.server_info().await?;
    eprintln!("N-central {}", info.ncentral.as_deref().unwrap_or("of unknown version"));

    let devices = client.rows_as::<Device>(operations::LIST_DEVICES, Params::new().set("pageSize", 200));
    let mut devices = std::pin::pin!(devices);
    while let Some(device) = devices.try_next().await? {
        println!(
            "{}\t{}\t{}",
            device.device_id.map(|id| id.to_string()).unwrap_or_default(),
            device.long_name.unwrap_or_default(),
            device.customer_name.unwrap_or_default(),
        );
    }
    Ok(())
}
