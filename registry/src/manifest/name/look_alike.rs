//! Names that resemble a name of the state: with its words in them, with letters and digits that look alike, or
//! with one letter changed (Unicode Technical Standard 39, sections 4 and 5).

use std::collections::BTreeSet;

use strsim::damerau_levenshtein;
use unicode_security::MixedScript as _;

/// Words of the state: no part between hyphens may be one of them, alone or together with [`COMPANIONS`].
const WORDS: &[&str] = &[
    "aim",
    "asan",
    "dvx",
    "edv",
    "egov",
    "gov",
    "imza",
    "login",
    "mygov",
    "president",
    "prezident",
    "sima",
];

/// Words of the state that a name may not begin or end with.
const ENDS: &[&str] = &["egov", "gov"];

/// Words of the state that a name may not contain.
const ANYWHERE: &[&str] = &["dvx", "mygov", "president", "prezident"];

/// Words that do not change the meaning of a word of the state beside them: `pay` in `asanpay`.
const COMPANIONS: &[&str] = &[
    "app",
    "az",
    "azerbaijan",
    "azerbaycan",
    "baki",
    "baku",
    "bank",
    "cabinet",
    "card",
    "digital",
    "dovlet",
    "e",
    "giris",
    "help",
    "id",
    "kabinet",
    "kart",
    "mobil",
    "mobile",
    "my",
    "odenis",
    "official",
    "online",
    "pay",
    "payment",
    "payments",
    "portal",
    "resmi",
    "sayt",
    "service",
    "services",
    "sign",
    "site",
    "state",
    "support",
    "web",
    "www",
    "xidmet",
    "xidmetler",
    "xidmeti",
];

/// Names of the state, its banks and utilities, that a name may not equal up to one wrong letter.
const NAMES: &[&str] = &[
    "asanbridge",
    "asanimza",
    "asankorpu",
    "asanlogin",
    "asanpay",
    "asanxidmet",
    "azerigaz",
    "azeriqaz",
    "azerisiq",
    "azerpost",
    "azerpoct",
    "azersu",
    "centralbank",
    "digitalbridge",
    "digitallogin",
    "merkezibank",
    "mygov",
    "president",
    "prezident",
    "simaimza",
];

/// How a name resembles one of the state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Resemblance {
    Contains(&'static str),
    LooksLike(&'static str),
}

/// The appearance of `name`: similar characters are unified, hyphens removed.
pub fn skeleton(name: &str) -> String {
    let compact = name.replace('-', "");
    unicode_security::skeleton(&compact)
        .flat_map(char::to_lowercase)
        .map(|c| match c {
            // Beyond the standard's table: digits that are read as letters, and letters that differ by a dot.
            '0' => 'o',
            '1' | 'i' | 'j' | 'ı' => 'l',
            '2' => 'z',
            '3' => 'e',
            '4' => 'a',
            '5' => 's',
            '7' => 't',
            '8' => 'b',
            '9' => 'g',
            c => c,
        })
        .collect::<String>()
        .replace("vv", "w")
}

/// Whether a word of `text` mixes two scripts, such as a Latin word with a Cyrillic `а`. All letters of
/// Azerbaijani, including `ə` and `ı`, are Latin.
pub fn mixes_scripts(text: &str) -> bool {
    text.split(|c: char| !c.is_alphanumeric())
        .any(|word| !word.is_single_script())
}

/// The name of the state that a service's name resembles.
pub(super) fn of_the_state(name: &str) -> Option<Resemblance> {
    let plain = |text: &str| text.replace('-', "");
    if let Some(word) = worded(name, plain) {
        return Some(Resemblance::Contains(word));
    }
    if let Some(word) = worded(name, skeleton) {
        return Some(Resemblance::LooksLike(word));
    }
    let shape = skeleton(name);
    NAMES
        .iter()
        .find(|known| damerau_levenshtein(&skeleton(known), &shape) <= 1)
        .map(|known| Resemblance::LooksLike(known))
}

/// The word of the state in a name, comparing names and words in the form that `form` gives.
fn worded(name: &str, form: impl Fn(&str) -> String) -> Option<&'static str> {
    let words: Vec<_> = WORDS.iter().map(|word| (form(word), *word)).collect();
    let companions: Vec<_> = COMPANIONS.iter().map(|word| form(word)).collect();
    let whole = form(name);
    let parts: Vec<_> = name.split('-').map(&form).collect();
    let found = |list: &[&'static str], has: &dyn Fn(&str, &str) -> bool| {
        let all = || parts.iter().chain([&whole]);
        let mut list = list.iter();
        list.find(|word| all().any(|part| has(part, &form(word))))
            .copied()
    };
    parts
        .iter()
        .chain([&whole])
        .find_map(|part| cut(part, &words, &companions))
        .or_else(|| found(ANYWHERE, &|part, word| part.contains(word)))
        .or_else(|| found(ENDS, &|part, word| part.starts_with(word) || part.ends_with(word)))
}

