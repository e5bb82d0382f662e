//! `aim completions`

use std::io::{ErrorKind, Write as _};

use clap::{Args, Command};
use clap_complete::Shell;

use crate::failure::Failure;

const WHERE: &str = "\
Where shells look for it:
  bash  aim completions bash > ~/.local/share/bash-completion/completions/aim
  zsh   aim completions zsh > ~/.zfunc/_aim, with `fpath+=~/.zfunc` before `compinit` in ~/.zshrc
  fish  aim completions fish > ~/.config/fish/completions/aim.fish";

/// Print a shell's completion script for `aim`
#[derive(Args, Debug)]
#[command(after_help = WHERE)]
pub struct CompletionsArgs {
    /// The shell
    shell: Shell,
}

/// Prints the script for `command`.
///
/// # Errors
/// When standard output is closed.
pub fn run(arguments: &CompletionsArgs, mut command: Command) -> Result<(), Failure> {
    let mut script = Vec::new();
    clap_complete::generate(arguments.shell, &mut command, "aim", &mut script);
    match std::io::stdout().write_all(&script) {
        // A reader that closed the pipe has read what it wanted.
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            Err(Failure::unexpected("cannot write the script")(error))
        }
        _ => Ok(()),
    }
}
