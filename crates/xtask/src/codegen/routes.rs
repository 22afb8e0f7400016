//! The emulator's table: what it has to answer, and nothing that it could copy from the client.

use super::{HEADER, quoted};
use crate::contract::Contract;

pub(crate) fn render(contract: &Contract) -> String {
    let mut text =
        format!("//! Every route of N-central's contract, in the contract's order.\n{HEADER}{ROUTE}");
    text += &format!(
        "/// The routes.\n#[rustfmt::skip]\npub(crate) static ROUTES: [Route; {}] = [\n",
        contract.operations.len()
    );
    for operation in &contract.operations {
        text += &format!(
            "    Route {{ id: {}, method: {}, path: {}, concurrency: {:?}, secured: {} }},\n",
            quoted(&operation.id),
            quoted(&operation.method),
            quoted(&operation.path),
            operation.concurrency,
            operation.secured,
        );
    }
    text + "];\n"
}

const ROUTE: &str = "\
/// One operation of the contract, as a server sees it.
pub(crate) struct Route {
    /// The operationId.
    pub(crate) id: &'static str,
    /// Upper case.
    pub(crate) method: &'static str,
    /// The path template, `/api/devices/{deviceId}`.
    pub(crate) path: &'static str,
    /// How many calls may be in flight, where that is published.
    pub(crate) concurrency: Option<u16>,
    /// Whether a call carries a token in `Authorization`.
    pub(crate) secured: bool,
}

";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_route_is_one_line_of_the_table() {
        let contract = "
security: [{accessToken: []}]
paths:
  /api/devices:
    get: {operationId: listDevices, summary: Devices., x-envelope: list, x-concurrency: 5, x-since: '2024'}
components: {parameters: {}}
";
        let text = render(&Contract::parse(contract).unwrap());
        let line = r#"    Route { id: "listDevices", method: "GET", path: "/api/devices", concurrency: Some(5), secured: true },"#;
        assert!(text.ends_with(&format!("static ROUTES: [Route; 1] = [\n{line}\n];\n")), "{text}");
    }
}
