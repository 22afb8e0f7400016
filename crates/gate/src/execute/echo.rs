//! What N-central says of a request can repeat what was in it: a refusal that quotes the value, a creation that answers
//! the body it got. Before any of it is told, recorded or kept, the secrets of the plan are taken out of it again.

use model::Problem;
use model::secret::SHOWN;
use serde_json::Value;
use std::collections::BTreeMap;

/// A shorter one is found in too many words that have nothing to do with it.
const SHORTEST: usize = 4;

/// The secrets of a plan, as they may be repeated.
pub(super) struct Echo(Vec<String>);

impl Echo {
    pub(super) fn of(secrets: &BTreeMap<String, String>) -> Self {
        let long_enough = secrets.values().filter(|secret| secret.chars().count() >= SHORTEST);
        let spelt = long_enough.flat_map(|secret| {
            // A body that is quoted within a text has its own quotes and line ends escaped.
            let escaped = Value::from(secret.as_str()).to_string();
            [secret.clone(), escaped[1..escaped.len() - 1].to_owned()]
        });
        let mut spelt: Vec<String> = spelt.collect();
        // A secret that is part of another one must not leave the rest of that one standing.
        spelt.sort_by_key(|secret| std::cmp::Reverse(secret.len()));
        spelt.dedup();
        Self(spelt)
    }

    pub(super) fn text(&self, text: &mut String) {
        for secret in &self.0 {
            if text.contains(secret) {
                *text = text.replace(secret, SHOWN);
            }
        }
        if let Some(shortened) = text.strip_suffix('…') {
            let longest = self.0.iter().filter_map(|secret| begun_at_the_end_of(shortened, secret)).max();
            if let Some(begun) = longest {
                *text = format!("{}{SHOWN}…", &shortened[..shortened.len() - begun]);
            }
        }
    }

    pub(super) fn value(&self, value: &mut Value) {
        match value {
            Value::String(text) => self.text(text),
            Value::Array(items) => items.iter_mut().for_each(|item| self.value(item)),
            Value::Object(members) => {
                if members.keys().any(|name| self.0.iter().any(|secret| name.contains(secret))) {
                    let taken = std::mem::take(members).into_iter();
                    *members = taken.map(|(name, member)| (self.cleared(name), member)).collect();
                }
                members.values_mut().for_each(|member| self.value(member));
            }
            Value::Number(number) if self.0.contains(&number.to_string()) => *value = SHOWN.into(),
            _ => {}
        }
    }

    pub(super) fn problem(&self, mut problem: Problem) -> Problem {
        self.text(&mut problem.message);
        if let Some(upstream) = &mut problem.upstream {
            self.text(&mut upstream.message);
            upstream.correlation_id.iter_mut().for_each(|id| self.text(id));
        }
        problem.details.values_mut().for_each(|detail| self.value(detail));
        problem
    }

    fn cleared(&self, mut text: String) -> String {
        self.text(&mut text);
        text
    }
}

/// How many bytes at the end of a text are the beginning of a secret that was cut off there.
fn begun_at_the_end_of(text: &str, secret: &str) -> Option<usize> {
    let starts = secret.char_indices().skip(SHORTEST).map(|(end, _)| end);
    starts.filter(|end| text.ends_with(&secret[..*end])).last()
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::Kind;
    use model::problem::Upstream;
    use serde_json::json;

    fn echo(secrets: &[&str]) -> Echo {
        Echo::of(&secrets.iter().enumerate().map(|(n, s)| (n.to_string(), (*s).to_owned())).collect())
    }

    #[test]
    fn what_was_sent_is_not_repeated() {
        let echo = echo(&["hunter2", "hunter2 and more", "a\"b\\c", "4711", "x"]);
        let mut answer = json!({
            "message": "hunter2 and more is not hunter2", "body": "{\"value\":\"a\\\"b\\\\c\"}", "a\"b\\c": ["hunter2"],
            "pin": 4711, "x": "x",
        });
        echo.value(&mut answer);
        assert_eq!(
            answer,
            json!({
                "message": format!("{SHOWN} is not {SHOWN}"), "body": format!("{{\"value\":\"{SHOWN}\"}}"),
                SHOWN: [SHOWN], "pin": SHOWN, "x": "x",
            })
        );
    }

    #[test]
    fn nor_the_beginning_of_it_where_a_text_was_cut() {
        let echo = echo(&["hunter2 and more"]);
        let cut = |text: &str| echo.cleared(text.to_owned());
        assert_eq!(cut("it is hunter2 an…"), format!("it is {SHOWN}…"));
        assert_eq!(cut("it is hunt…"), format!("it is {SHOWN}…"));
        assert_eq!(
            (cut("it is hun…"), cut("it is hunter2 an")),
            ("it is hun…".into(), "it is hunter2 an".into())
        );
    }

    #[test]
    fn nor_in_a_problem() {
        let upstream = Upstream {
            status: Some(400),
            message: "no hunter2".into(),
            correlation_id: Some("hunter2".into()),
        };
        let problem = Problem::new(Kind::UpstreamRefused, "N-central refused: no hunter2")
            .detail("said", "hunter2")
            .upstream(Some(upstream));
        let told = serde_json::to_string(&echo(&["hunter2"]).problem(problem)).unwrap();
        assert!(!told.contains("hunter2") && told.matches(SHOWN).count() == 4, "{told}");
    }
}
