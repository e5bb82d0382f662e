//! The child: reads a component, locks itself in, compiles, writes the code, ends.

use std::io::{Read as _, Write as _};
use std::process::ExitCode;

use super::{ANSWER_CODE, ANSWER_REFUSED, COMPONENT_BYTES_MAX, jail};

/// The variable that says how many seconds of processor time the child may use.
pub(super) const CPU_SECONDS: &str = "AIM_COMPILE_CPU_SECONDS";
/// The variable that says how much address space it may use, in bytes.
pub(super) const MEMORY_BYTES: &str = "AIM_COMPILE_MEMORY_BYTES";

/// The whole life of the compiling child. A program calls this and nothing else when it is started as
/// [`super::CompilerCommand`] says: the component comes in on standard input, the answer goes out on
/// standard output.
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
    let mut component = Vec::new();
    let bytes_max = u64::try_from(COMPONENT_BYTES_MAX).unwrap_or(u64::MAX);
    std::io::stdin()
        .lock()
        .take(bytes_max)
        .read_to_end(&mut component)?;
    // Before the jail: the engine asks the system what the processor can do.
    let engine = crate::engine::compiler().map_err(std::io::Error::other)?;
    jail::limit(cpu_seconds, memory_bytes)?;
    if !jail::lock()? {
        let _ = writeln!(std::io::stderr(), "compiling without Landlock");
    }
    let (tag, answer) = match engine.precompile_component(&component) {
        Ok(code) => (ANSWER_CODE, code),
        Err(error) => (ANSWER_REFUSED, format!("{error:#}").into_bytes()),
    };
    let mut stdout = std::io::stdout().lock();
    stdout.write_all(&[tag])?;
    stdout.write_all(&answer)?;
    stdout.flush()
}
