//! Requests and responses, whole.

mod params;
mod request;
mod response;

pub use params::{Params, encode};
pub use request::Request;
pub use response::Response;
