//! What the tests, `demo` and `bench` share: the real `aim` binary in a folder of its own, a
//! PostgreSQL of its own, and clients that behave like the people who use the platform.
//!
//! Every wait is for a line, an exit or an answer, with a deadline around it. Only where nobody tells
//! (an element in a browser, the end of vetting in `bench`) is somebody asked again.

pub mod actors;
pub mod aimd;
pub mod bench;
pub mod browser;
pub mod crash;
pub mod guests;
pub mod html;
pub mod http;
pub mod instance;
pub mod moto;
pub mod paths;
pub mod pipeline;
pub mod postgres;
pub mod security_server;
pub mod steps;
pub mod stories;
