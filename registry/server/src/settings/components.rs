//! The store of components: a folder, or a bucket of an S3-compatible store.

use std::path::Path;

use aim_registry::component_store::Bucket;
use secrecy::{ExposeSecret as _, SecretString};
use url::{Host, Url};

use super::finding::Problem;
use super::resolve::Resolver;
use super::{S3, Settings};
use crate::components::Components;
use crate::profile::Profile;
use crate::{config, data_folder, secret_file};

/// Characters of a bucket's name (Amazon S3, "General purpose bucket naming rules").
const BUCKET_CHARS: std::ops::RangeInclusive<usize> = 3..=63;
/// The most bytes of the prefix; S3 allows 1024 for a whole name.
const PREFIX_BYTES_MAX: usize = 512;

impl Resolver<'_> {
    pub(super) fn components(&mut self, settings: &Settings, data_dir: &Path) -> Option<Components> {
        let s3 = &settings.s3;
        let in_bucket = s3.endpoint.is_some()
            || s3.bucket.is_some()
            || s3.prefix.is_some()
            || s3.access_key_id.is_some()
            || s3.secret_access_key_file.is_some();
        let Some(dir) = &settings.component_dir else {
            return match in_bucket {
                true => self.bucket(s3, settings.profile),
                false => Some(Components::Folder(config::component_dir(data_dir))),
            };
        };
        if in_bucket {
            self.bucket(s3, settings.profile);
            self.found("component_dir", Problem::TwoComponentStores);
        }
        let dir = self.path(dir);
        let folder = data_folder::open(&dir);
        self.ok("component_dir", folder)?;
        Some(Components::Folder(dir))
    }

    fn bucket(&mut self, s3: &S3, profile: Profile) -> Option<Components> {
        let endpoint = self.endpoint(s3.endpoint.as_deref(), profile);
        let name = self.text(
            "s3.bucket",
            s3.bucket.as_deref(),
            "name the bucket",
            is_bucket,
            "3 to 63 small letters, digits, hyphens and dots, such as \"aim-components\"",
        );
        let prefix = self.text(
            "s3.prefix",
            s3.prefix.as_deref().or(Some("")),
            "",
            is_prefix,
            "names of letters, digits, `.`, `_` and `-` with one slash between them, such as \"aim/production\"",
        );
        let region = self.text(
            "s3.region",
            Some(&s3.region),
            "",
            is_region,
            "small letters, digits and hyphens, such as \"us-east-1\"",
        );
        let access_key_id = self.text(
            "s3.access_key_id",
            s3.access_key_id.as_deref(),
            "name the key",
            is_key_id,
            "the name of a key, letters and digits without spaces",
        );
        let secret_access_key = self.secret_access_key(s3.secret_access_key_file.as_deref());
        Some(Components::Bucket(Bucket {
            endpoint: endpoint?,
            region: region?,
            name: name?,
            prefix: prefix?,
            access_key_id: access_key_id?,
            secret_access_key: secret_access_key?,
        }))
    }

    pub(super) fn text(
        &mut self,
        key: &str,
        text: Option<&str>,
        advice: &'static str,
        is_good: impl Fn(&str) -> bool,
        form: &'static str,
    ) -> Option<String> {
        let problem = match text {
            None => Problem::Missing(advice),
            Some(text) if is_good(text) => return Some(text.to_owned()),
            Some(_) => Problem::Form(form),
        };
        self.found(key, problem);
        None
    }

    fn endpoint(&mut self, text: Option<&str>, profile: Profile) -> Option<Url> {
        let advice = "name the address of the store, such as \"https://s3.eu-central-1.amazonaws.com\"";
        let text = self.ok("s3.endpoint", text.ok_or(Problem::Missing(advice)))?;
        let url = Url::parse(text).ok().filter(is_endpoint);
        let url = self.ok("s3.endpoint", url.ok_or(Problem::Endpoint))?;
        if url.scheme() == "http" && profile == Profile::Public && !is_this_machine(&url) {
            self.found("s3.endpoint", Problem::PlainEndpoint);
        }
        Some(url)
    }

    fn secret_access_key(&mut self, file: Option<&Path>) -> Option<SecretString> {
        const KEY: &str = "s3.secret_access_key_file";
        let file = self.ok(
            KEY,
            file.ok_or(Problem::Missing("name a file with the secret key")),
        )?;
        let read = secret_file::read(&self.path(file));
        let secret = self.ok(KEY, read)?;
        if secret.expose_secret().is_empty() {
            self.found(KEY, Problem::Form("a file with the secret key; it is empty"));
        }
        Some(secret)
    }
}

pub(super) fn is_endpoint(url: &Url) -> bool {
    ["http", "https"].contains(&url.scheme())
        && url.has_host()
        && url.username().is_empty()
        && url.password().is_none()
        && url.query().is_none()
        && url.fragment().is_none()
}

pub(super) fn is_this_machine(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

fn is_bucket(name: &str) -> bool {
    let is_end = |char: char| char.is_ascii_lowercase() || char.is_ascii_digit();
    BUCKET_CHARS.contains(&name.len())
        && name.chars().all(|char| is_end(char) || ".-".contains(char))
        && name.starts_with(is_end)
        && name.ends_with(is_end)
        && !name.contains("..")
}

fn is_prefix(prefix: &str) -> bool {
    let is_segment = |segment: &str| {
        let mut chars = segment.chars();
        !["", ".", ".."].contains(&segment)
            && chars.all(|char| char.is_ascii_alphanumeric() || "._-".contains(char))
    };
    prefix.is_empty() || prefix.len() <= PREFIX_BYTES_MAX && prefix.split('/').all(is_segment)
}

/// It becomes part of a header of every request.
fn is_region(region: &str) -> bool {
    let mut chars = region.chars();
    (1..=64).contains(&region.len())
        && chars.all(|char| char.is_ascii_lowercase() || char.is_ascii_digit() || char == '-')
}

/// It becomes part of a header of every request, between slashes and commas.
fn is_key_id(id: &str) -> bool {
    (1..=128).contains(&id.len())
        && id
            .chars()
            .all(|char| char.is_ascii_graphic() && !"/,=".contains(char))
}
