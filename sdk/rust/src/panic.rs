//! Where a panic's message goes: to standard error, which the platform keeps as lines for the developer.
//!
//! `wasm32-unknown-unknown` has no standard error of its own; on the targets of WASI the standard library
//! does the same, and this module is not compiled.

use bindings::wasi::cli::stderr::get_stderr;

#[allow(missing_docs, unsafe_code, clippy::all, reason = "generated")]
mod bindings {
    // Of WASI 0.2.0 only what a panic needs. A world of its own, beside that of the service.
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

/// The bytes that one write may carry (`wasi:io/streams`).
const WRITE_BYTES_MAX: usize = 4096;

/// From now on a panic's message and place go to the log before the request ends.
pub(crate) fn report() {
    std::panic::set_hook(Box::new(|panic| {
        let mut message = panic.to_string();
        message.push('\n');
        let stderr = get_stderr();
        for piece in message.as_bytes().chunks(WRITE_BYTES_MAX) {
            // Nobody is left who could be told that the log is closed.
            if stderr.blocking_write_and_flush(piece).is_err() {
                break;
            }
        }
    }));
}
