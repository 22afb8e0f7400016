//! One snapshot a tool: its record and its schema. A change to what a model reads shows in the diff.

use serde_json::json;

#[test]
fn every_tool_has_its_snapshot() {
    insta::with_settings!({ prepend_module_to_snapshot => false, snapshot_path => "../snapshots", omit_expression => true }, {
        for tool in catalog::TOOLS {
            let record = &tool.record;
            insta::assert_json_snapshot!(record.name, json!({
                "name": record.name,
                "alias": record.alias,
                "title": record.title,
                "summary": record.summary,
                "area": record.area.title(),
                "effect": record.effect,
                "operations": record.operations,
                "input_schema": tool.input_schema(),
            }));
        }
    });
}

#[test]
fn no_snapshot_is_left_without_its_tool() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/snapshots");
    for file in std::fs::read_dir(folder).unwrap() {
        let name = file.unwrap().file_name().into_string().unwrap();
        let tool = name.strip_suffix(".snap").unwrap_or_else(|| panic!("{name} is no accepted snapshot"));
        assert_eq!(catalog::find(tool).map(|found| found.record.name), Some(tool), "{name}");
    }
}
