//! `aim login`

use clap::Args;

use crate::api::Api;
use crate::failure::Failure;
use crate::login_file::{self, Login, REGISTRY_DEFAULT, REGISTRY_VARIABLE, TOKEN_VARIABLE};
use crate::ui;

/// Store the address of a registry and a token for it
///
/// The token is made on the registry's developer pages. It is verified, then stored in `aim/login.toml` under
/// XDG_CONFIG_HOME (or ~/.config), which only you can read.
#[derive(Args, Debug)]
pub struct LoginArgs {
    /// The registry's address
    #[arg(default_value = REGISTRY_DEFAULT, env = REGISTRY_VARIABLE)]
    registry: String,
    /// The token; if it is not given, it is asked for or read from a pipe, which keeps it out of the shell's
    /// history and the list of processes
    #[arg(long, env = TOKEN_VARIABLE, hide_env_values = true)]
    token: Option<String>,
}

/// Verifies the token with the registry and stores it.
///
/// # Errors
/// When the registry does not know the token, or cannot be reached.
pub async fn run(arguments: &LoginArgs) -> Result<(), Failure> {
    let registry = login_file::parse_registry(&arguments.registry)?;
    let token = match &arguments.token {
        Some(token) => token.trim().to_owned(),
        None => ui::ask_secret("API token").map_err(Failure::unexpected("cannot read the token"))?,
    };
    if token.is_empty() {
        return Err(Failure::usage("the token is empty").advise(
            "make one on the registry's developer pages, and type it when asked or send it to standard input",
        ));
    }
    let login = Login { registry, token };
    let who = Api::new(login.clone())?.whoami().await?;
    let path = login_file::save(&login)?;
    ui::say(format_args!(
        "logged in to {} for {}",
        login.registry, who.organisation
    ));
    ui::say(format_args!(
        "token `{}`, good until {}",
        who.token, who.expires_at
    ));
    ui::say(format_args!("kept in {}", path.display()));
    Ok(())
}
