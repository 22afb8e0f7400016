//! When a browser has painted the first content of a page: Chromium, driven as in the stories of the dashboard.

use crate::driver::Driver;
use crate::report::{Report, median};
use std::process::{Command, Stdio};
use std::time::Duration;
use thirtyfour::prelude::*;
use tokio::runtime::Runtime;

const LOOKS: usize = 9;

/// Opens each page again and again; the paint is counted from the moment of navigation.
pub(crate) fn measure(runtime: &Runtime, report: &mut Report, url: &str, session: &str, addresses: &[&str]) {
    let found = |program: &str| Command::new(program).arg("--version").stdout(Stdio::null()).status().is_ok();
    if !found("chromium") || !found("chromedriver") {
        return report.leave_out("first contentful paint", "there is no Chromium");
    }
    let (driver, profile) = (Driver::start(), tempfile::tempdir().unwrap());
    let mut options = DesiredCapabilities::chrome();
    options.set_binary("/usr/bin/chromium").unwrap();
    for flag in [
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--disable-dev-shm-usage",
    ] {
        options.add_arg(flag).unwrap();
    }
    options.add_arg(&format!("--user-data-dir={}", profile.path().display())).unwrap();
    let web = runtime.block_on(WebDriver::new(driver.url(), options)).unwrap();
    runtime.block_on(async {
        web.goto(format!("{url}/login")).await.unwrap();
        web.add_cookie(Cookie::new("ncgate_session", session)).await.unwrap();
    });
    for address in addresses {
        let paints: Vec<f64> =
            (0..LOOKS).filter_map(|_| runtime.block_on(paint(&web, &format!("{url}{address}")))).collect();
        let what = format!("first contentful paint of {address} (median of {LOOKS})");
        if paints.is_empty() {
            report.leave_out(&what, "the browser painted nothing");
        } else {
            report.at_most(&what, median(&paints), "ms", 200.0);
        }
    }
    let _ = runtime.block_on(web.quit());
}

/// Milliseconds from the navigation to the first content.
async fn paint(web: &WebDriver, url: &str) -> Option<f64> {
    web.goto(url).await.ok()?;
    for _ in 0..100 {
        let script = "const p = performance.getEntriesByName('first-contentful-paint')[0]; return p ? p.startTime : null";
        let told = web.execute(script, vec![]).await.ok()?.json().as_f64();
        if told.is_some() {
            return told;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    None
}
