//! Writes a panic's message to standard error, which the platform keeps as log lines for the developer.
//!
//! `wasm32-unknown-unknown` has no standard error of its own; on the targets of WASI the standard library
//! does the same, and this module is not compiled.

use bindings::wasi::cli::stderr::get_stderr;

#[allow(missing_docs, unsafe_code, clippy::all, reason = "generated")]
mod bindings {
    // The part of WASI 0.2.0 that a panic needs, in a world of its own beside that of the service.
    wit_bindgen::generate!({
        inline: "
            package aim:panic;

            world panic {
                import wasi:cli/stderr@0.2.0;
            }

            package wasi:io@0.2.0 {
                interface error {
                    resource error;
                }

                interface streams {
                    use error.{error};

                    variant stream-error {
                        last-operation-failed(error),
                        closed,
                    }

                    resource output-stream {
                        blocking-write-and-flush: func(contents: list<u8>) -> result<_, stream-error>;
                    }
                }
            }

            package wasi:cli@0.2.0 {
                interface stderr {
                    use wasi:io/streams@0.2.0.{output-stream};

                    get-stderr: func() -> output-stream;
                }
            }
        ",
        world: "aim:panic/panic",
        generate_all,
    });
}

/// The most bytes that one write may carry (`wasi:io/streams`).
const WRITE_BYTES_MAX: usize = 4096;

/// Installs a hook that logs a panic's message and location before the request ends.
pub(crate) fn report() {
    std::panic::set_hook(Box::new(|panic| {
        let mut message = panic.to_string();
        message.push('\n');
        let stderr = get_stderr();
        for piece in message.as_bytes().chunks(WRITE_BYTES_MAX) {
            // If the log is closed, there is no other way to report it.
            if stderr.blocking_write_and_flush(piece).is_err() {
                break;
            }
        }
    }));
}
