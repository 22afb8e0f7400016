//! An approval as a person reads it before deciding: the sentence, what it acts on, everything that was given, who
//! asks, what it takes, and what would be sent. Whatever a device or a caller wrote can't leave its place in it.

use super::words::{field, fold, indent, quoted, wrap};
use super::{draw, heading, text};
use model::text::{clean, is_invisible};
use serde_json::Value;
use std::fmt::Write;

/// How many kinds of requests are told apart where they are only counted.
const TOLD: usize = 3;

/// How far the requests are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Requests {
    /// How many go where.
    Counted,
    /// Every one, with its body.
    Whole,
}

/// The approval on lines of at most `width` columns.
pub(crate) fn approval(approval: &Value, requests: Requests, width: usize) -> String {
    let parts = [
        sentence(approval, width),
        about(approval, width),
        targets(items(&approval["targets"]), width),
        arguments(&approval["arguments"], width),
        warnings(approval, width),
        asking(approval, width),
        match requests {
            Requests::Counted => counted(items(&approval["writes"]), width),
            Requests::Whole => whole(items(&approval["writes"]), width),
        },
    ];
    parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("\n\n")
}

fn sentence(approval: &Value, width: usize) -> String {
    wrap(&text(&approval["summary"]), width.saturating_sub(2)).join("\n  ")
}

fn about(approval: &Value, width: usize) -> String {
    let mut customers: Vec<String> = Vec::new();
    for target in items(&approval["targets"]) {
        let name =
            [&target["customer_name"], &target["customer_id"]].into_iter().find(|name| !name.is_null());
        customers.extend(name.map(text).filter(|name| !customers.contains(name)));
    }
    let heading = if customers.len() > 1 { "Customers" } else { "Customer" };
    let fields = [
        ("Approval", format!("{}, {}", text(&approval["id"]), text(&approval["state"]))),
        ("Action", format!("{} ({})", text(&approval["tool"]), text(&approval["effect"]))),
        ("Connection", told(&approval["connection"])),
        (heading, customers.join(", ")),
        ("Runs at", told(&approval["run_at"])),
    ];
    page(&fields, width)
}

fn targets(targets: &[Value], width: usize) -> String {
    if targets.is_empty() {
        return String::new();
    }
    let headings = ["Id", "Name", "Class", "Customer / site", "Last check-in", "Marks"].map(str::to_owned);
    let rows = targets.iter().map(|target| {
        let place = ["customer_name", "site_name"].map(|member| told(&target[member]));
        let place: Vec<&str> = place.iter().map(String::as_str).filter(|name| !name.is_empty()).collect();
        let marks: Vec<&str> = [("server", "SERVER"), ("offline", "OFFLINE")]
            .into_iter()
            .filter_map(|(member, mark)| (target[member] == true).then_some(mark))
            .collect();
        vec![
            text(&target["id"]),
            text(&target["name"]),
            text(&target["class"]),
            place.join(" / "),
            text(&target["last_checkin"]),
            marks.join("\n"),
        ]
    });
    section("Targets", Some(targets.len()), &draw(&headings, rows, width.saturating_sub(2)))
}

fn arguments(arguments: &Value, width: usize) -> String {
    let Some(members) = arguments.as_object().filter(|members| !members.is_empty()) else {
        return String::new();
    };
    let names: Vec<String> = members.keys().map(|name| clean(name, false)).collect();
    let widest = names.iter().map(|name| name.len()).max().unwrap_or_default();
    let width = width.saturating_sub(2);
    let lines = names.iter().zip(members.values()).map(|(name, value)| match value {
        Value::String(words) if words.contains('\n') => {
            format!("{name}\n{}", indent(&quoted(words, width.saturating_sub(2))))
        }
        Value::String(words) => field(name, widest, &clean(words, false), width),
        Value::Null => field(name, widest, "–", width),
        Value::Array(items) => {
            let items: Vec<String> = items.iter().map(|item| visible(&item.to_string())).collect();
            field(name, widest, &items.join(", "), width)
        }
        value => field(name, widest, &visible(&value.to_string()), width),
    });
    section("Arguments", None, &lines.collect::<Vec<_>>().join("\n"))
}

fn warnings(approval: &Value, width: usize) -> String {
    let nobody = Some(&approval["nobody_can_decide"]).filter(|nobody| !nobody.is_null());
    let lines: Vec<String> = items(&approval["warnings"])
        .iter()
        .chain(nobody)
        .map(|warning| format!("! {}", wrap(&text(warning), width.saturating_sub(4)).join("\n  ")))
        .collect();
    section("Warnings", None, &lines.join("\n"))
}

