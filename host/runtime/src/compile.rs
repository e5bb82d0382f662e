//! Compiles a component in a child process for one job: a compiler is large, its input is hostile, and
//! Wasmtime's security policy excludes slow or huge compilations.

use std::ffi::OsString;
use std::io;
use std::os::unix::process::ExitStatusExt as _;
use std::path::PathBuf;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use aim_gov::disk::NoRoom;
use bytes::Bytes;
use tokio::io::AsyncReadExt as _;
use tokio::process::Command;

use crate::artefact::StoreError;

mod functions;
mod jail;
mod progress;
mod wire;
mod worker;

use wire::Answer;

use progress::Progress;
pub(crate) use progress::{Counts, UnderWay};
pub use worker::compile_worker_main;

/// The size in bytes up to which a component is small: it compiles in well under a second.
pub const SMALL_COMPONENT_BYTES_MAX: usize = 2 << 20;
/// The most bytes of compiled code, which is two to three times the component: 37 MB from JavaScript, 36 MB
/// from Python.
const CODE_BYTES_MAX: u64 = 160 << 20;
/// The most bytes of the child's standard error.
const STDERR_BYTES_MAX: u64 = 4 << 10;

/// The command of the child: a program that calls [`compile_worker_main`], and its arguments.
#[derive(Clone, Debug)]
pub struct CompilerCommand {
    pub program: PathBuf,
    pub args: Vec<OsString>,
}

/// The budget of one compilation.
#[derive(Clone, Copy, Debug)]
struct Budget {
    cpu_seconds: u64,
    memory_bytes: u64,
    wall: Duration,
}

impl Budget {
    /// A small component compiles in well under a second. One with a complete JavaScript engine takes 10
    /// seconds and 380 MiB, one with Python 9 seconds and 360 MiB; the memory is address space, and slow
    /// machines take several times as long.
    fn of(component_bytes: usize) -> Self {
        let (cpu_seconds, memory_bytes) = if component_bytes <= SMALL_COMPONENT_BYTES_MAX {
            (20, 2 << 30)
        } else {
            (180, 4 << 30)
        };
        Self {
            cpu_seconds,
            memory_bytes,
            // Other work has priority on the processor.
            wall: Duration::from_secs(cpu_seconds * 6),
        }
    }
}

#[derive(Debug, thiserror::Error)]
pub enum CompileError {
    #[error("the compiler refuses the component: {0}")]
    Refused(String),
    #[error(
        "the component takes more than {cpu_seconds} seconds to compile: split large functions, build with optimisation for size"
    )]
    Time { cpu_seconds: u64 },
    /// The child ended, or did not complete, for an external reason: the system had no memory or processor time
    /// left, or it was killed. A fault of the platform, not of the component.
    #[error("the compiler was interrupted; try again")]
    Interrupted,
    #[error("the component takes more than {} MiB of memory to compile", memory_bytes >> 20)]
    Memory { memory_bytes: u64 },
    #[error("the compiler crashed ({status}); the component cannot be run on this platform")]
    Crashed { status: ExitStatus, stderr: String },
    /// The child could not be started or communicated with: a fault of the platform, not of the component.
    #[error("the compiler `{program}` could not be run")]
    Child {
        program: PathBuf,
        #[source]
        source: io::Error,
    },
    #[error("the compiled component could not be stored")]
    Store(#[from] StoreError),
    #[error("the component is not compiled")]
    NoRoom(#[from] NoRoom),
}

/// The result of a compilation.
#[derive(Debug)]
pub(crate) struct Compiled {
    /// Machine code, made by a child that a hostile component may have taken over.
    pub(crate) code: Vec<u8>,
    /// The compiled functions, for the next version, made by the same child.
    pub(crate) functions: Vec<u8>,
}

/// Runs the child on one component. `before` has the compiled functions of an earlier version, or is empty.
///
/// # Errors
/// [`CompileError`], without its `Store` and `NoRoom`.
pub(crate) async fn run(
    command: &CompilerCommand,
    component: Bytes,
    before: Vec<u8>,
    progress: &Progress,
) -> Result<Compiled, CompileError> {
    let budget = Budget::of(component.len());
    let failed = |source| CompileError::Child {
        program: command.program.clone(),
        source,
    };
    let mut child = Command::new(&command.program)
        .args(&command.args)
        .env_clear()
        .env(worker::CPU_SECONDS, budget.cpu_seconds.to_string())
        .env(worker::MEMORY_BYTES, budget.memory_bytes.to_string())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .map_err(failed)?;
    let (Some(stdin), Some(stdout), Some(stderr)) =
        (child.stdin.take(), child.stdout.take(), child.stderr.take())
    else {
        return Err(failed(io::Error::other("it has no pipes")));
    };
    let talk = async {
        // The exit status of a child that ends while it reads tells more.
        let write = async { drop(wire::send_job(stdin, &component, &before).await) };
        let ((), answer, said, status) = tokio::join!(
            write,
            wire::receive_answer(stdout, progress),
            hear(stderr),
            child.wait()
        );
        Ok((answer?, said?, status?))
    };
    match tokio::time::timeout(budget.wall, talk).await {
        // It can only use up its processor time, which ends it: it received no job.
        Err(_) => Err(CompileError::Interrupted),
        Ok(Err(source)) => Err(failed(source)),
        Ok(Ok((answer, said, status))) => {
            if !said.is_empty() {
                tracing::warn!(compiler.said = said.trim_end(), "compile.child spoke");
            }
            verdict(answer, said, status, budget)
        }
    }
}

/// The first bytes of the child's standard error.
async fn hear(mut pipe: impl tokio::io::AsyncRead + Unpin) -> io::Result<String> {
    let mut bytes = Vec::new();
    (&mut pipe).take(STDERR_BYTES_MAX).read_to_end(&mut bytes).await?;
    // The child must never wait for the host, regardless of the length.
    tokio::io::copy(&mut pipe, &mut tokio::io::sink()).await?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

fn verdict(
    answer: Answer,
    said: String,
    status: ExitStatus,
    budget: Budget,
) -> Result<Compiled, CompileError> {
    const SIGABRT: i32 = 6;
    const SIGKILL: i32 = 9;
    const SIGTERM: i32 = 15;
    const SIGXCPU: i32 = 24;
    if status.success() {
        let Answer {
            code,
            refused,
            functions,
        } = answer;
        return match (code, refused) {
            (Some(code), None) => Ok(Compiled { code, functions }),
            (_, Some(message)) => Err(CompileError::Refused(
                String::from_utf8_lossy(&message).into_owned(),
            )),
            (None, None) => Err(CompileError::Crashed { status, stderr: said }),
        };
    }
    Err(match status.signal() {
        Some(SIGXCPU) => CompileError::Time {
            cpu_seconds: budget.cpu_seconds,
        },
        Some(SIGKILL | SIGTERM) => CompileError::Interrupted,
        Some(SIGABRT) if said.contains("memory allocation") => CompileError::Memory {
            memory_bytes: budget.memory_bytes,
        },
        _ => CompileError::Crashed { status, stderr: said },
    })
}
