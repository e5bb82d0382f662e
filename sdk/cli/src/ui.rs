//! Output for people: results on standard output, progress and errors on standard error, so that a script can
//! read the results alone.

use std::fmt::Display;
use std::io::{self, IsTerminal as _, Write as _};
use std::path::Path;

use rustix::termios::{self, LocalModes, OptionalActions};

use crate::failure::Failure;

/// Prints a line of the result. A closed pipe (`aim … | head`) is not an error.
pub fn say(line: impl Display) {
    let _ = writeln!(io::stdout().lock(), "{line}");
}

/// Prints the current step.
pub fn progress(line: impl Display) {
    let _ = writeln!(io::stderr().lock(), "  {line}");
}

/// Prints a failure and the advice.
pub fn error(failure: &Failure) {
    let mut stderr = io::stderr().lock();
    let _ = writeln!(stderr, "error: {failure}");
    if let Some(advice) = failure.advice() {
        let _ = writeln!(stderr, "  help: {advice}");
    }
}

/// Asks for a secret on the terminal without echo, or reads it from a pipe.
///
/// # Errors
/// When standard input cannot be read.
pub fn ask_secret(question: &str) -> io::Result<String> {
    let stdin = io::stdin();
    let mut line = String::new();
    if !stdin.is_terminal() {
        stdin.read_line(&mut line)?;
        return Ok(line.trim().to_owned());
    }
    let shown = termios::tcgetattr(&stdin)?;
    let mut hidden = shown.clone();
    hidden.local_modes.remove(LocalModes::ECHO);
    // The question follows only after echo is off, so that even an immediate answer stays hidden.
    termios::tcsetattr(&stdin, OptionalActions::Flush, &hidden)?;
    let read = write!(io::stderr().lock(), "{question} (it is not shown): ")
        .and_then(|()| stdin.read_line(&mut line));
    termios::tcsetattr(&stdin, OptionalActions::Flush, &shown)?;
    // The line feed of the answer was not echoed either.
    writeln!(io::stderr().lock())?;
    read?;
    Ok(line.trim().to_owned())
}

/// A path quoted for a shell: one word, which no command takes for an option.
pub fn shell_word(path: &Path) -> String {
    let text = path.display().to_string();
    let text = if text.starts_with('-') {
        format!("./{text}")
    } else {
        text
    };
    let is_plain = |letter: char| letter.is_ascii_alphanumeric() || "/._-+".contains(letter);
    if !text.is_empty() && text.chars().all(is_plain) {
        text
    } else {
        format!("'{}'", text.replace('\'', "'\\''"))
    }
}

/// A size in readable units.
pub fn size(bytes: u64) -> String {
    const KILO: u64 = 1_000;
    const MEGA: u64 = 1_000_000;
    match bytes {
        MEGA.. => format!("{}.{} MB", bytes / MEGA, bytes % MEGA / (MEGA / 10)),
        KILO.. => format!("{} kB", bytes / KILO),
        _ => format!("{bytes} bytes"),
    }
}
