//! Requests and responses with whole bodies.

mod params;
mod request;
mod response;

pub use params::{Params, encode};
pub use request::Request;
pub use response::Response;
