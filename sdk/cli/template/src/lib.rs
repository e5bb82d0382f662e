use aim_sdk::prelude::*;

#[aim_sdk::service]
fn service(_request: Request) -> Response {
    Response::html("<h1>Salam!</h1>")
}
