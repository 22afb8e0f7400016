//! The documentation is true: every command in it is run, every answer that it shows is compared with what is answered.
//!
//! A comment before a fenced block of shell says how it is run: `<!-- run: served -->` begins a story in one of the
//! settings of [`stage`], `<!-- run -->` goes on with the story before. After a comma may follow `exits N`, `as NAME`
//! (who sits at the terminal), and, for what stays up, `until TEXT` (what it has said when it may end).
//! `<!-- first: COMMANDS -->` is what happened before. A block of `json` or `text` after it is what it answers.
//! `<!-- not run: REASON -->` is for what can't be run here.
//!
//! Where `bash`, `script`, `setsid`, `curl` or `jq` is missing, the pages say that they are left out, unless
//! `NCGATE_TEST_DOCUMENTS=required`.

mod answer;
mod cli;
mod names;
mod page;
mod stage;
mod story;

use page::{Block, How, Page, Run};
use std::process::{Command, Stdio};

macro_rules! stories {
    ($($name:ident: $path:literal),* $(,)?) => {
        /// The pages with commands in them that are run.
        const STORIES: &[&str] = &[$($path),*];

        $(#[test]
        fn $name() {
            holds($path);
        })*
    };
}

stories! {
    readme: "README.md",
    emulator: "crates/emulator/README.md",
    administer: "docs/administer.md",
    agents: "docs/agents.md",
    operate: "docs/operate.md",
    technician: "docs/technician.md",
    webhooks: "docs/webhooks.md",
}

/// Programs without which no page can be played.
const PROGRAMS: [&str; 5] = ["bash", "script", "setsid", "curl", "jq"];

/// Plays the page's stories, and compares the answers.
#[track_caller]
fn holds(path: &str) {
    let page = Page::read(path);
    if !can_play() {
        return;
    }
    for story in stories(&page) {
        let shell: Vec<(&Block, &Run)> = story.iter().map(|(block, run, _)| (*block, *run)).collect();
        let told = story::play(&shell).unwrap_or_else(|error| panic!("{path}:{error}"));
        for ((_, _, answers), told) in story.iter().zip(told.0) {
            for answer in answers {
                let compared = match answer.language.as_str() {
                    "json" => answer::json(&answer.text, &told),
                    _ => answer::text(&answer.text, &told),
                };
                compared.unwrap_or_else(|error| panic!("{path}:{}: {error}", answer.line));
            }
        }
    }
}

/// A block to be run, how, and the answers that are shown after it.
type Scene<'a> = (&'a Block, &'a Run, Vec<&'a Block>);

fn stories(page: &Page) -> Vec<Vec<Scene<'_>>> {
    let mut stories: Vec<Vec<Scene<'_>>> = Vec::new();
    let mut answerable = false;
    for block in &page.blocks {
        match (&block.how, block.language.as_str()) {
            (Some(How::Run(run)), "sh") => {
                if run.setting.is_some() {
                    stories.push(Vec::new());
                }
                let story = stories.last_mut();
                let story = story.unwrap_or_else(|| panic!("{}:{}: no setting", page.path, block.line));
                story.push((block, run, Vec::new()));
                answerable = true;
            }
            (None, "json" | "text") if answerable => {
                let scene = stories.last_mut().and_then(|story| story.last_mut());
                scene.expect("a block was run before").2.push(block);
            }
            _ => answerable = false,
        }
    }
    stories
}

/// Whether the programs are there, and a terminal can be had of them.
fn can_play() -> bool {
    let succeeds = |program: &str, arguments: &[&str]| {
        let mut command = Command::new(program);
        command.args(arguments).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        command.status().is_ok_and(|status| status.success())
    };
    let mut missing = PROGRAMS.to_vec();
    missing.retain(|program| !succeeds(program, &["--version"]));
    if missing.is_empty() && !succeeds("script", &[&story::TERMINAL[..], &["true", "/dev/null"]].concat()) {
        missing.push("a terminal of `script`");
    }
    if missing.is_empty() {
        return true;
    }
    assert!(
        std::env::var_os("NCGATE_TEST_DOCUMENTS").is_none_or(|wanted| wanted != "required"),
        "missing: {missing:?}"
    );
    eprintln!("left out, because these are missing: {missing:?}");
    false
}

#[test]
fn every_command_is_run_or_says_why_not() {
    for page in page::all() {
        for block in &page.blocks {
            let place = format!("{}:{}", page.path, block.line);
            match (block.language.as_str(), &block.how) {
                ("sh", None) => panic!("{place}: neither `run` nor `not run`"),
                ("sh" | "json", Some(How::NotRun(reason))) => assert!(!reason.is_empty(), "{place}"),
                ("", _) => panic!("{place}: a block without a language"),
                (language, Some(How::Run(_))) => {
                    assert_eq!(language, "sh", "{place}");
                    assert!(STORIES.contains(&&*page.path), "{place}: this page is not among the stories");
                }
                _ => {}
            }
        }
    }
}
