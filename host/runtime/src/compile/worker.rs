//! The child: reads a component and the functions of the version before, restricts itself, compiles, reports
//! its progress, writes the code and its functions, and ends.

use std::io::Write as _;
use std::process::ExitCode;
use std::sync::Arc;

use super::functions::Functions;
use super::progress::Counts;
use super::wire::{self, Tag};
use super::{CODE_BYTES_MAX, jail};
use crate::limits::COMPILE_NICENESS;

/// The environment variable with the limit of processor time, in seconds.
pub(super) const CPU_SECONDS: &str = "AIM_COMPILE_CPU_SECONDS";
/// The environment variable with the limit of address space, in bytes.
pub(super) const MEMORY_BYTES: &str = "AIM_COMPILE_MEMORY_BYTES";

/// The complete run of the compiling child. A program that was started by [`super::CompilerCommand`] calls only
/// this: the job arrives on standard input, the answer goes to standard output, both in the format of
/// `compile::wire`.
pub fn compile_worker_main() -> ExitCode {
    match work() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // Only the parent reads it, and writes it to its log.
            let _ = writeln!(std::io::stderr(), "{error}");
            ExitCode::FAILURE
        }
    }
}

fn work() -> std::io::Result<()> {
    let limit = |name| {
        let value = std::env::var(name)
            .ok()
            .and_then(|value| value.parse::<u64>().ok());
        value.ok_or_else(|| {
            std::io::Error::other(format!("`{name}` is not set: only the host starts this program"))
        })
    };
    let (cpu_seconds, memory_bytes) = (limit(CPU_SECONDS)?, limit(MEMORY_BYTES)?);
    let (component, before) = wire::receive_job(std::io::stdin().lock())?;
    let functions = Arc::new(Functions::new(tell));
    // Before the jail: the engine asks the system for the features of the processor.
    let engine = crate::engine::compiler(functions.clone()).map_err(std::io::Error::other)?;
    // Requests have priority.
    rustix::process::nice(COMPILE_NICENESS)?;
    jail::limit(cpu_seconds, memory_bytes)?;
    if !jail::lock()? {
        let _ = writeln!(std::io::stderr(), "compiling without Landlock");
    }
    functions.begin(before, crate::inspect::functions(&component));
    let compiled = engine.precompile_component(&component);
    let mut stdout = std::io::stdout().lock();
    match compiled {
        // Truncated code would be invalid, and the host trusts the code that it stores.
        Ok(code) if code.len() as u64 > CODE_BYTES_MAX => {
            let reason = format!(
                "it becomes more than {} MiB of machine code",
                CODE_BYTES_MAX >> 20
            );
            wire::send(&mut stdout, Tag::Refused, reason.as_bytes())
        }
        Ok(code) => {
            let (kept, counts) = functions.end();
            wire::send(&mut stdout, Tag::Progress, &counts.bytes())?;
            wire::send(&mut stdout, Tag::Code, &code)?;
            wire::send(&mut stdout, Tag::Functions, &kept)
        }
        Err(error) => wire::send(&mut stdout, Tag::Refused, format!("{error:#}").as_bytes()),
    }
}

fn tell(counts: Counts) {
    // A host that has ended closes the pipes, which ends this process.
    let _ = wire::send(&mut std::io::stdout().lock(), Tag::Progress, &counts.bytes());
}
