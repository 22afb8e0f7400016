//! A page, as far as its examples go: fenced blocks, and the comments before each that say how it is run.

use super::stage::Setting;
use std::path::PathBuf;

/// A file of the repository, in Markdown.
pub(super) struct Page {
    /// From the root on.
    pub(super) path: String,
    pub(super) text: String,
    pub(super) blocks: Vec<Block>,
}

/// A fenced block.
pub(super) struct Block {
    /// Where it begins, counted from one.
    pub(super) line: usize,
    pub(super) language: String,
    pub(super) text: String,
    pub(super) how: Option<How>,
}

/// What the comments before a block say.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum How {
    Run(Run),
    /// Why not.
    NotRun(String),
}

/// How a block is run.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Run {
    /// The setting in which a story begins; none where the story before goes on.
    pub(super) setting: Option<Setting>,
    /// Who sits at the terminal.
    pub(super) person: Option<String>,
    /// What its last command exits with.
    pub(super) exits: i32,
    /// For a command that stays up: what it has said when it may end.
    pub(super) until: Option<String>,
    /// What the reader has done before, or what another program does meanwhile.
    pub(super) first: String,
}

/// The root of the repository.
pub(super) fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Every page that people read: those at the root, in `docs/`, and of the crates that are of use by themselves.
pub(super) fn all() -> Vec<Page> {
    let mut paths = ["ncentral", "emulator"].map(|name| format!("crates/{name}/README.md")).to_vec();
    for directory in ["", "docs/"] {
        let entries = std::fs::read_dir(root().join(directory)).unwrap();
        let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
        paths.extend(names.filter(|name| name.ends_with(".md")).map(|name| format!("{directory}{name}")));
    }
    paths.iter().map(|path| Page::read(path)).collect()
}

impl Page {
    pub(super) fn read(path: &str) -> Page {
        let text = std::fs::read_to_string(root().join(path)).unwrap();
        let blocks = blocks(&text).unwrap_or_else(|error| panic!("{path}:{error}"));
        Page { path: path.to_owned(), text, blocks }
    }

    /// The lines outside of fenced blocks and comments.
    pub(super) fn prose(&self) -> impl Iterator<Item = &str> {
        let mut fenced = false;
        self.text.lines().filter(move |line| {
            let fence = line.starts_with("```");
            fenced ^= fence;
            !fenced && !fence
        })
    }
}

/// The blocks of a page; an error begins with the line.
fn blocks(text: &str) -> Result<Vec<Block>, String> {
    let mut found = Vec::new();
    let mut comments = Vec::new();
    let mut lines = text.lines().enumerate();
    while let Some((index, line)) = lines.next() {
        let line_number = index + 1;
        if let Some(start) = line.strip_prefix("<!--") {
            let mut comment = start.to_owned();
            while !comment.trim_end().ends_with("-->") {
                let (_, next) = lines.next().ok_or(format!("{line_number}: a comment without an end"))?;
                comment = comment + "\n" + next;
            }
            comments.push(comment.trim_end().trim_end_matches("-->").trim().to_owned());
        } else if let Some(language) = line.strip_prefix("```") {
            let block: Vec<&str> =
                lines.by_ref().map(|(_, line)| line).take_while(|line| !line.starts_with("```")).collect();
            let how = how(&comments).map_err(|error| format!("{line_number}: {error}"))?;
            comments.clear();
            found.push(Block {
                line: line_number,
                language: language.to_owned(),
                text: block.join("\n") + "\n",
                how,
            });
        } else if !line.trim().is_empty() {
            comments.clear();
        }
    }
    Ok(found)
}

fn how(comments: &[String]) -> Result<Option<How>, String> {
    let mut run: Option<Run> = None;
    let mut first = String::new();
    for comment in comments {
        if let Some(reason) = comment.strip_prefix("not run:") {
            return Ok(Some(How::NotRun(reason.trim().to_owned())));
        } else if let Some(commands) = comment.strip_prefix("first:") {
            first = commands.trim().to_owned();
        } else if comment == "run" || comment.starts_with("run:") {
            run = Some(options(comment.strip_prefix("run:").unwrap_or_default())?);
        }
    }
    Ok(run.map(|run| How::Run(Run { first, ..run })))
}

fn options(text: &str) -> Result<Run, String> {
    let mut run = Run::default();
    for option in text.split(", ").map(str::trim).filter(|option| !option.is_empty()) {
        match option.split_once(' ') {
            Some(("exits", code)) => run.exits = code.parse().map_err(|_| format!("`{option}`"))?,
            Some(("until", words)) => run.until = Some(words.to_owned()),
            Some(("as", name)) => run.person = Some(name.to_owned()),
            _ => run.setting = Some(Setting::named(option).ok_or(format!("no setting `{option}`"))?),
        }
    }
    Ok(run)
}

#[test]
fn comments_say_how_the_block_after_them_is_run() {
    let text = "\
<!-- run: served, as kim, exits 3 -->
<!-- first:
X=1 -->

```sh
ncgate call x
```

<!-- not run: needs root -->
```sh
reboot
```
<!-- run -->
Words in between.
```json
{}
```
";
    let blocks = blocks(text).unwrap();
    let run = Run {
        setting: Setting::named("served"),
        person: Some("kim".to_owned()),
        exits: 3,
        first: "X=1".to_owned(),
        ..Run::default()
    };
    assert_eq!(blocks[0].how, Some(How::Run(run)));
    assert_eq!((blocks[0].line, blocks[0].text.as_str()), (5, "ncgate call x\n"));
    assert_eq!(blocks[1].how, Some(How::NotRun("needs root".to_owned())));
    assert_eq!((blocks[2].language.as_str(), blocks[2].how.is_none()), ("json", true));
    assert!(how(&["run: nowhere".to_owned()]).is_err());
}
