//! The entry attribute of `aim-sdk`. It needs no parser: it leaves the function unchanged, reads its name and
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
    if !arguments.is_empty() {
        return refusal("`#[aim_sdk::service]` takes no arguments");
    }
    let mut tokens = function.clone().into_iter();
    let is_function = tokens
        .by_ref()
        .any(|token| matches!(&token, TokenTree::Ident(word) if word.to_string() == "fn"));
    let Some(TokenTree::Ident(name)) = is_function.then(|| tokens.next()).flatten() else {
        return refusal("`#[aim_sdk::service]` belongs on a function that takes a `Request`");
    };
    let export = format!("::aim_sdk::export_service!({name});").parse::<TokenStream>();
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
