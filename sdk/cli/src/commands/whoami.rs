//! `aim whoami`

use clap::Args;

use crate::api::Api;
use crate::failure::Failure;
use crate::login_file;
use crate::ui;

/// Show which registry and organisation commands use
///
/// Asks the registry, so an expired or revoked token is reported.
#[derive(Args, Debug)]
pub struct WhoamiArgs {}

/// Shows the owner of the token.
///
/// # Errors
/// When there is no token, the registry does not know it, or cannot be reached.
pub async fn run(_: &WhoamiArgs) -> Result<(), Failure> {
    let login = login_file::load()?;
    let who = Api::new(login.clone())?.whoami().await?;
    ui::say(format_args!("registry      {}", login.registry));
    ui::say(format_args!("organisation  {}", who.organisation));
    ui::say(format_args!("token         {}", who.token));
    ui::say(format_args!("good until    {}", who.expires_at));
    Ok(())
}
