//! The part of Solr's query syntax that catalogues are asked in: `q` and `fq` of `package_search`.
//!
//! Words, `field:value`, `field:"value"`, `field:(a OR b)` and `field:[a TO b]`, with `+`, `-`, `!`, `NOT`, `AND` and
//! `OR`. As in CKAN, conditions without an operator between them must all hold; conditions joined by `OR` are
//! alternatives, and bind closer, which is what the harvester means by `groups:a OR groups:b metadata_modified:[…]`.
//! Anything else is refused, since it would find something else than was asked for.

/// The longest query, in bytes.
pub(super) const QUERY_BYTES_MAX: usize = 4_096;
/// Conditions and words of a query.
pub(super) const CLAUSES_MAX: usize = 64;
/// Characters of unsupported syntax that its error repeats.
const ECHO_CHARS_MAX: usize = 64;

/// What a query asks for: each word is found, and in each list of alternatives one condition holds.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Parsed {
    pub(super) words: Vec<String>,
    pub(super) alternatives: Vec<Vec<Clause>>,
}

/// One condition.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Clause {
    pub(super) negated: bool,
    pub(super) field: String,
    pub(super) value: Value,
}

#[derive(Debug, PartialEq, Eq)]
pub(super) enum Value {
    /// `*`: the field has a value.
    Any,
    OneOf(Vec<String>),
    /// From and to, both included; `None` for `*`.
    Range(Option<String>, Option<String>),
}

/// A syntax that is not supported: the token, or what is wrong.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Unsupported(pub(super) String);

/// # Errors
/// [`Unsupported`], with the token.
pub(super) fn parse(query: &str) -> Result<Parsed, Unsupported> {
    if query.len() > QUERY_BYTES_MAX {
        return Err(Unsupported(format!(
            "a query of more than {QUERY_BYTES_MAX} bytes"
        )));
    }
    let mut parser = Parser {
        rest: query.trim(),
        parsed: Parsed::default(),
        clauses: 0,
    };
    parser.run()?;
    Ok(parser.parsed)
}

struct Parser<'q> {
    rest: &'q str,
    parsed: Parsed,
    clauses: usize,
}

impl<'q> Parser<'q> {
    fn run(&mut self) -> Result<(), Unsupported> {
        // Whether the previous token was `OR`, and whether it was a condition.
        let (mut or, mut after_clause) = (false, false);
        let mut open = 0_u8;
        loop {
            self.rest = self.rest.trim_start();
            if self.rest.is_empty() {
                break;
            }
            if self.take("(") {
                // Only around alternatives: nesting would need a tree.
                if open > 0 || or {
                    return Err(self.unsupported("("));
                }
                open += 1;
                after_clause = false;
                continue;
            }
            if self.take(")") {
                if open == 0 || or || !after_clause {
                    return Err(self.unsupported(")"));
                }
                open -= 1;
                continue;
            }
            if self.operator(&["AND", "&&"]) {
                // Inside of parentheses it would separate what they hold together.
                if or || open > 0 {
                    return Err(self.unsupported("AND"));
                }
                continue;
            }
            if self.operator(&["OR", "||"]) {
                if or || !after_clause {
                    return Err(self.unsupported("OR"));
                }
                or = true;
                continue;
            }
            let start = self.rest;
            let negated = self.operator(&["NOT"]) || self.take("-") || self.take("!");
            if !negated && self.take("+") && self.rest.starts_with('(') {
                continue;
            }
            self.rest = self.rest.trim_start();
            self.clauses += 1;
            if self.clauses > CLAUSES_MAX {
                return Err(Unsupported(format!("a query of more than {CLAUSES_MAX} parts")));
            }
            match self.clause(start, negated)? {
                Some(clause) => {
                    if open > 0 && after_clause && !or {
                        return Err(self.unsupported(start));
                    }
                    match self.parsed.alternatives.last_mut().filter(|_| or) {
                        Some(alternatives) => alternatives.push(clause),
                        None => self.parsed.alternatives.push(vec![clause]),
                    }
                    after_clause = true;
                }
                // A word, or `*:*`.
                None => {
                    if or || negated || open > 0 {
                        return Err(self.unsupported(start));
                    }
                    after_clause = false;
                }
            }
            or = false;
        }
        if or || open > 0 {
            return Err(Unsupported("a query that ends early".to_owned()));
        }
        Ok(())
    }

