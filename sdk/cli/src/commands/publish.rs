//! `aim publish`

use clap::Args;

use crate::api::Api;
use crate::commands::{build, status};
use crate::component::Component;
use crate::failure::{Blame, Failure};
use crate::login_file;
use crate::project::{MANIFEST, Project};
use crate::ui;

/// The state of a submission whose component has not been uploaded.
const AWAITS_COMPONENT: &str = "draft";
/// The state of a version that was stopped by staff.
const SUSPENDED: &str = "suspended";

/// Build a service and submit it to the registry
///
/// The registry vets the component and `aim.toml`, and shows them to two officers. They approve exactly this
/// component: publish again after every change.
#[derive(Args, Debug)]
pub struct PublishArgs {
    #[command(flatten)]
    build: build::BuildArgs,
    /// Wait for the result of vetting
    #[arg(long)]
    wait: bool,
}

/// Builds, announces and uploads the component, and prints the next step.
///
/// # Errors
/// When the project cannot be published, or the registry refuses it.
pub async fn run(arguments: &PublishArgs) -> Result<(), Failure> {
    let project = Project::open(&arguments.build.dir)?;
    let api = Api::new(login_file::load()?)?;
    let (Component { bytes, inspection }, _) = build::build(&project, &arguments.build)?;
    let digest = inspection.digest.to_string();
    let length =
        u64::try_from(bytes.len()).map_err(Failure::unexpected("the component is too large to count"))?;
    let announced = api.announce(&project.manifest_text, &digest, length).await?;
    let (name, version) = (&project.manifest.name.0, &project.manifest.version);
    if announced.state == SUSPENDED {
        return Err(Failure::new(
            Blame::Refused,
            format!(
                "{name} {version} is there already, with this very component, and is {}: {}",
                announced.state,
                status::meaning(&announced.state)
            ),
        )
        .advise(format!(
            "`aim status {}` says why; to publish again, raise `version` in `{MANIFEST}`",
            announced.id
        )));
    }
    if announced.state == AWAITS_COMPONENT {
        ui::progress(format_args!("uploading {}", ui::size(length)));
        api.upload(&announced.upload, bytes).await?;
        ui::say(format_args!("published {name} {version}"));
    } else {
        ui::say(format_args!(
            "{name} {version} was published before, on {}, and is {}: {}; nothing was sent",
            announced.day(),
            announced.state,
            status::meaning(&announced.state)
        ));
    }
    ui::say(format_args!("  submission  {}", announced.id));
    ui::say(format_args!("  component   {digest}"));
    if !announced.organisation_verified {
        ui::say("note: no officer has verified your organisation yet; nothing of it is approved before that");
    }
    if arguments.wait {
        return status::wait_and_show(&api, &announced.id).await;
    }
    ui::say(format_args!("next: aim status {} --wait", announced.id));
    Ok(())
}
