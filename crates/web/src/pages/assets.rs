//! Style, script and icon, built into the binary. The address of each holds a digest of its content, so a browser
//! keeps it for ever and still never shows a new page with an old style.

use super::Web;
use super::refusal::Refusal;
use axum::Router;
use axum::extract::Path;
use axum::response::IntoResponse;
use axum::routing::get;
use http::{HeaderValue, header};
use model::Kind;
use sha2::{Digest, Sha256};
use std::sync::LazyLock;

struct Asset {
    name: &'static str,
    kind: &'static str,
    bytes: &'static [u8],
    digest: String,
}

static ASSETS: LazyLock<[Asset; 3]> = LazyLock::new(|| {
    let asset = |name, kind, bytes: &'static [u8]| {
        let digest = hex(&Sha256::digest(bytes)[..8]);
        Asset { name, kind, bytes, digest }
    };
    const SCRIPT: &str = "text/javascript; charset=utf-8";
    [
        asset("ncgate.css", "text/css; charset=utf-8", include_bytes!("../../assets/ncgate.css")),
        asset("ncgate.js", SCRIPT, include_bytes!("../../assets/ncgate.js")),
        // htmx 4.0.1, Zero-Clause BSD: https://htmx.org
        asset("htmx.js", SCRIPT, include_bytes!("../../assets/vendor/htmx-4.0.1.min.js")),
    ]
});

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The address of an asset.
pub(super) fn address(name: &str) -> String {
    let asset = ASSETS.iter().find(|asset| asset.name == name).expect("templates name assets that there are");
    format!("/assets/{}/{}", asset.digest, asset.name)
}

pub(super) fn routes() -> Router<Web> {
    Router::new().route("/assets/{digest}/{name}", get(asset)).route("/icon/{waiting}", get(icon))
}

const FOR_EVER: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");

async fn asset(Path((digest, name)): Path<(String, String)>) -> Result<impl IntoResponse, Refusal> {
    let known =
        ASSETS.iter().find(|asset| asset.name == name && asset.digest == digest).ok_or_else(|| {
            Refusal::new(
                Kind::NotFound,
                "This version of the file is not here any more.",
                "Load the page again.",
            )
        })?;
    let headers =
        [(header::CONTENT_TYPE, HeaderValue::from_static(known.kind)), (header::CACHE_CONTROL, FOR_EVER)];
    Ok((headers, known.bytes))
}

/// The tab's icon, with the number of approvals that wait.
async fn icon(Path(waiting): Path<String>) -> impl IntoResponse {
    let waiting: u64 = waiting.trim_end_matches(".svg").parse().unwrap_or(0);
    let badge = match waiting {
        0 => String::new(),
        number => {
            let shown = if number > 99 { "99+".to_owned() } else { number.to_string() };
            let size = [0, 34, 30, 22][shown.len()];
            format!(
                "<circle cx=\"42\" cy=\"42\" r=\"22\" fill=\"#c2410c\"/><text x=\"42\" y=\"42\" fill=\"#fff\" \
                 font-family=\"sans-serif\" font-size=\"{size}\" font-weight=\"700\" text-anchor=\"middle\" \
                 dominant-baseline=\"central\">{shown}</text>"
            )
        }
    };
    let svg = format!("<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 64 64\">{MARK}{badge}</svg>");
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("image/svg+xml")),
        (header::CACHE_CONTROL, FOR_EVER),
    ];
    (headers, svg)
}

/// A gate: two posts, a bar, and the way through.
const MARK: &str = "<rect width=\"64\" height=\"64\" rx=\"14\" fill=\"#1d4ed8\"/><path d=\"M16 50V16h8v34zM40 50V16h8v34z\
                    M24 26h16v6H24z\" fill=\"#fff\"/>";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_changes_with_the_content() {
        assert_ne!(address("ncgate.css"), address("ncgate.js"));
        assert!(address("htmx.js").starts_with("/assets/"));
    }
}
