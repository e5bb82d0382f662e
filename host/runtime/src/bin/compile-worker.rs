//! The compiling child as a program of its own, for tests and for hosts that want it apart.

fn main() -> std::process::ExitCode {
    aim_runtime::compile_worker_main()
}