    /// The condition at this place; `None` for a word, which is kept, and for `*:*`.
    fn clause(&mut self, start: &'q str, negated: bool) -> Result<Option<Clause>, Unsupported> {
        if self.take("*:*") {
            return Ok(None);
        }
        let end = self
            .rest
            .find(|letter: char| letter == ':' || letter.is_whitespace());
        let (name, after) = self.rest.split_at(end.unwrap_or(self.rest.len()));
        if let Some(after) = after.strip_prefix(':') {
            if name.is_empty()
                || !name
                    .bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
            {
                return Err(self.unsupported(start));
            }
            self.rest = after;
            return Ok(Some(Clause {
                negated,
                field: name.to_owned(),
                value: self.value(start)?,
            }));
        }
        // Words are found by their beginning anyway, so a trailing `*` has the same meaning.
        let word = name.strip_suffix('*').unwrap_or(name);
        if start.starts_with('+') || !is_plain(word) {
            return Err(self.unsupported(start));
        }
        self.parsed.words.push(word.to_owned());
        self.rest = after;
        Ok(None)
    }

    fn value(&mut self, start: &'q str) -> Result<Value, Unsupported> {
        if self.take("[") {
            let (range, after) = self.rest.split_once(']').ok_or_else(|| self.unsupported(start))?;
            let (from, to) = range.split_once(" TO ").ok_or_else(|| self.unsupported(start))?;
            self.rest = after;
            let bound = |text: &str| match text.trim().trim_matches('"') {
                "*" => None,
                bound => Some(bound.to_owned()),
            };
            return Ok(Value::Range(bound(from), bound(to)));
        }
        if self.take("(") {
            let mut values = Vec::new();
            loop {
                self.rest = self.rest.trim_start();
                values.push(self.single(start)?);
                self.rest = self.rest.trim_start();
                if self.take(")") {
                    break;
                }
                if !self.operator(&["OR", "||"]) || values.len() == CLAUSES_MAX {
                    return Err(self.unsupported(start));
                }
            }
            return Ok(Value::OneOf(values));
        }
        if self.take("*") {
            return match self.rest.chars().next() {
                None | Some(' ' | ')') => Ok(Value::Any),
                Some(_) => Err(self.unsupported(start)),
            };
        }
        Ok(Value::OneOf(vec![self.single(start)?]))
    }

    /// A quoted value or a plain one.
    fn single(&mut self, start: &'q str) -> Result<String, Unsupported> {
        if self.take("\"") {
            let (value, after) = self.rest.split_once('"').ok_or_else(|| self.unsupported(start))?;
            if value.contains('\\') {
                return Err(self.unsupported(start));
            }
            self.rest = after;
            return Ok(value.to_owned());
        }
        let end = self
            .rest
            .find(|letter: char| letter.is_whitespace() || letter == ')');
        let (value, after) = self.rest.split_at(end.unwrap_or(self.rest.len()));
        if !is_plain(value) {
            return Err(self.unsupported(start));
        }
        self.rest = after;
        Ok(value.to_owned())
    }

    fn take(&mut self, token: &str) -> bool {
        match self.rest.strip_prefix(token) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    /// An operator is a word of its own.
    fn operator(&mut self, names: &[&str]) -> bool {
        for name in names {
            if let Some(rest) = self.rest.strip_prefix(name)
                && rest.starts_with(|letter: char| letter.is_whitespace())
            {
                self.rest = rest.trim_start();
                return true;
            }
        }
        false
    }

    #[expect(clippy::unused_self, reason = "reads as the parser's own error")]
    fn unsupported(&self, start: &str) -> Unsupported {
        let token = start.split_whitespace().next().unwrap_or(start);
        Unsupported(format!(
            "`{}`",
            token.chars().take(ECHO_CHARS_MAX).collect::<String>()
        ))
    }
}

/// Whether a word or a value is not empty, and free of the characters and operators of Solr's syntax.
fn is_plain(text: &str) -> bool {
    !text.is_empty()
        && !matches!(text, "AND" | "OR" | "NOT" | "&&" | "||" | "TO")
        && !text.starts_with(['+', '-', '!', '/'])
        && !text.contains([':', '"', '(', ')', '[', ']', '{', '}', '^', '~', '*', '?', '\\'])
}

#[cfg(test)]
mod tests;
