//! What tools and typical answers cost the model that reads them, in tokens of the vocabulary `o200k_base`, as an MCP
//! client gets them: the list of tools by both sets of names, and one answer of every tool.

use crate::clients::Mcp;
use crate::house::{House, key};
use crate::report::Report;
use crate::typical;
use serde_json::{Value, json};
use tiktoken_rs::o200k_base_singleton;
use tokio::runtime::Runtime;

fn tokens(text: &str) -> f64 {
    o200k_base_singleton().encode_ordinary(text).len() as f64
}

pub(crate) fn measure(runtime: &Runtime, report: &mut Report) {
    report.part("Tokens (o200k_base)");
    let house = House::new(&[]);
    house.home.run(&["script", "add", "--name", "Cleanup", "--item-id", "2014", "--type", "Script"]).done();
    let (serve, admin) = house.serve();
    let key = key(&serve, &admin, "reader");
    for (names, what) in [("canonical", "tools/list, canonical names"), ("alias", "tools/list, aliases")] {
        let mcp = Mcp::new(&format!("{}?names={names}", serve.text("mcp_url")), &key);
        let answer = runtime.block_on(mcp.ask("tools/list", json!({}))).unwrap();
        let answer: Value = serde_json::from_str(&answer).unwrap();
        let tools = &answer["result"]["tools"];
        report.at_most(what, tokens(&tools.to_string()), "", 4500.0);
        report.tell("  tools in it", tools.as_array().unwrap().len() as f64, "");
    }
    let mcp = Mcp::new(serve.text("mcp_url"), &key);
    let ask = |tool: &str, arguments: Value| runtime.block_on(mcp.result(tool, arguments)).unwrap();
    let mut costs: Vec<(&str, f64)> = Vec::new();
    for (tool, arguments) in typical::arguments(ask) {
        costs.push((tool, tokens(&ask(tool, arguments).to_string())));
    }
    for (tool, arguments, limit) in [
        ("n_central-list-devices", json!({"page_size": 50}), 2_500.0),
        ("n_central-list-active-issues", json!({}), 8_000.0),
    ] {
        let what = format!("{} {arguments}", tool.trim_start_matches("n_central-"));
        report.at_most(&what, tokens(&ask(tool, arguments).to_string()), "", limit);
    }
    let most = costs.iter().map(|(_, cost)| *cost).fold(0.0, f64::max);
    report.at_most("the dearest of the typical answers of all 40 tools", most, "", 8_000.0);
    for (tool, cost) in costs {
        report.tell(&format!("  {}", tool.trim_start_matches("n_central-")), cost, "");
    }
}
