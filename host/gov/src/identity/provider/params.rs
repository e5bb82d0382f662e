//! The parameters of a request to any endpoint.

use std::collections::HashMap;

/// Parameters by name; one that is sent twice is an error (RFC 6749, 3.1).
pub(super) struct Params {
    values: HashMap<String, String>,
    repeated: Vec<String>,
}

impl Params {
    pub(super) fn parse(encoded: &[u8]) -> Self {
        let mut values = HashMap::new();
        let mut repeated = Vec::new();
        for (name, value) in url::form_urlencoded::parse(encoded) {
            // An empty parameter counts as absent.
            if value.is_empty() {
                continue;
            }
            if values
                .insert(name.clone().into_owned(), value.into_owned())
                .is_some()
            {
                repeated.push(name.into_owned());
            }
        }
        Self { values, repeated }
    }

    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.values.get(name).map(String::as_str)
    }

    pub(super) fn is_repeated(&self, name: &str) -> bool {
        self.repeated.iter().any(|repeated| repeated == name)
    }

    pub(super) fn any_repeated(&self) -> bool {
        !self.repeated.is_empty()
    }

    /// All of them form-encoded, without those in `except`, and with `added`.
    pub(super) fn encoded(&self, except: &[&str], added: &[(&str, &str)]) -> String {
        let kept = self.values.iter().filter(|(name, _)| {
            !except.contains(&name.as_str()) && !added.iter().any(|(other, _)| other == name)
        });
        url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs(kept)
            .extend_pairs(added)
            .finish()
    }
}
