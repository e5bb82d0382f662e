//! The entry attributes of `aim-sdk`. They need no parser: each leaves the function unchanged, reads its name and
//! adds the export.

use proc_macro::{TokenStream, TokenTree};

/// Makes a function the entry of a service: `fn(Request) -> impl IntoResponse`.
///
/// ```ignore
/// use aim_sdk::prelude::*;
///
/// #[aim_sdk::service]
/// fn hello(request: Request) -> Response {
///     Response::html("<h1>Salam!</h1>")
/// }
/// ```
#[proc_macro_attribute]
pub fn service(arguments: TokenStream, function: TokenStream) -> TokenStream {
    export(&arguments, function, "service", "export_service", "a `Request`")
}

/// Makes a function the handler of a service's events: `fn(Delivery) -> impl IntoOutcome`.
///
/// ```ignore
/// use aim_sdk::life_events::{Delivery, Outcome};
///
/// #[aim_sdk::event_handler]
/// fn on_event(delivery: Delivery) -> Outcome {
///     Outcome::Done
/// }
/// ```
#[proc_macro_attribute]
pub fn event_handler(arguments: TokenStream, function: TokenStream) -> TokenStream {
    export(
        &arguments,
        function,
        "event_handler",
        "export_event_handler",
        "a `Delivery`",
    )
}

/// The function, and the macro call that exports it.
fn export(
    arguments: &TokenStream,
    function: TokenStream,
    attribute: &str,
    export: &str,
    takes: &str,
) -> TokenStream {
    if !arguments.is_empty() {
        return refusal(&format!("`#[aim_sdk::{attribute}]` takes no arguments"));
    }
    let mut tokens = function.clone().into_iter();
    let is_function = tokens
        .by_ref()
        .any(|token| matches!(&token, TokenTree::Ident(word) if word.to_string() == "fn"));
    let Some(TokenTree::Ident(name)) = is_function.then(|| tokens.next()).flatten() else {
        return refusal(&format!(
            "`#[aim_sdk::{attribute}]` belongs on a function that takes {takes}"
        ));
    };
    let export = format!("::aim_sdk::{export}!({name});").parse::<TokenStream>();
    match export {
        Ok(export) => function.into_iter().chain(export).collect(),
        Err(_) => refusal("the function's name cannot be exported"),
    }
}

fn refusal(message: &str) -> TokenStream {
    format!("::core::compile_error!({message:?});")
        .parse()
        .unwrap_or_default()
}
