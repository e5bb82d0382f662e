//! The child: reads a component and the functions of the version before, locks itself in, compiles, says
//! how far it is, writes the code and its functions, ends.

use std::io::Write as _;
use std::process::ExitCode;
use std::sync::Arc;

use super::functions::Functions;
use super::progress::Counts;
use super::wire::{self, Tag};
use super::{CODE_BYTES_MAX, jail};
use crate::limits::COMPILE_NICENESS;

/// The variable that says how many seconds of processor time the child may use.
pub(super) const CPU_SECONDS: &str = "AIM_COMPILE_CPU_SECONDS";
/// The variable that says how much address space it may use, in bytes.
pub(super) const MEMORY_BYTES: &str = "AIM_COMPILE_MEMORY_BYTES";

/// The whole life of the compiling child. A program calls this and nothing else when it is started as
/// [`super::CompilerCommand`] says: the job comes in on standard input, the answer goes out on standard
/// output, both as `compile::wire` says.
pub fn compile_worker_main() -> ExitCode {
    match work() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // Nobody reads it but the parent, which puts it into its log.
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
    // Before the jail: the engine asks the system what the processor can do.
    let engine = crate::engine::compiler(functions.clone()).map_err(std::io::Error::other)?;
    // Requests come first.
    rustix::process::nice(COMPILE_NICENESS)?;
    jail::limit(cpu_seconds, memory_bytes)?;
    if !jail::lock()? {
        let _ = writeln!(std::io::stderr(), "compiling without Landlock");
    }
    functions.begin(before, crate::inspect::functions(&component));
    let compiled = engine.precompile_component(&component);
    let mut stdout = std::io::stdout().lock();
    match compiled {
        // Half of it would be no code, and the host believes what it keeps.
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
    // A host that went away ends this process soon enough.
    let _ = wire::send(&mut std::io::stdout().lock(), Tag::Progress, &counts.bytes());
}
