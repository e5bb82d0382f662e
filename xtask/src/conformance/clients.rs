//! The clients, each with the script of its checks.

use crate::{machine, paths, run, setup};
use anyhow::Result;
use std::process::Command;

/// A client and the script in `tests/conformance` that runs it. The script gets the platform's address as its
/// argument and prints its checks in TAP (`tests/conformance/README.md`).
pub struct Client {
    pub name: &'static str,
    script: &'static str,
    package: Package,
    pub need: Option<Need>,
}

/// What a script needs on the platform. The program `prepare` of the tests makes it, and a variable tells the script.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Need {
    /// Web sites that are registered at the provider.
    Sites,
    /// Documents that citizens show.
    Documents,
    /// Files that citizens signed.
    Signatures,
}

impl Need {
    /// The argument of `prepare`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Sites => "sites",
            Self::Documents => "documents",
            Self::Signatures => "signatures",
        }
    }

    /// The script's variable.
    pub fn variable(self) -> &'static str {
        match self {
            Self::Sites => "AIM_SITES",
            Self::Documents => "AIM_DOCUMENTS",
            Self::Signatures => "AIM_SIGNATURES",
        }
    }
}

/// Where a client comes from.
enum Package {
    Python {
        package: &'static str,
        version: &'static str,
        /// Further packages, with their versions.
        beside: &'static [&'static str],
        /// The module by which an installation is recognised.
        module: &'static str,
    },
    /// Programs of Debian, whose version is Debian's. The script runs where `requests` is installed.
    Debian {
        package: &'static str,
        /// Further packages.
        beside: &'static [&'static str],
    },
    /// The script imports the file that `AIM_PACKAGE` names.
    Node {
        package: &'static str,
        version: &'static str,
        /// Further packages, with their versions, which the script finds from the file on.
        beside: &'static [&'static str],
        file: &'static str,
    },
}

/// The HTTP client of the scripts in Python.
const REQUESTS_VERSION: &str = "2.34.2";

pub const CLIENTS: &[Client] = &[
    Client {
        name: "openid-client",
        script: "identity_openid_client.mjs",
        package: Package::Node {
            package: "openid-client",
            version: "6.9.0",
            beside: &[],
            file: "build/index.js",
        },
        need: Some(Need::Sites),
    },
    Client {
        name: "oauth4webapi",
        script: "identity_oauth4webapi.mjs",
        package: Package::Node {
            package: "oauth4webapi",
            version: "3.8.8",
            beside: &[],
            file: "build/index.js",
        },
        need: Some(Need::Sites),
    },
    Client {
        name: "authlib",
        script: "identity_authlib.py",
        package: Package::Python {
            package: "authlib",
            version: "1.9.10",
            beside: &["requests==2.34.2"],
            module: "authlib",
        },
        need: Some(Need::Sites),
    },
    Client {
        name: "mod_auth_openidc",
        script: "identity_mod_auth_openidc.py",
        package: Package::Debian {
            package: "libapache2-mod-auth-openidc",
            // Without Debian's service of Apache, which would listen on all interfaces.
            beside: &["apache2-bin"],
        },
        need: Some(Need::Sites),
    },
    Client {
        name: "oidc-provider",
        script: "identity_oidc_provider.mjs",
        package: Package::Node {
            package: "oidc-provider",
            version: "9.13.3",
            beside: &[],
            file: "lib/index.js",
        },
        need: None,
    },
    Client {
        name: "ckanapi",
        script: "open_data_ckanapi.py",
        package: Package::Python {
            package: "ckanapi",
            version: setup::CKANAPI_VERSION,
            beside: &[],
            module: "ckanapi",
        },
        need: None,
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
        need: None,
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
        need: None,
    },
    Client {
        name: "pyshacl",
        script: "open_data_dcat.py",
        package: Package::Python {
            package: "pyshacl",
            version: "0.40.1",
            beside: &["requests==2.34.2"],
            module: "pyshacl",
        },
        need: None,
    },
    Client {
        name: "rdflib",
        script: "open_data_rdflib.py",
        package: Package::Python {
            package: "rdflib",
            version: "7.6.0",
            beside: &["requests==2.34.2"],
            module: "rdflib",
        },
        need: None,
    },
    Client {
        name: "requests",
        script: "open_data_files.py",
        package: Package::Python {
            package: "requests",
            version: REQUESTS_VERSION,
            beside: &[],
            module: "requests",
        },
        need: None,
    },
    Client {
        name: "sd-jwt",
        script: "documents_sd_jwt.py",
        package: Package::Python {
            package: "sd-jwt",
            version: "0.10.4",
            beside: &["requests==2.34.2"],
            module: "sd_jwt",
        },
        need: Some(Need::Documents),
    },
    Client {
        name: "@sd-jwt/sd-jwt-vc",
        script: "documents_sd_jwt_vc.mjs",
        package: Package::Node {
            package: "@sd-jwt/sd-jwt-vc",
            version: "0.19.0",
            beside: &[],
            file: "dist/index.mjs",
        },
        need: Some(Need::Documents),
    },
    Client {
        name: "@openid4vc/openid4vp",
        script: "documents_openid4vp.mjs",
        package: Package::Node {
            package: "@openid4vc/openid4vp",
            version: "0.4.6",
            beside: &["@sd-jwt/sd-jwt-vc@0.19.0", "jose@6.1.0"],
            file: "dist/index.mjs",
        },
        need: Some(Need::Documents),
    },
    Client {
        name: "schemathesis",
        script: "interfaces_schemathesis.py",
        package: Package::Python {
            package: "schemathesis",
            version: "4.32.5",
            beside: &["openapi-spec-validator==0.9.0", "requests==2.34.2"],
            module: "schemathesis, openapi_spec_validator",
        },
        need: Some(Need::Sites),
    },
    Client {
        name: "pyhanko",
        script: "signature_pyhanko.py",
        package: Package::Python {
            package: "pyhanko",
            version: "0.38.0",
            beside: &[],
            module: "pyhanko",
        },
        need: Some(Need::Signatures),
    },
    Client {
        name: "joserfc",
        script: "signature_joserfc.py",
        package: Package::Python {
            package: "joserfc",
            version: "1.8.0",
            beside: &[],
            module: "joserfc",
        },
        need: Some(Need::Signatures),
    },
    // Last: the others know the data sets that the platform has of its own.
    Client {
        name: "ckanapi-publisher",
        script: "open_data_publish.py",
        package: Package::Python {
            package: "ckanapi",
            version: setup::CKANAPI_VERSION,
            beside: &[],
            module: "ckanapi",
        },
        need: Some(Need::Sites),
    },
];

impl Client {
    pub fn version(&self) -> String {
        match self.package {
            Package::Python { version, .. } | Package::Node { version, .. } => version.to_owned(),
            Package::Debian { package, .. } => {
                let query = ["--show", "--showformat", "${Version}", package];
                run::output(Command::new("dpkg-query").args(query)).unwrap_or_default()
            }
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
            Package::Debian { package, beside } => {
                machine::install_packages(&[&[package], beside].concat())?;
                let mut python = Command::new(setup::python::library(
                    "requests",
                    REQUESTS_VERSION,
                    &[],
                    "requests",
                )?);
                python.arg("-B");
                python
            }
            Package::Node {
                package,
                version,
                beside,
                file,
            } => {
                let mut node = Command::new(setup::languages::node()?);
                let file = setup::npm::install_with(package, version, beside, file)?;
                node.env("AIM_PACKAGE", file);
                node
            }
        };
        command.arg(script);
        Ok(command)
    }
}
