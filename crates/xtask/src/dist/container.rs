//! The image definition is held to what it promises, since the machines that run the tests have no engine to build it:
//! an empty last stage, nobody's user, a state that is a volume, a health check that the binary itself does.
//! `packaging/run-image.sh` runs what it describes.

use std::path::Path;

use anyhow::{Context as _, Result, ensure};

/// Where it is.
pub(super) const FILE: &str = "packaging/Containerfile";

/// What may stand at the start of a line.
const INSTRUCTIONS: [&str; 14] = [
    "FROM",
    "RUN",
    "CMD",
    "LABEL",
    "EXPOSE",
    "ENV",
    "ADD",
    "COPY",
    "ENTRYPOINT",
    "VOLUME",
    "USER",
    "WORKDIR",
    "ARG",
    "HEALTHCHECK",
];

/// Reads it and says what is wrong with it.
pub(super) fn check(root: &Path) -> Result<()> {
    let text = std::fs::read_to_string(root.join(FILE)).context(FILE)?;
    judge(&text).context(FILE)
}

fn judge(text: &str) -> Result<()> {
    let lines = instructions(text);
    for (word, rest) in &lines {
        ensure!(INSTRUCTIONS.contains(&word.as_str()), "`{word} {rest}` is no instruction");
        let secret = ["PASSWORD", "JWT", "SECRET", "NCGATE_KEY"].iter().any(|mark| rest.contains(mark));
        ensure!(
            !(secret && matches!(word.as_str(), "ENV" | "ARG")),
            "`{word} {rest}` puts a secret into the image"
        );
        ensure!(word != "FROM" || !rest.contains(":latest"), "`FROM {rest}` is a moving target");
    }
    let last = lines.iter().rposition(|(word, _)| word == "FROM").context("there is no FROM")?;
    let (_, base) = &lines[last];
    ensure!(base == "scratch", "the last stage is built on `{base}`, not on nothing");
    let stage = &lines[last..];
    let one = |wanted: &str| -> Result<&str> {
        let mut found = stage.iter().filter(|(word, _)| word == wanted);
        let (_, rest) = found.next().with_context(|| format!("the last stage has no {wanted}"))?;
        ensure!(found.next().is_none(), "the last stage has {wanted} twice");
        Ok(rest)
    };
    ensure!(!stage.iter().any(|(word, _)| word == "RUN"), "nothing can be run in an empty image");
    // A name would need a passwd file, and an orchestrator can't tell that it isn't root.
    let user = one("USER")?;
    let ids: Vec<_> = user.split(':').map(str::parse::<u32>).collect();
    ensure!(matches!(ids[..], [Ok(1..), Ok(1..)]), "USER {user} is not two numbers other than root's");
    let words = |rest: &str| {
        serde_json::from_str::<Vec<String>>(rest)
            .with_context(|| format!("`{rest}` needs a shell; there is none"))
    };
    ensure!(words(one("ENTRYPOINT")?)? == ["/ncgate"], "the entry point is not the binary");
    let state = words(one("VOLUME")?)?;
    let set = format!("NCGATE_STATE={}", state.first().context("an empty VOLUME")?);
    ensure!(
        stage.iter().any(|(word, rest)| word == "ENV" && rest.contains(&set)),
        "the volume is not the state"
    );
    let check = one("HEALTHCHECK")?.split_once("CMD ").context("the health check has no CMD")?.1;
    ensure!(words(check)? == ["/ncgate", "healthcheck"], "the health check is not the binary's own");
    Ok(())
}

/// Instruction and rest of each line, continued lines joined, without comments.
fn instructions(text: &str) -> Vec<(String, String)> {
    let lines = text.lines().filter(|line| !line.trim_start().starts_with('#'));
    let joined = lines.collect::<Vec<_>>().join("\n").replace("\\\n", " ");
    joined
        .lines()
        .filter_map(|line| {
            let mut words = line.split_whitespace();
            let first = words.next()?.to_owned();
            Some((first, words.collect::<Vec<_>>().join(" ")))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ours() -> String {
        std::fs::read_to_string(crate::sh::workspace_root().join(FILE)).unwrap()
    }

    #[test]
    fn ours_keeps_what_it_promises() {
        judge(&ours()).unwrap();
    }

    #[test]
    fn a_broken_promise_is_found() {
        for (good, bad, finding) in [
            ("FROM scratch", "FROM debian:12-slim", "not on nothing"),
            ("USER 10001:10001", "USER root", "not two numbers"),
            ("USER 10001:10001", "USER 0:0", "not two numbers"),
            ("CMD [\"/ncgate\", \"healthcheck\"]", "CMD ncgate healthcheck", "needs a shell"),
            ("ENV NCGATE_STATE=", "ENV NCGATE_ADMIN_PASSWORD=x NCGATE_STATE=", "a secret"),
            ("VOLUME [\"/state\"]", "VOLUME [\"/data\"]", "not the state"),
            ("ENTRYPOINT", "ENTERPOINT", "no instruction"),
        ] {
            let text = ours();
            assert!(text.contains(good), "{good}");
            let error = judge(&text.replace(good, bad)).unwrap_err().to_string();
            assert!(error.contains(finding), "{bad}: {error}");
        }
    }
}