fn asking(approval: &Value, width: usize) -> String {
    let client = &approval["client"];
    let through = if client.is_null() { String::new() } else { format!(", through {}", text(client)) };
    let typed = match &approval["confirm_required"] {
        Value::Null => "nothing has to be typed".to_owned(),
        words => format!("type exactly: {}", text(words)),
    };
    let fields = [
        ("Asked by", format!("{} ({}){through}", text(&approval["caller"]), text(&approval["caller_kind"]))),
        ("Asked at", told(&approval["created_at"])),
        ("Reason", own_words(&approval["reason"], width)),
        ("Held by", told(&approval["held_by"])),
        ("Expires", told(&approval["expires_at"])),
        ("To approve", typed),
        ("Decided by", told(&approval["decided_by"])),
        ("Answer", own_words(&approval["decision_reason"], width)),
        ("Plan digest", told(&approval["plan_digest"])),
    ];
    page(&fields, width)
}

/// How many requests go where.
fn counted(writes: &[Value], width: usize) -> String {
    let mut kinds: Vec<(String, usize)> = Vec::new();
    for write in writes {
        let line = request(write);
        match kinds.iter_mut().find(|(known, _)| *known == line) {
            Some((_, count)) => *count += 1,
            None => kinds.push((line, 1)),
        }
    }
    let mut lines: Vec<String> = kinds
        .iter()
        .take(TOLD)
        .flat_map(|(line, count)| fold(&format!("{count} × {line}"), width.saturating_sub(2)))
        .collect();
    if kinds.len() > TOLD {
        lines.push(format!("and {} more", kinds.len() - TOLD));
    }
    section("Requests", Some(writes.len()), &lines.join("\n"))
}

/// Every request as it will be sent.
fn whole(writes: &[Value], width: usize) -> String {
    let blocks = writes.iter().map(|write| {
        let mut block = fold(&request(write), width.saturating_sub(2)).join("\n");
        if !write["body"].is_null() {
            let body = visible(&format!("{:#}", write["body"]));
            for line in body.lines() {
                let depth = line.len() - line.trim_start().len();
                let lines = fold(line.trim_start(), width.saturating_sub(depth + 8));
                let below = format!("\n{:1$}", "", depth + 6);
                block.push_str(&format!("\n{:1$}{2}", "", depth + 2, lines.join(&below)));
            }
        }
        block
    });
    section("Requests", Some(writes.len()), &blocks.collect::<Vec<_>>().join("\n\n"))
}

fn request(write: &Value) -> String {
    let mut line = format!("{} {}", text(&write["method"]), text(&write["path"]));
    let query = write["query"].as_object().into_iter().flatten();
    for (place, (name, value)) in query.enumerate() {
        let value = value.as_str().unwrap_or_default();
        let _ = write!(line, "{}{}={}", if place == 0 { '?' } else { '&' }, visible(name), visible(value));
    }
    line
}

/// JSON in which the characters that nobody sees are written out, as JSON does it.
fn visible(json: &str) -> String {
    let mut shown = String::with_capacity(json.len());
    for letter in json.chars() {
        if letter == '\n' || !is_invisible(letter) {
            shown.push(letter);
        } else {
            let _ =
                letter.encode_utf16(&mut [0; 2]).iter().try_for_each(|unit| write!(shown, "\\u{unit:04x}"));
        }
    }
    shown
}

/// What a person or a program wrote, each line marked; it stands below its label.
fn own_words(value: &Value, width: usize) -> String {
    let words = value.as_str().unwrap_or_default();
    if words.trim().is_empty() { String::new() } else { quoted(words, width.saturating_sub(2)) }
}

fn page(fields: &[(&str, String)], width: usize) -> String {
    let fields = || fields.iter().filter(|(_, value)| !value.is_empty());
    let widest = fields().map(|(label, _)| label.len()).max().unwrap_or_default();
    let lines = fields().map(|(label, value)| {
        if value.starts_with('│') {
            format!("{label}\n{}", indent(value))
        } else {
            field(label, widest, value, width)
        }
    });
    lines.collect::<Vec<_>>().join("\n")
}

fn section(name: &str, count: Option<usize>, lines: &str) -> String {
    if lines.is_empty() {
        return String::new();
    }
    let count = count.map(|count| format!(" ({count})")).unwrap_or_default();
    format!("{}{count}\n{}", heading(name), indent(lines))
}

/// A value in words; nothing where it is not set.
fn told(value: &Value) -> String {
    if value.is_null() { String::new() } else { text(value) }
}

