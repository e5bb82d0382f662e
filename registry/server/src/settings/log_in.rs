//! The log-in of citizens: simulated, or at an external OpenID provider.

use aim_gov::identity::provider::external;
use secrecy::SecretString;
use url::Url;

use super::LogIn;
use super::components::{is_endpoint, is_this_machine};
use super::finding::Problem;
use super::resolve::Resolver;
use crate::profile::Profile;
use crate::secret_file;

const ISSUER: &str = "log_in.issuer";

impl Resolver<'_> {
    pub(super) fn log_in(&mut self, settings: &LogIn, profile: Profile) -> Option<external::Settings> {
        let issuer = settings.issuer.as_deref().filter(|text| !text.is_empty());
        let Some(issuer) = issuer else {
            let others = [
                ("log_in.client_id", settings.client_id.is_some()),
                ("log_in.client_secret_file", settings.client_secret_file.is_some()),
                ("log_in.acr_substantial", settings.acr_substantial.is_some()),
                ("log_in.acr_high", settings.acr_high.is_some()),
            ];
            // Somebody who names a client wants no simulated log-in.
            if let Some((key, _)) = others.into_iter().find(|(_, given)| *given) {
                self.found(key, Problem::Missing("name the provider too, in `log_in.issuer`"));
            }
            return None;
        };
        let url = Url::parse(issuer).ok().filter(is_endpoint);
        let url = self.ok(ISSUER, url.ok_or(Problem::Issuer));
        if url
            .is_some_and(|url| url.scheme() == "http" && profile == Profile::Public && !is_this_machine(&url))
        {
            self.found(ISSUER, Problem::PlainIssuer);
        }
        let client_id = self.text(
            "log_in.client_id",
            settings.client_id.as_deref(),
            "name the platform's client at the provider",
            is_visible,
            "the identifier of a client, visible ASCII characters",
        );
        let client_secret = self.client_secret(settings);
        let fin_claim = self.text(
            "log_in.fin_claim",
            Some(&settings.fin_claim),
            "",
            is_visible,
            "the name of a claim, such as \"fin\"",
        );
        let form = "a value of `acr`, visible ASCII characters without spaces";
        for (key, acr) in [
            ("log_in.acr_substantial", &settings.acr_substantial),
            ("log_in.acr_high", &settings.acr_high),
        ] {
            if acr.as_deref().is_some_and(|acr| !is_visible(acr)) {
                self.found(key, Problem::Form(form));
            }
        }
        if settings.acr_high.is_some() && settings.acr_high == settings.acr_substantial {
            self.found(
                "log_in.acr_high",
                Problem::Form("another value than `log_in.acr_substantial`"),
            );
        }
        if !settings.scopes.iter().all(|scope| is_visible(scope)) {
            self.found(
                "log_in.scopes",
                Problem::Form("names of scopes, such as [\"profile\"]"),
            );
        }
        Some(external::Settings {
            issuer: issuer.to_owned(),
            client_id: client_id?,
            client_secret: client_secret?,
            scopes: settings.scopes.clone(),
            fin_claim: fin_claim?,
            acr_substantial: settings.acr_substantial.clone(),
            acr_high: settings.acr_high.clone(),
        })
    }

    fn client_secret(&mut self, settings: &LogIn) -> Option<SecretString> {
        const KEY: &str = "log_in.client_secret_file";
        let Some(file) = &settings.client_secret_file else {
            self.found(KEY, Problem::Missing("name a file with the client's secret"));
            return None;
        };
        let read = secret_file::read(&self.path(file));
        self.ok(KEY, read)
    }
}

fn is_visible(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_graphic())
}
