//! `aim build`

use std::fs;
use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use aim_toolchain::Target;
use clap::{Args, ValueEnum};

use crate::component::{self, Component};
use crate::failure::Failure;
use crate::project::Project;
use crate::ui;

/// Permissions of the component's file, before the umask is applied.
const MODE: u32 = 0o666;

/// Compile a service to a component and check it against its manifest
///
/// The component imports only what the code calls, so its imports are its permissions: each must be listed in
/// `capabilities` of `aim.toml`.
#[derive(Args, Debug)]
#[group(id = "build")]
pub struct BuildArgs {
    /// The project's folder
    #[arg(default_value = ".")]
    pub dir: PathBuf,
    /// Check this component, which another tool built, without compiling
    #[arg(long, value_name = "FILE")]
    pub component: Option<PathBuf>,
    /// The target to compile for
    #[arg(long, value_enum, default_value_t = BuildTarget::Unknown)]
    pub target: BuildTarget,
    /// Use only crates that are present on this machine
    #[arg(long)]
    pub offline: bool,
    /// Where to write the component, instead of cargo's target folder
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
}

/// The compilation target of a Rust service.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum BuildTarget {
    /// wasm32-unknown-unknown: imports nothing of WASI
    Unknown,
    /// wasm32-wasip2: imports WASI, for crates that need it
    Wasip2,
}

impl From<BuildTarget> for Target {
    fn from(target: BuildTarget) -> Self {
        match target {
            BuildTarget::Unknown => Self::Unknown,
            BuildTarget::Wasip2 => Self::Wasip2,
        }
    }
}

/// Builds and checks the project, and prints the result.
///
/// # Errors
/// When the project does not compile, or asks for more than its manifest lists.
pub fn run(arguments: &BuildArgs) -> Result<(), Failure> {
    let project = Project::open(&arguments.dir)?;
    let (component, path) = build(&project, arguments)?;
    ui::say(format_args!(
        "{} {}",
        project.manifest.name.0, project.manifest.version
    ));
    ui::say(format_args!("  component  {}", path.display()));
    describe(&component);
    if project.manifest.imports_outbound_unused() {
        ui::say("  outbound   no hosts: every call to another system is refused");
    }
    ui::say(format_args!("next: {}", publish_command(arguments)));
    Ok(())
}

/// The command that publishes exactly what was built, with the same arguments.
fn publish_command(arguments: &BuildArgs) -> String {
    let mut command = "aim publish".to_owned();
    if arguments.dir.as_os_str() != "." {
        command.push_str(&format!(" {}", ui::shell_word(&arguments.dir)));
    }
    match (
        arguments.out.as_ref().or(arguments.component.as_ref()),
        arguments.target,
    ) {
        (Some(component), _) => command.push_str(&format!(" --component {}", ui::shell_word(component))),
        (None, BuildTarget::Wasip2) => command.push_str(" --target wasip2"),
        (None, BuildTarget::Unknown) => {}
    }
    if arguments.offline {
        command.push_str(" --offline");
    }
    command
}

/// The component and the path of its file.
///
/// # Errors
/// As [`run`].
pub fn build(project: &Project, arguments: &BuildArgs) -> Result<(Component, PathBuf), Failure> {
    let (component, path) = match &arguments.component {
        Some(path) => (component::prebuilt(project, path)?, path.clone()),
        None => {
            let (component, path) = component::compile(project, arguments.target.into(), arguments.offline)?;
            if arguments.out.is_none() {
                write(&path, &component)?;
            }
            (component, path)
        }
    };
    match &arguments.out {
        None => Ok((component, path)),
        Some(out) => {
            write(out, &component)?;
            Ok((component, out.clone()))
        }
    }
}

/// Writes a temporary file and renames it, so that a concurrent build or publication of the same project reads
/// the old component or the new one, never a part of it.
fn write(path: &Path, component: &Component) -> Result<(), Failure> {
    let problem = || format!("cannot write `{}`", path.display());
    if path.metadata().is_ok_and(|there| !there.is_file()) {
        // A pipe or a device is written to, not replaced.
        return fs::write(path, &component.bytes).map_err(Failure::unexpected(problem()));
    }
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    let mut draft = tempfile::Builder::new()
        .prefix(".aim-build-")
        .permissions(fs::Permissions::from_mode(MODE))
        .tempfile_in(folder.unwrap_or(Path::new(".")))
        .map_err(Failure::unexpected(problem()))?;
    draft
        .write_all(&component.bytes)
        .map_err(Failure::unexpected(problem()))?;
    draft
        .persist(path)
        .map_err(Failure::unexpected(problem()))
        .map(drop)
}

fn describe(component: &Component) {
    let inspection = &component.inspection;
    let imports: Vec<&str> = inspection
        .capabilities
        .iter()
        .map(|capability| capability.code())
        .collect();
    let imports = if imports.is_empty() {
        "nothing".to_owned()
    } else {
        imports.join(", ")
    };
    ui::say(format_args!("  digest     {}", inspection.digest));
    ui::say(format_args!(
        "  size       {}",
        ui::size(component.bytes.len().try_into().unwrap_or(u64::MAX))
    ));
    ui::say(format_args!("  imports    {imports}"));
}
