//! Says things to its developer, and panics.
//!
//! | path | what it does |
//! |---|---|
//! | `/panic` | panics with a reason |
//! | any other | writes one line, with a part of the service that speaks |

use aim_sdk::log::{self, Level};
use aim_sdk::prelude::*;

#[aim_sdk::service]
fn talkative(request: Request) -> Response {
    if request.path() == "/panic" {
        panic!("the table of tariffs is empty");
    }
    log::log(Level::Warn, "tariffs", "the table is a month old");
    Response::html("said")
}
