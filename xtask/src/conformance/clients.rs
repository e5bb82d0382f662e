//! The clients, each with the script of its checks.

use crate::{paths, setup};
use anyhow::Result;
use std::process::Command;

/// A client and the script in `tests/conformance` that runs it. The script gets the platform's address as its
/// argument and prints its checks in TAP (`tests/conformance/README.md`).
pub struct Client {
    pub name: &'static str,
    script: &'static str,
    package: Package,
}

/// Where a client comes from.
#[expect(dead_code, reason = "the clients of open data are all in Python")]
enum Package {
    Python {
        package: &'static str,
        version: &'static str,
        /// Further packages, with their versions.
        beside: &'static [&'static str],
        /// The module by which an installation is recognised.
        module: &'static str,
    },
    /// The script imports the file that `AIM_PACKAGE` names.
    Node {
        package: &'static str,
        version: &'static str,
        file: &'static str,
    },
}

pub const CLIENTS: &[Client] = &[
    Client {
        name: "ckanapi",
        script: "open_data_ckanapi.py",
        package: Package::Python {
            package: "ckanapi",
            version: setup::CKANAPI_VERSION,
            beside: &[],
            module: "ckanapi",
        },
    },
    Client {
        name: "frictionless[ckan]",
        script: "open_data_frictionless.py",
        package: Package::Python {
            package: "frictionless[ckan]",
            version: "5.21.0",
            beside: &[],
            module: "frictionless_ckan_mapper",
        },
    },
    Client {
        name: "ckanext-harvest",
        script: "open_data_harvest.py",
        package: Package::Python {
            package: "ckanext-harvest",
            version: "1.6.3",
            beside: &[],
            module: "ckanext.harvest",
        },
    },
    Client {
        name: "requests",
        script: "open_data_files.py",
        package: Package::Python {
            package: "requests",
            version: "2.34.2",
            beside: &[],
            module: "requests",
        },
    },
];

impl Client {
    pub fn version(&self) -> &'static str {
        match self.package {
            Package::Python { version, .. } | Package::Node { version, .. } => version,
        }
    }

    /// The command that runs the checks, once the client is installed.
    pub fn command(&self) -> Result<Command> {
        let script = paths::root()?.join("tests/conformance").join(self.script);
        let mut command = match self.package {
            Package::Python {
                package,
                version,
                beside,
                module,
            } => {
                let mut python = Command::new(setup::python::library(package, version, beside, module)?);
                // Bytecode would be written to the clone.
                python.arg("-B");
                python
            }
            Package::Node {
                package,
                version,
                file,
            } => {
                let mut node = Command::new(setup::languages::node()?);
                node.env("AIM_PACKAGE", setup::npm::install(package, version, file)?);
                node
            }
        };
        command.arg(script);
        Ok(command)
    }
}
