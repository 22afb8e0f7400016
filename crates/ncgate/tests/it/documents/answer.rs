//! Whether what a page shows as an answer is what was answered. What is shown has to be there, with its type; words have
//! to be the same, where `…` stands for anything. More may be there than is shown.

use serde_json::Value;

/// Compares the last JSON value on standard output with the one that is shown.
pub(super) fn json(shown: &str, told: &str) -> Result<(), String> {
    let shown: Value = serde_json::from_str(shown).map_err(|error| format!("what is shown: {error}"))?;
    let told = serde_json::Deserializer::from_str(told)
        .into_iter::<Value>()
        .collect::<Result<Vec<_>, _>>()
        .map_err(|error| format!("{error} in {told}"))?
        .pop()
        .ok_or("nothing was answered")?;
    alike(&shown, &told, "").map_err(|what| format!("{what}\nin {told}"))
}

fn alike(shown: &Value, told: &Value, at: &str) -> Result<(), String> {
    match (shown, told) {
        (Value::String(shown), _) if shown == "…" => Ok(()),
        (Value::Object(shown), Value::Object(told)) => shown.iter().try_for_each(|(name, shown)| {
            let at = format!("{at}.{name}");
            let told = told.get(name).ok_or(format!("{at} is missing"))?;
            alike(shown, told, &at)
        }),
        (Value::Array(shown), Value::Array(told)) => {
            let (shown, goes_on) = match shown.split_last() {
                Some((last, before)) if last == "…" => (before, true),
                _ => (&shown[..], false),
            };
            if shown.len() > told.len() || (!goes_on && shown.len() < told.len()) {
                return Err(format!("{at} has {} items", told.len()));
            }
            let pairs = shown.iter().zip(told).enumerate();
            pairs
                .into_iter()
                .try_for_each(|(index, (shown, told))| alike(shown, told, &format!("{at}[{index}]")))
        }
        (Value::String(shown), Value::String(told)) if matches(shown, told) => Ok(()),
        (Value::Number(_), Value::Number(_)) | (Value::Null, Value::Null) => Ok(()),
        (Value::Bool(shown), Value::Bool(told)) if shown == told => Ok(()),
        _ => Err(format!("{at} is {told}, and {shown} is shown")),
    }
}

/// Looks for every line that is shown, in this order.
pub(super) fn text(shown: &str, told: &str) -> Result<(), String> {
    let mut lines = told.lines();
    shown.lines().map(str::trim).filter(|line| !line.is_empty()).try_for_each(|shown| {
        let found = lines.any(|line| matches(shown, line.trim()));
        found.then_some(()).ok_or(format!("`{shown}` is not in\n{told}"))
    })
}

/// Whether `told` is what `shown` says, `…` standing for anything.
fn matches(shown: &str, told: &str) -> bool {
    let mut pieces = shown.split('…');
    let Some(mut rest) = told.strip_prefix(pieces.next().unwrap_or_default()) else { return false };
    let mut pieces: Vec<&str> = pieces.collect();
    let Some(end) = pieces.pop() else { return rest.is_empty() };
    for piece in pieces {
        let Some((_, after)) = rest.split_once(piece) else { return false };
        rest = after;
    }
    rest.ends_with(end)
}

#[test]
fn what_is_shown_has_to_be_there() {
    let told = r#"{"a":1,"b":"x-7","c":[[1,"y"],[2,"z"]],"d":null,"e":true}"#;
    for shown in [
        r#"{"a":5,"b":"x-…"}"#,
        r#"{"c":[[0,"y"],"…"]}"#,
        r#"{"c":[[0,"y"],[0,"…"]],"d":null,"e":true}"#,
        r#"{"a":"…","c":"…"}"#,
    ] {
        assert_eq!(json(shown, told), Ok(()), "{shown}");
    }
    for shown in
        [r#"{"a":"1"}"#, r#"{"b":"x"}"#, r#"{"c":[[1,"y"]]}"#, r#"{"f":1}"#, r#"{"d":1}"#, r#"{"e":false}"#]
    {
        assert!(json(shown, told).is_err(), "{shown}");
    }
    assert!(json("{}", "").is_err());
    assert_eq!(text("one …\n\nthree", "zero\n  one 1\ntwo\nthree\n"), Ok(()));
    assert!(text("three\none …", "one 1\nthree\n").is_err());
    assert!(matches("a…b…c", "axbyc") && !matches("a…b…c", "axcyb") && !matches("a", "ab"));
}
