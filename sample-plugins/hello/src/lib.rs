//! The smallest service: one page, no permissions.

use aim_sdk::prelude::*;

#[aim_sdk::service]
fn hello(request: Request) -> Page {
    let locale = request.locale();
    let greeting = locale.pick("Salam, dünya!", "Hello, world!", "Здравствуй, мир!");
    Page::new(locale, greeting).body(html!("<h1>{}</h1>", greeting))
}
