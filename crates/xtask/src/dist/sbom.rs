//! The list of what went into the binary, in the form that scanners read: CycloneDX 1.6.

use serde_json::{Value, json};

use super::materials::{Crate, Materials};

/// The document; `date` is the commit's, in ISO-8601.
pub(super) fn of(materials: &Materials, date: &str) -> Value {
    let product = ("ncgate".to_owned(), materials.version.clone());
    let components: Vec<_> = materials
        .crates
        .iter()
        .filter(|(key, _)| **key != product)
        .map(|(key, found)| component(key, found))
        .collect();
    let dependencies: Vec<_> = materials
        .crates
        .iter()
        .map(|(key, found)| {
            json!({ "ref": reference(key), "dependsOn": found.needs.iter().map(reference).collect::<Vec<_>>() })
        })
        .collect();
    json!({
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {
            "timestamp": date,
            "component": {
                "type": "application",
                "bom-ref": reference(&product),
                "name": product.0,
                "version": product.1,
                "purl": reference(&product),
                "licenses": [{ "expression": "Apache-2.0 OR MIT" }],
            },
        },
        "components": components,
        "dependencies": dependencies,
    })
}

fn component(key: &(String, String), found: &Crate) -> Value {
    let mut component = json!({
        "type": "library",
        "bom-ref": reference(key),
        "name": key.0,
        "version": key.1,
        "purl": reference(key),
        "scope": "required",
    });
    let mut set = |member: &str, value: Value| component[member] = value;
    if let Some(text) = &found.description {
        set("description", text.split_whitespace().collect::<Vec<_>>().join(" ").into());
    }
    if let Some(licence) = &found.licence {
        // Older crates write `MIT/Apache-2.0`, which means the same.
        set("licenses", json!([{ "expression": licence.replace('/', " OR ") }]));
    }
    if let Some(checksum) = &found.checksum {
        set("hashes", json!([{ "alg": "SHA-256", "content": checksum }]));
    }
    if let Some(url) = &found.repository {
        set("externalReferences", json!([{ "type": "vcs", "url": url }]));
    }
    component
}

/// A package URL, which also serves as the name inside the document.
fn reference((name, version): &(String, String)) -> String {
    format!("pkg:cargo/{name}@{}", version.replace('+', "%2B"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sh;
    use std::collections::BTreeSet;

    #[test]
    fn every_crate_that_is_linked_is_listed_and_every_reference_leads_somewhere() {
        let materials = Materials::of(&sh::workspace_root()).unwrap();
        let document = of(&materials, "2026-01-01T00:00:00Z");
        let components = document["components"].as_array().unwrap();
        let names: BTreeSet<_> = components.iter().map(|found| found["name"].as_str().unwrap()).collect();
        for linked in ["tokio", "rmcp", "rusqlite", "rustls", "gate", "ncentral"] {
            assert!(names.contains(linked), "{linked}");
        }
        // What only tests use is not shipped.
        for absent in ["proptest", "insta", "xtask", "wiremock"] {
            assert!(!names.contains(absent), "{absent}");
        }
        let known: BTreeSet<_> = components
            .iter()
            .chain([&document["metadata"]["component"]])
            .map(|found| found["bom-ref"].as_str().unwrap())
            .collect();
        assert_eq!(known.len(), components.len() + 1);
        for dependency in document["dependencies"].as_array().unwrap() {
            for needed in dependency["dependsOn"].as_array().unwrap() {
                assert!(known.contains(needed.as_str().unwrap()), "{needed}");
            }
        }
        for found in components {
            assert!(found["licenses"][0]["expression"].is_string(), "{found}");
            let own = materials.crates[&(text(found, "name"), text(found, "version"))].checksum.is_none();
            assert_eq!(found["hashes"].is_null(), own, "{found}");
        }
    }

    fn text(value: &Value, member: &str) -> String {
        value[member].as_str().unwrap().to_owned()
    }
}
