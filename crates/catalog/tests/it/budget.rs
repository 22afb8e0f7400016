//! What tools and answers cost the model that reads them, in tokens of a real vocabulary.

use crate::world::*;
use serde_json::{Value, json};
use tiktoken_rs::o200k_base_singleton;

fn tokens(text: &str) -> usize {
    o200k_base_singleton().encode_ordinary(text).len()
}

/// The answer's real cost; the estimate, by which answers are cut, must not be far below it.
async fn cost(world: &World, tool: &str, arguments: Value) -> (usize, Value) {
    let answer = world.read(tool, arguments).await.unwrap();
    let (real, estimate) = (tokens(&answer.to_string()), catalog::budget::estimate(&answer) as usize);
    assert!(estimate * 100 >= real * 96, "{tool}: estimated {estimate}, really {real}");
    (real, answer)
}

#[test]
fn the_list_of_tools_is_cheap() {
    let mut whole = 0;
    for tool in catalog::TOOLS {
        let hint = if tool.record.effect.writes() { "destructiveHint" } else { "readOnlyHint" };
        let definition = json!({
            "name": tool.record.name, "description": tool.record.summary, "inputSchema": tool.input_schema(),
            "annotations": { hint: true },
        });
        let cost = tokens(&definition.to_string());
        assert!(cost <= 300, "{} costs {cost} tokens: {definition}", tool.record.name);
        whole += cost;
    }
    let tools = catalog::TOOLS.len();
    assert!(whole <= 120 * tools && whole <= 4_500, "{whole} tokens for {tools} tools");
}

#[tokio::test]
async fn fifty_devices_cost_at_most_2500_tokens() {
    let world = World::new();
    for page_number in 1..=4 {
        let (cost, answer) =
            cost(&world, "list_devices", json!({"page_size": 50, "page_number": page_number})).await;
        assert_eq!(answer["returned"], 50);
        assert!(cost <= 2_500, "{cost}");
    }
}

#[tokio::test]
async fn assets_are_summed_up_in_600_tokens() {
    let world = World::new();
    for device in ["ACME-FS01", "ACME-DC01", "ACME-WS01", "GLOBEX-WS01"] {
        let (cost, answer) = cost(&world, "n_central-get-device-assets", json!({"device": device})).await;
        assert!(cost <= 600, "{cost}: {answer}");
    }
}

#[tokio::test]
async fn all_issues_of_a_large_fleet_fit_the_budget() {
    let world = World::of(3000);
    let (cost, answer) = cost(&world, "list_active_issues", json!({})).await;
    assert!(answer["note"].as_str().unwrap().contains("cut to fit"), "{}", answer["note"]);
    assert!(cost <= 8_000, "{cost}");
}

#[tokio::test]
async fn three_hundred_issues_grouped_by_device_fit_the_budget() {
    let world = World::of(3000);
    let (cost, answer) = cost(&world, "list_active_issues", json!({"page_size": 300})).await;
    assert_eq!((&answer["grouped_by"], &answer["returned"]), (&json!("device"), &json!(300)));
    assert!(cost <= 8_000, "{cost}");
}

#[tokio::test]
async fn whatever_is_over_the_budget_is_cut() {
    let world = World::of(3000);
    for (tool, arguments) in [
        ("list_devices", json!({"page_size": 1000})),
        (
            "list_devices",
            json!({"page_size": 1000, "fields": "device_id,long_name,uri,supported_os,description"}),
        ),
        ("list_customers", json!({"page_size": 1000, "level": "all"})),
        ("list_active_issues", json!({"page_size": 1000, "sort_by": "device_name"})),
        ("get_device", json!({"device": "ACME-FS01", "detail": "full"})),
    ] {
        let (cost, _) = cost(&world, tool, arguments).await;
        assert!(cost <= 8_000, "{tool} {cost}");
    }
}
