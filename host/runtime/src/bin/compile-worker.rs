//! The compiling child as a separate program, for tests and for hosts that want one.

fn main() -> std::process::ExitCode {
    aim_runtime::compile_worker_main()
}
