//! Compiles a component in a child process that lives for one job: a compiler is large, its input is
//! hostile, and Wasmtime excludes slow or huge compilations from what it promises.

use std::ffi::OsString;
use std::io;
use std::os::unix::process::ExitStatusExt as _;
use std::path::PathBuf;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use bytes::Bytes;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::process::Command;

use crate::artefact::StoreError;

mod jail;
mod worker;

pub use worker::compile_worker_main;

/// A component, in bytes; one made from JavaScript has 13 MB, from Python 18 MB.
pub const COMPONENT_BYTES_MAX: usize = 32 << 20;
/// Up to this size a component is small.
const SMALL_BYTES_MAX: usize = 2 << 20;
/// Compiled code, in bytes: about twice the component, and three times for the smallest.
const CODE_BYTES_MAX: u64 = 160 << 20;
/// What the child says on its standard error, in bytes.
const STDERR_BYTES_MAX: u64 = 4 << 10;

/// How to start the child: a program that ends in [`compile_worker_main`], and its arguments.
#[derive(Clone, Debug)]
pub struct CompilerCommand {
    /// The program.
    pub program: PathBuf,
    /// Its arguments.
    pub args: Vec<OsString>,
}

/// What one compilation may use.
#[derive(Clone, Copy, Debug)]
struct Budget {
    cpu_seconds: u64,
    memory_bytes: u64,
    wall: Duration,
}

impl Budget {
    /// A small component compiles in well under a second; one with a whole JavaScript engine takes
    /// about 36 seconds.
    fn of(component_bytes: usize) -> Self {
        let (cpu_seconds, memory_bytes) = if component_bytes <= SMALL_BYTES_MAX {
            (20, 2 << 30)
        } else {
            (180, 4 << 30)
        };
        Self {
            cpu_seconds,
            memory_bytes,
            // Others want the processor, too.
            wall: Duration::from_secs(cpu_seconds * 3),
        }
    }
}

/// Why there is no compiled component.
#[derive(Debug, thiserror::Error)]
pub enum CompileError {
    /// The compiler refuses the component.
    #[error("the compiler refuses the component: {0}")]
    Refused(String),
    /// It took too long.
    #[error(
        "the component takes more than {cpu_seconds} seconds to compile: split large functions, build with optimisation for size"
    )]
    Time {
        /// What it was allowed.
        cpu_seconds: u64,
    },
    /// The child ended, or came to no end, for a reason outside: the system had no memory or no processor
    /// left, or somebody killed it. Ours, not the component's.
    #[error("the compiler was interrupted; try again")]
    Interrupted,
    /// It took too much memory.
    #[error("the component takes more than {} MiB of memory to compile", memory_bytes >> 20)]
    Memory {
        /// What it was allowed.
        memory_bytes: u64,
    },
    /// The compiler crashed.
    #[error("the compiler crashed ({status}); the component cannot be run on this platform")]
    Crashed {
        /// How it ended.
        status: ExitStatus,
        /// The first of what it said.
        stderr: String,
    },
    /// The child could not be started or talked to: ours, not the component's.
    #[error("the compiler `{program}` could not be run")]
    Child {
        /// The program.
        program: PathBuf,
        #[source]
        #[expect(missing_docs, reason = "the cause")]
        source: io::Error,
    },
    /// The result could not be kept.
    #[error("the compiled component could not be stored")]
    Store(#[from] StoreError),
}

/// The first byte of the child's answer.
const ANSWER_CODE: u8 = 0;
const ANSWER_REFUSED: u8 = 1;

/// Runs the child on one component.
///
/// # Errors
/// [`CompileError`], without its `Store`.
pub(crate) async fn run(command: &CompilerCommand, component: Bytes) -> Result<Vec<u8>, CompileError> {
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
    let (mut stdin, stdout, stderr) = (child.stdin.take(), child.stdout.take(), child.stderr.take());
    let talk = async {
        let write = async {
            if let Some(stdin) = &mut stdin {
                // A child that dies while it reads says more by how it died.
                let _ = stdin.write_all(&component).await;
            }
            drop(stdin.take());
        };
        let ((), answer, said, status) = tokio::join!(
            write,
            read(stdout, CODE_BYTES_MAX),
            read(stderr, STDERR_BYTES_MAX),
            child.wait()
        );
        Ok((answer?, said?, status?))
    };
    match tokio::time::timeout(budget.wall, talk).await {
        // It can do nothing but use up its processor time, which ends it: it did not get any.
        Err(_) => Err(CompileError::Interrupted),
        Ok(Err(source)) => Err(failed(source)),
        Ok(Ok((answer, said, status))) => {
            if !said.is_empty() {
                let said = String::from_utf8_lossy(&said);
                tracing::warn!(compiler.said = said.trim_end(), "compile.child spoke");
            }
            verdict(answer, &said, status, budget)
        }
    }
}

/// Everything that a pipe says, or an error beyond `bytes_max`.
async fn read(pipe: Option<impl tokio::io::AsyncRead + Unpin>, bytes_max: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    if let Some(mut pipe) = pipe {
        (&mut pipe).take(bytes_max).read_to_end(&mut bytes).await?;
        // The child must never wait for us, however much it has to say.
        tokio::io::copy(&mut pipe, &mut tokio::io::sink()).await?;
    }
    Ok(bytes)
}

fn verdict(
    answer: Vec<u8>,
    said: &[u8],
    status: ExitStatus,
    budget: Budget,
) -> Result<Vec<u8>, CompileError> {
    const SIGABRT: i32 = 6;
    const SIGKILL: i32 = 9;
    const SIGTERM: i32 = 15;
    const SIGXCPU: i32 = 24;
    let said = String::from_utf8_lossy(said).into_owned();
    if status.success() {
        let mut answer = answer;
        return match answer.first() {
            Some(&ANSWER_CODE) => {
                answer.remove(0);
                Ok(answer)
            }
            Some(&ANSWER_REFUSED) => {
                let message = answer.get(1..).unwrap_or_default();
                Err(CompileError::Refused(
                    String::from_utf8_lossy(message).into_owned(),
                ))
            }
            _ => Err(CompileError::Crashed { status, stderr: said }),
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