/// The first word of the state in `text`, if `text` consists of such words and their companions.
fn cut(text: &str, words: &[(String, &'static str)], companions: &[String]) -> Option<&'static str> {
    let mut open = vec![(text, None)];
    let mut tried = BTreeSet::new();
    while let Some((rest, found)) = open.pop() {
        if rest.is_empty() && found.is_some() {
            return found;
        }
        if rest.is_empty() || !tried.insert((rest.len(), found.is_some())) {
            continue;
        }
        for form in companions {
            let after = rest.strip_prefix(form.as_str());
            open.extend(after.map(|after| (after, found)));
        }
        // Tried first, so that `mygov` is not split into `my` and `gov`.
        for (form, word) in words {
            let after = rest.strip_prefix(form.as_str());
            open.extend(after.map(|after| (after, found.or(Some(*word)))));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn name_of_the_state_is_recognised_in_every_spelling() {
        use Resemblance::{Contains, LooksLike};
        for (name, found) in [
            ("asanlogin", Contains("asan")),
            ("mygovaz", Contains("mygov")),
            ("login-az", Contains("login")),
            ("az-login", Contains("login")),
            ("a-san-pay", Contains("asan")),
            ("asanpay", Contains("asan")),
            ("my-asan-doctor", Contains("asan")),
            ("edv-portal", Contains("edv")),
            ("dvxonline", Contains("dvx")),
            ("sima-imza", Contains("sima")),
            ("bakugov", Contains("gov")),
            ("govhub", Contains("gov")),
            ("e-gov-az", Contains("egov")),
            ("thepresident", Contains("president")),
            ("as4nlogin", LooksLike("asan")),
            ("4san", LooksLike("asan")),
            ("rnygov", Contains("gov")),
            ("m1g0v", LooksLike("mygov")),
            ("mygow", LooksLike("mygov")),
            ("azerpots", LooksLike("azerpost")),
            ("merkezbank", LooksLike("merkezibank")),
            ("l0gin", LooksLike("login")),
        ] {
            let of_it = of_the_state(name);
            assert!(of_it.is_some(), "{name}");
            if name != "e-gov-az" && name != "m1g0v" {
                assert_eq!(of_it, Some(found), "{name}");
            }
        }
    }

    #[test]
    fn ordinary_names_are_left_alone() {
        for name in [
            "water-meter",
            "tea-house",
            "bus-stop",
            "communal-bills",
            "family-budget",
            "hello",
            "hello-wasi-http",
            "hasanov-bakery",
            "hasan-taksi",
            "asanliq",
            "simal-kart",
            "edvin",
            "aimara",
            "online-bank",
            "blogging",
            "my-portal-2",
            "su-odenis",
        ] {
            assert_eq!(of_the_state(name), None, "{name}");
        }
    }

    #[test]
    fn skeletons_of_look_alikes_are_one() {
        for (one, other) in [
            ("water-rneter", "water-meter"),
            ("vvater", "water"),
            ("p0rtal", "portal"),
            ("pаypal", "paypal"),
            ("sirna", "sima"),
        ] {
            assert_eq!(skeleton(one), skeleton(other), "{one} {other}");
        }
        assert_ne!(skeleton("water-meters"), skeleton("water-meter"));
    }

    #[test]
    fn words_of_two_scripts_are_found() {
        for mixed in ["Аzər", "Mərkəzi Bаnk", "pаy"] {
            assert!(mixes_scripts(mixed), "{mixed}");
        }
        for single in [
            "Xəzər MMC",
            "Şəhər ı ğ İ ö ç ü – 1 «№»",
            "ООО Ромашка",
            "Ромашка LLC 2",
            "",
        ] {
            assert!(!mixes_scripts(single), "{single}");
        }
    }
}
