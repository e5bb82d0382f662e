//! `aim logout`

use clap::Args;

use crate::api::{Api, Revoked};
use crate::failure::Failure;
use crate::login_file::{self, TOKEN_VARIABLE};
use crate::ui;

/// Revoke the token that `aim login` stored, and delete it from this machine
///
/// A token in AIM_TOKEN is not touched.
#[derive(Args, Debug)]
pub struct LogoutArgs {}

/// Deletes the token here, then revokes it at the registry.
///
/// # Errors
/// When the file cannot be deleted, or the registry cannot be reached. In the second case the token is deleted
/// from this machine and still valid.
pub async fn run(_: &LogoutArgs) -> Result<(), Failure> {
    match login_file::remove()? {
        None => ui::say("you were not logged in"),
        Some(login) => {
            let registry = login.registry.clone();
            let advise = |failure: Failure| {
                failure.advise(format!(
                    "the token is deleted from this machine and still good: revoke it on the developer pages of {registry}"
                ))
            };
            match Api::new(login).map_err(advise)?.revoke().await.map_err(advise)? {
                Revoked::Now => ui::say(format_args!("logged out of {registry}: the token is revoked")),
                Revoked::Before => ui::say(format_args!(
                    "logged out of {registry}: the token had ended already"
                )),
            }
        }
    }
    if login_file::has_token_variable() {
        ui::progress(format_args!(
            "`{TOKEN_VARIABLE}` is set: commands go on using its token"
        ));
    }
    Ok(())
}
