//! Runs other programs so that a person can follow the progress.

use anyhow::{Context, Result, bail};
use std::io::Read as _;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread;
use std::time::Duration;

/// Interval at which a program with a time limit is checked.
const POLL: Duration = Duration::from_millis(100);

/// Announces a step.
pub fn step(text: &str) {
    println!("==> {text}");
}

/// Shows the command, runs it with this program's own output, and fails if it does.
pub fn checked(command: &mut Command) -> Result<()> {
    let shown = shown(command);
    println!("  $ {shown}");
    let status = command
        .status()
        .with_context(|| format!("cannot start `{shown}`"))?;
    if !status.success() {
        bail!("`{shown}` failed ({status})");
    }
    Ok(())
}

/// The standard output of the command, or `None` if it failed or does not exist.
pub fn output(command: &mut Command) -> Option<String> {
    let output = command.stderr(Stdio::null()).stdin(Stdio::null()).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    output.status.success().then(|| text.trim().to_owned())
}

/// Whether the command runs and succeeds; it prints nothing.
pub fn succeeds(command: &mut Command) -> bool {
    output(command).is_some()
}

/// Like [`checked`], but a program that hangs is ended after `limit`.
pub fn checked_within(command: &mut Command, limit: Duration) -> Result<()> {
    let shown = shown(command);
    println!("  $ {shown}");
    let mut child = command
        .stdin(Stdio::null())
        .spawn()
        .with_context(|| format!("cannot start `{shown}`"))?;
    let status = ended_within(&mut child, &shown, limit)?;
    if status.success() {
        Ok(())
    } else {
        Err(failed(&shown, status))
    }
}

/// Runs the command with a time limit and returns its standard output; its errors go to this program's own.
pub fn captured_within(command: &mut Command, limit: Duration) -> Result<(ExitStatus, String)> {
    let shown = shown(command);
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .with_context(|| format!("cannot start `{shown}`"))?;
    let mut stdout = child.stdout.take().context("no standard output")?;
    // Read meanwhile: a full pipe would stop the program.
    let reader = thread::spawn(move || {
        let mut output = Vec::new();
        stdout.read_to_end(&mut output).map(|_| output)
    });
    let status = ended_within(&mut child, &shown, limit)?;
    let output = reader
        .join()
        .map_err(|_| anyhow::anyhow!("the output of `{shown}` could not be read"))??;
    Ok((status, String::from_utf8_lossy(&output).into_owned()))
}

/// Waits for the end of a program, and ends it after `limit`.
fn ended_within(child: &mut Child, shown: &str, limit: Duration) -> Result<ExitStatus> {
    let mut waited = Duration::ZERO;
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(status);
        }
        if waited >= limit {
            child.kill()?;
            child.wait()?;
            bail!("`{shown}` did not finish in {} seconds", limit.as_secs());
        }
        thread::sleep(POLL);
        waited += POLL;
    }
}

fn failed(shown: &str, status: ExitStatus) -> anyhow::Error {
    anyhow::anyhow!("`{shown}` failed ({status})")
}

/// The command as it would be typed.
fn shown(command: &Command) -> String {
    let program = Path::new(command.get_program());
    let name = program
        .file_name()
        .unwrap_or(program.as_os_str())
        .to_string_lossy()
        .into_owned();
    let arguments = command
        .get_args()
        .map(|argument| argument.to_string_lossy().into_owned());
    std::iter::once(name)
        .chain(arguments)
        .collect::<Vec<_>>()
        .join(" ")
}
