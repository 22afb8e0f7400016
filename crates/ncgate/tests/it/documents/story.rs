//! A story: blocks of one page that follow on each other, typed into one shell on a terminal of its own. Whoever sits
//! there answers what the commands ask.

use super::page::{Block, Run};
use super::stage::{Setting, Stage};
use crate::support::ADMIN_PASSWORD;
use std::fmt::Write as _;
use std::fs;
use std::io::{Read, Write as _};
use std::process::{Child, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::time::{Duration, Instant};

/// How long a story may take on a slow and busy machine.
const PATIENCE: Duration = Duration::from_secs(300);

/// Has `script` give the command that follows a terminal, and end with its exit code.
pub(super) const TERMINAL: [&str; 3] = ["--quiet", "--return", "--command"];

/// What the commands of a block said on standard output, in the words of the pages.
pub(super) struct Told(pub(super) Vec<String>);

/// Plays the blocks; an error says in which one the story ended otherwise than the page has it.
pub(super) fn play(blocks: &[(&Block, &Run)]) -> Result<Told, String> {
    let setting = blocks[0].1.setting.unwrap_or(Setting::New);
    let stage = Stage::new(setting);
    let person = blocks.iter().find_map(|(_, run)| run.person.as_deref()).unwrap_or("admin");
    fs::write(stage.file("story.sh"), script(&stage, blocks)).unwrap();
    // `script` gives the shell a terminal, as a person has one: passwords are taken from nowhere else.
    let mut terminal = stage
        .command("script")
        .args(TERMINAL)
        .arg(format!("bash '{}'", stage.file("story.sh").display()))
        .arg("/dev/null")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let seen = attend(&mut terminal, &stage, person);
    let _ = terminal.kill();
    let ended = terminal.wait().unwrap();
    let told = |index: usize, what: &str| {
        let text = fs::read_to_string(stage.file(&format!("{index}.{what}"))).unwrap_or_default();
        stage.retell(&text).replace(ADMIN_PASSWORD, "PASSWORD")
    };
    match seen {
        Ok(_) if ended.success() => {
            Ok(Told((0..blocks.len()).map(|index| told(index, "out")).collect::<Vec<_>>()))
        }
        Ok(seen) | Err(seen) => {
            let begun = fs::read_to_string(stage.file("begun")).unwrap_or_default();
            let index: usize = begun.trim().parse().unwrap_or_default();
            Err(format!(
                "{}: {ended}\n{}\nbefore it: {}\nsaid: {}\nerrors: {}\nterminal: {seen}",
                blocks[index].0.line,
                blocks[index].0.text,
                told(index, "first"),
                told(index, "out"),
                told(index, "err"),
            ))
        }
    }
}

/// The blocks as one script, which ends with the first command that does not do what the page says.
fn script(stage: &Stage, blocks: &[(&Block, &Run)]) -> String {
    let mut script = String::from("set -euo pipefail\n");
    let mut has_id = false;
    for (index, (block, run)) in blocks.iter().enumerate() {
        let file = |what: &str| format!("'{}'", stage.file(&format!("{index}.{what}")).display());
        let mut add = |line: String| writeln!(script, "{line}").unwrap();
        add(format!("echo {index} >'{}'", stage.file("begun").display()));
        if !run.first.is_empty() {
            add(format!("{{\n{}\n}} >{} 2>&1", stage.enact(&run.first), file("first")));
            has_id |= run.first.contains("ID=");
        }
        let text = stage.enact(&block.text);
        let text = if has_id { with_id(&text) } else { text };
        let block = format!("{{\n{text}}} >{} 2>{}", file("out"), file("err"));
        match &run.until {
            Some(words) => {
                // A group of processes of its own, so that all of it ends.
                add(format!("set -m\n{block} </dev/null &\njob=$!\nset +m"));
                add(format!("until grep -qF '{words}' {}; do", file("out")));
                add("    kill -0 $job\n    sleep 0.1\ndone\nkill -- -$job\nwait $job || true".to_owned());
            }
            None if run.exits == 0 => add(block),
            None => {
                add(format!("set +e\n{block}\ncode=$?\nset -e"));
                add(format!("echo \"it exits with $code\"\n[ $code = {} ]", run.exits));
            }
        }
    }
    script
}

/// In pages the word `ID` stands for an id that the reader has.
fn with_id(text: &str) -> String {
    let part = |letter: char| letter.is_alphanumeric() || "_-${".contains(letter);
    let mut parts = text.split("ID").peekable();
    let mut enacted = parts.next().unwrap_or_default().to_owned();
    for next in parts {
        let alone = !enacted.ends_with(part) && !next.starts_with(|letter| part(letter) || letter == '=');
        enacted += if alone { "\"$ID\"" } else { "ID" };
        enacted += next;
    }
    enacted
}

/// Sits at the terminal until the story ends; what was seen there, as an error if it did not end.
fn attend(terminal: &mut Child, stage: &Stage, person: &str) -> Result<String, String> {
    let mut keyboard = terminal.stdin.take().unwrap();
    let screen = read(terminal.stdout.take().unwrap());
    let until = Instant::now() + PATIENCE;
    let (mut seen, mut answered) = (String::new(), 0);
    loop {
        match screen.recv_timeout(until.saturating_duration_since(Instant::now())) {
            Ok(text) => seen += &text,
            Err(mpsc::RecvTimeoutError::Disconnected) => return Ok(seen),
            Err(mpsc::RecvTimeoutError::Timeout) => return Err(seen + "\n(still there)"),
        }
        if seen[answered..].ends_with(": ")
            && let Some(line) = stage.reply(&seen[answered..], person)
        {
            answered = seen.len();
            // A command that has ended meanwhile reads no more; its exit code tells.
            let _ = writeln!(keyboard, "{line}");
        }
    }
}

/// What appears on the screen, piece by piece.
fn read(mut screen: impl Read + Send + 'static) -> Receiver<String> {
    let (sender, receiver) = mpsc::channel();
    std::thread::spawn(move || {
        let mut piece = [0; 4096];
        while let Ok(length @ 1..) = screen.read(&mut piece) {
            if sender.send(String::from_utf8_lossy(&piece[..length]).into_owned()).is_err() {
                break;
            }
        }
    });
    receiver
}

#[test]
fn the_word_id_stands_for_the_id() {
    assert_eq!(with_id("show ID # the ID\n"), "show \"$ID\" # the \"$ID\"\n");
    assert_eq!(with_id("ID=3 $ID /calls/ID?x DEVICE_ID"), "ID=3 $ID /calls/\"$ID\"?x DEVICE_ID");
}
