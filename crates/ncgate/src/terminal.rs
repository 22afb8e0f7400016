//! The controlling terminal: the one place from which a person's password is taken. A pipe can't answer these
//! questions, because whoever holds the pipe may not be a person.

use crate::exit::defect;
use model::{Kind, Problem};
use secrecy::{ExposeSecret, SecretString};
use std::fs::{File, OpenOptions};
use std::io::{BufRead, BufReader, IsTerminal, Read, Write};

/// Standard input never needs more than a token or a password.
const LONGEST: u64 = 64 * 1024;

/// Why a question can't be asked.
pub(crate) fn no_terminal() -> Problem {
    Problem::new(
        Kind::Unauthenticated,
        "this command acts as a person, and there is no terminal to ask for the password",
    )
    .hint("run `ncgate login` on a terminal and put the token it prints into NCGATE_SESSION")
}

fn controlling() -> Result<File, Problem> {
    OpenOptions::new().read(true).write(true).open("/dev/tty").map_err(|_| no_terminal())
}

/// Asks for a line that may be seen.
pub(crate) fn ask(question: &str) -> Result<String, Problem> {
    let mut terminal = controlling()?;
    let unread = |error| defect("the terminal can't be read", &error);
    write!(terminal, "{question}").and_then(|()| terminal.flush()).map_err(unread)?;
    let mut line = String::new();
    BufReader::new(terminal).read_line(&mut line).map_err(unread)?;
    Ok(line.trim().to_owned())
}

/// Asks for a line that is not shown while it is typed.
pub(crate) fn ask_secret(question: &str) -> Result<SecretString, Problem> {
    controlling()?;
    let typed =
        rpassword::prompt_password(question).map_err(|error| defect("the terminal can't be read", &error))?;
    Ok(typed.into())
}

/// A new secret: asked for twice on a terminal, read as one line from a pipe.
pub(crate) fn new_password(of_whom: &str) -> Result<SecretString, Problem> {
    if !std::io::stdin().is_terminal() {
        return piped("password");
    }
    twice(&format!("New password of {of_whom}: "), "passwords")
}

/// Asks twice for a new secret, so that a slip of the finger does not become it.
pub(crate) fn twice(question: &str, what: &str) -> Result<SecretString, Problem> {
    let first = ask_secret(question)?;
    let second = ask_secret("Again: ")?;
    if first.expose_secret() != second.expose_secret() {
        return Err(Problem::new(Kind::BadRequest, format!("the two {what} differ"))
            .hint("nothing was changed; try again"));
    }
    Ok(first)
}

/// A secret that is handed over, not proof of a person: hidden on a terminal, the whole input from a pipe.
pub(crate) fn hand_over(question: &str, what: &str) -> Result<SecretString, Problem> {
    if std::io::stdin().is_terminal() { ask_secret(question) } else { piped(what) }
}

fn piped(what: &str) -> Result<SecretString, Problem> {
    let mut text = String::new();
    std::io::stdin()
        .take(LONGEST)
        .read_to_string(&mut text)
        .map_err(|error| defect("standard input can't be read", &error))?;
    let text = text.trim_end_matches(['\r', '\n']);
    if text.is_empty() {
        return Err(Problem::new(Kind::BadRequest, format!("there is no {what} on standard input"))
            .hint(format!("pipe the {what} in, or run the command on a terminal")));
    }
    Ok(text.to_owned().into())
}