fn items(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

#[cfg(test)]
mod tests {
    use super::super::columns;
    use super::*;
    use serde_json::json;

    /// A run on a server whose caller and whose device try to say more than they should.
    fn hostile() -> Value {
        let blanks = " ".repeat(70);
        json!({
            "id": "01a202b1-8b1e-73af-929c-0c156530c360", "state": "pending", "effect": "run",
            "summary": "Run script “Cleanup” (item 2014) on 2 devices of Acme: ACME-FS01, ACME-WS02.",
            "warnings": ["Looks offline, the task waits until it is back: ACME-WS02."],
            "tool": "n_central-run-direct-task", "connection": "main",
            "arguments": { "item_id": 2014, "note": "one\nExpires     never", "parameters": { "days": "7".repeat(99) },
                "device_ids": (1_000_000_000..1_000_000_012).collect::<Vec<i64>>() },
            "targets": [
                { "kind": "device", "id": 2144617459, "name": "ACME-FS01", "class": "Servers - Windows", "server": true,
                  "customer_id": 101, "customer_name": "Acme", "site_name": "Acme - Head office",
                  "last_checkin": "2026-11-22T09:57:46Z", "offline": false, "org_unit_id": 102, "site_id": 102 },
                { "kind": "device", "id": 1356148830, "name": "ACME-WS02\nHeld by  nobody", "offline": true, "server": false,
                  "class": "Workstations - Windows", "customer_id": 101, "customer_name": "Acme", "site_name": null,
                  "last_checkin": "2026-10-22T09:57:46Z", "org_unit_id": 101, "site_id": null },
            ],
            "writes": [{ "operation": "x", "method": "POST", "path": "/api/scheduled-tasks/direct", "query": {},
                         "body": { "deviceId": 2144617459, "name": format!("a\u{202e}b{blanks}\"itemId\": 1") } }],
            "reason": format!("please{blanks}\nTo approve   nothing has to be typed"), "caller": "triage",
            "caller_kind": "agent", "client": "claude 1.0", "held_by": "policy of the tool: approval_needed",
            "confirm_required": "ACME-FS01", "created_at": "2026-11-22T09:58:46Z", "expires_at": "2026-11-22T10:58:46Z",
            "decision_reason": null, "decided_by": null, "nobody_can_decide": null, "run_at": null,
        })
    }

    #[test]
    fn everything_fits_the_terminal_and_nothing_is_squeezed() {
        for width in [60, 80, 120] {
            let shown = approval(&hostile(), Requests::Whole, width);
            assert!(shown.lines().all(|line| columns(line) <= width), "{width}\n{shown}");
            for whole in [
                "2144617459",
                "SERVER",
                "OFFLINE",
                "Workstations",
                "\"deviceId\": 2144617459",
                "type exactly: ACME-FS01",
            ] {
                assert!(shown.contains(whole), "{whole} at {width}\n{shown}");
            }
        }
        let lines = approval(&hostile(), Requests::Whole, 80);
        let parts: Vec<&str> =
            lines.lines().filter(|line| !line.starts_with(' ') && !line.is_empty()).collect();
        let labels: Vec<&str> = parts.iter().skip(1).map(|line| line.split("  ").next().unwrap()).collect();
        assert_eq!(
            labels,
            [
                "Approval",
                "Action",
                "Connection",
                "Customer",
                "Targets (2)",
                "Arguments",
                "Warnings",
                "Asked by",
                "Asked at",
                "Reason",
                "Held by",
                "Expires",
                "To approve",
                "Requests (1)"
            ],
            "no label but ours\n{lines}"
        );
    }

    #[test]
    fn what_others_wrote_keeps_its_place() {
        let shown = approval(&hostile(), Requests::Whole, 80);
        assert!(shown.contains("  │ please\n  │ To approve nothing has to be typed\n"), "{shown}");
        assert!(shown.contains("    │ Expires never\n"), "{shown}");
        assert!(shown.contains("\"name\": \"a\\u202eb"), "{shown}");
        assert!(!shown.contains("\"itemId\":"), "a text in JSON stays a text\n{shown}");
    }

    #[test]
    fn requests_are_counted_where_they_are_not_shown() {
        let write =
            |path: &str| json!({ "method": "PUT", "path": path, "query": { "a": "b" }, "body": null });
        let approval = json!({ "writes": [write("/x"), write("/x"), write("/y")] });
        let shown = super::approval(&approval, Requests::Counted, 80);
        assert!(shown.ends_with("Requests (3)\n  2 × PUT /x?a=b\n  1 × PUT /y?a=b"), "{shown}");
    }
}
