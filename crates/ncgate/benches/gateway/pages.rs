//! Every page of the dashboard: how large it is and how soon it is there, as a signed-in person's browser asks for it.

use crate::clients::http;
use crate::report::{Report, median, millis};
use crate::seed::Seeded;

use std::collections::BTreeSet;
use std::time::Instant;
use tokio::runtime::Runtime;

const REQUESTS: usize = 15;
/// Limits of a page with its style sheet and scripts, in KB, and of its last byte, in ms.
const WEIGHT: f64 = 150.0;
const TIME: f64 = 200.0;

/// The addresses of the pages, and of the lists over REST on which they stand.
pub(crate) fn addresses(seeded: &Seeded) -> Vec<String> {
    let Seeded { connection, pending, approved, call } = seeded;
    let mut all: Vec<String> = ["/", "/approvals"].into_iter().map(str::to_owned).collect();
    all.extend(
        ["approved", "denied", "expired", "withdrawn", "all"]
            .map(|state| format!("/approvals?state={state}")),
    );
    all.push("/approvals?state=all&tool=n_central-create-site".into());
    all.extend([pending, approved].map(|id| format!("/approvals/{id}")));
    all.extend([format!("/calls/{call}"), "/activity".into()]);
    let filters = [
        "connection=main",
        "caller=triage",
        "caller=seldom",
        "tool=n_central-get-device",
        "outcome=done",
        "outcome=unknown",
        "event=call.read",
        "caller=seldom&tool=n_central-get-device&outcome=done",
        "from=2026-01-01T00:00:00Z&to=2026-01-02T00:00:00Z",
    ];
    all.extend(filters.map(|filter| format!("/activity?{filter}")));
    all.extend(["/integrations".to_owned(), format!("/integrations/{connection}")]);
    all.extend(
        ["/callers", "/people", "/scripts", "/webhooks", "/try", "/parts/issues", "/stop"].map(str::to_owned),
    );
    all.push("/api/v1/audit?limit=50".into());
    all.extend(filters.map(|filter| {
        format!("/api/v1/audit?limit=50&{}", filter.replace("=main", &format!("={connection}")))
    }));
    all.extend([
        "/api/v1/approvals".into(),
        "/api/v1/approvals?state=pending".into(),
        "/api/v1/calls".into(),
    ]);
    all
}

/// One look at an address: status, its text as it is transferred and as it is, ms to the first byte and to the last.
struct Look {
    status: u16,
    text: Vec<u8>,
    first: f64,
    last: f64,
}

struct Browser {
    http: reqwest::Client,
    url: String,
    session: String,
}

impl Browser {
    async fn look(&self, address: &str, encoding: &str) -> Look {
        let mut request = self.http.get(format!("{}{address}", self.url)).header("accept-encoding", encoding);
        request = match address.starts_with("/api/") {
            true => request.bearer_auth(&self.session),
            false => request.header("cookie", format!("ncgate_session={}", self.session)),
        };
        let began = Instant::now();
        let answer = request.send().await.unwrap();
        let first = millis(began);
        let status = answer.status().as_u16();
        let text = answer.bytes().await.unwrap().to_vec();
        Look { status, text, first, last: millis(began) }
    }

    /// The size of style sheets and scripts that a page names: as they are, and as they are transferred. In KB.
    async fn assets(&self, page: &str) -> (f64, f64) {
        let named: BTreeSet<&str> = ["src=\"/", "href=\"/"]
            .iter()
            .flat_map(|mark| page.split(mark).skip(1))
            .filter_map(|rest| rest.split('"').next())
            .filter(|address| {
                [".css", ".js", ".svg"]
                    .iter()
                    .any(|kind| address.split('?').next().unwrap_or(address).ends_with(kind))
            })
            .collect();
        let (mut whole, mut sent) = (0.0, 0.0);
        for address in named {
            let address = format!("/{address}");
            whole += kilobytes(&self.look(&address, "identity").await.text);
            sent += kilobytes(&self.look(&address, "gzip").await.text);
        }
        (whole, sent)
    }
}

fn kilobytes(text: &[u8]) -> f64 {
    text.len() as f64 / 1000.0
}

/// Looks at every page, and prints and judges each.
pub(crate) fn measure(runtime: &Runtime, report: &mut Report, url: &str, session: &str, seeded: &Seeded) {
    let browser = Browser { http: http(), url: url.to_owned(), session: session.to_owned() };
    println!();
    report.columns(&["address", "first byte", "last byte", "HTML", "page", "sent"]);
    let (mut heaviest, mut slowest, mut slowest_list) = (0.0_f64, 0.0_f64, 0.0_f64);
    for address in addresses(seeded) {
        let shown = [&seeded.pending, &seeded.approved, &seeded.call, &seeded.connection]
            .iter()
            .fold(address.clone(), |text, id| text.replace(id.as_str(), "ID"));
        let page = runtime.block_on(browser.look(&address, "identity"));
        if page.status != 200 {
            report.row(&[&format!("`{shown}`: answered {}", page.status), "", "", "", "", ""]);
            continue;
        }
        let sent = runtime.block_on(browser.look(&address, "gzip"));
        let looks: Vec<Look> =
            (0..REQUESTS).map(|_| runtime.block_on(browser.look(&address, "gzip"))).collect();
        let first = median(&looks.iter().map(|look| look.first).collect::<Vec<_>>());
        let last = median(&looks.iter().map(|look| look.last).collect::<Vec<_>>());
        let text = String::from_utf8_lossy(&page.text).into_owned();
        let (assets, assets_sent) = runtime.block_on(browser.assets(&text));
        let (weight, weight_sent) = (kilobytes(&page.text) + assets, kilobytes(&sent.text) + assets_sent);
        let is_page = !address.starts_with("/api/");
        let figures = [first, last, kilobytes(&page.text), weight, weight_sent];
        let figures = figures.map(|figure| format!("{figure:.1}"));
        let [first_byte, last_byte, html, page, sent] = figures.each_ref().map(String::as_str);
        let (page, sent) = if is_page { (page, sent) } else { ("", "") };
        report.row(&[&format!("`{shown}`"), first_byte, last_byte, html, page, sent]);
        if is_page {
            (heaviest, slowest) = (heaviest.max(weight), slowest.max(last));
        } else {
            slowest_list = slowest_list.max(last);
        }
    }
    report.part("Of these");
    report.at_most(
        "the heaviest page with its style sheet and scripts, uncompressed",
        heaviest,
        "KB",
        WEIGHT,
    );
    report.at_most("the slowest page, to its last byte", slowest, "ms", TIME);
    report.at_most("the slowest list over REST, to its last byte", slowest_list, "ms", TIME);
}
