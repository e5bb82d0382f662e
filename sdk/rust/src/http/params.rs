//! Names and values of query strings and forms (`application/x-www-form-urlencoded`).

/// Names and values, in the order of the request.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Params(Vec<(String, String)>);

impl Params {
    /// Parses an encoded text. An invalid percent-encoding is kept as it is; bytes that are not UTF-8 become
    /// `U+FFFD`.
    pub fn parse(encoded: &str) -> Self {
        Self(
            encoded
                .split('&')
                .filter(|pair| !pair.is_empty())
                .map(|pair| {
                    let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
                    (decode(name), decode(value))
                })
                .collect(),
        )
    }

    /// The first value of this name.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.iter()
            .find(|(other, _)| *other == name)
            .map(|(_, value)| value)
    }

    /// Every value of this name.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.iter()
            .filter(move |(other, _)| *other == name)
            .map(|(_, value)| value)
    }

    /// Every name and value.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }
}

/// Encodes `text` for a query string, a form or a path segment.
pub fn encode(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                encoded.push(char::from(byte));
            }
            _ => {
                const DIGITS: [char; 16] = [
                    '0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'A', 'B', 'C', 'D', 'E', 'F',
                ];
                let digit = |value: u8| DIGITS.get(usize::from(value)).copied().unwrap_or('0');
                encoded.extend(['%', digit(byte >> 4), digit(byte & 15)]);
            }
        }
    }
    encoded
}

fn decode(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'+' => b' ',
            b'%' => {
                let mut ahead = rest.clone();
                let mut digit = || char::from(ahead.next()?).to_digit(16);
                match digit().and_then(|high| Some(high * 16 + digit()?)) {
                    Some(value) => {
                        rest = ahead;
                        u8::try_from(value).unwrap_or(b'%')
                    }
                    None => b'%',
                }
            }
            byte => byte,
        });
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn encoded_parameters_round_trip() {
        let text = "Gəncə & Şəki=100% +/?";
        let params = Params::parse(&format!("q={}", encode(text)));
        assert_eq!(params.get("q"), Some(text));
    }

    #[test]
    fn names_may_repeat_and_values_may_be_missing_or_broken() {
        let params = Params::parse("a=1&a=2&b&&c=%zz%4&d=%ff&e=x+y");
        assert_eq!(params.all("a").collect::<Vec<_>>(), ["1", "2"]);
        assert_eq!(params.get("b"), Some(""));
        assert_eq!(params.get("c"), Some("%zz%4"));
        assert_eq!(params.get("d"), Some("\u{fffd}"));
        assert_eq!(params.get("e"), Some("x y"));
        assert_eq!(params.get("f"), None);
    }
}
