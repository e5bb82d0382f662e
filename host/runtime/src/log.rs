//! The log lines of a plug-in, and of the host about it, structured and limited, for its developer.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use aim_gov::clock::{Clock, Timestamp};
use aim_gov::error::GovError;

use crate::limits::{
    LOG_CONTEXT_BYTES_MAX, LOG_LINE_BYTES_MAX, LOG_LINES_PER_REQUEST_MAX, LOG_LINES_WAITING_MAX,
    LOG_TARGET_BYTES_MAX,
};

/// The severity of a line (the levels of `wasi:logging`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[derive(serde::Serialize)]
#[derive(strum::IntoStaticStr, strum::EnumString, strum::VariantArray)]
#[strum(serialize_all = "lowercase")]
#[serde(rename_all = "lowercase")]
pub enum Level {
    Trace,
    Debug,
    Info,
    Warn,
    Error,
    Critical,
}

aim_gov::coded!(Level);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[derive(serde::Serialize)]
#[derive(strum::IntoStaticStr, strum::EnumString, strum::VariantArray)]
#[strum(serialize_all = "lowercase")]
#[serde(rename_all = "lowercase")]
pub enum Source {
    /// The plug-in, through `wasi:logging`.
    Plugin,
    Stdout,
    /// The plug-in's standard error, which also has the panics of WASI programs.
    Stderr,
    /// The host: a trap, a limit, a response that was not allowed.
    Host,
}

aim_gov::coded!(Source);

/// One line. Its message may come from the plug-in: escape it before showing it.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct LogLine {
    pub at: Timestamp,
    pub request: Arc<Asked>,
    pub level: Level,
    pub source: Source,
    /// The origin within the plug-in; for the host's lines the stable code of the event, such as `trap`.
    pub context: String,
    /// The message, without control characters other than line feeds and tabs.
    pub message: String,
}

/// The request of a line.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Asked {
    /// Its id, which the citizen sees when it fails.
    pub id: String,
    pub version: String,
    /// Its method and path. The query is omitted, because it may have data of a citizen.
    pub target: String,
    pub vetting: bool,
}

impl Asked {
    /// The request `id` for `target`, a method and a path, of which at most [`LOG_TARGET_BYTES_MAX`] are kept.
    pub fn new(id: String, version: String, target: &str, vetting: bool) -> Self {
        Self {
            id,
            version,
            target: one_line(target, LOG_TARGET_BYTES_MAX),
            vetting,
        }
    }
}

/// The lines of one service that wait to be stored, at most [`LOG_LINES_WAITING_MAX`], regardless of how fast
/// visitors make the service log. Outlives the versions of the service.
#[derive(Debug, Default)]
pub struct Logs(Mutex<Waiting>);

#[derive(Debug, Default)]
struct Waiting {
    lines: VecDeque<LogLine>,
    /// How many lines were dropped since lines were last taken.
    dropped: u64,
}

impl Logs {
    /// The waiting lines, newest last.
    pub fn lines(&self) -> Vec<LogLine> {
        let waiting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        waiting.lines.iter().cloned().collect()
    }

    /// Takes the waiting lines. If some were dropped, the first line tells how many.
    pub(crate) fn take(&self) -> Vec<LogLine> {
        let Waiting { lines, dropped } =
            std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner));
        let note = lines.front().filter(|_| dropped > 0).map(|first| LogLine {
            at: first.at,
            request: Arc::default(),
            level: Level::Warn,
            source: Source::Host,
            context: "log-overflow".to_owned(),
            message: format!("the service wrote too much at once; {dropped} lines before this one are lost"),
        });
        note.into_iter().chain(lines).collect()
    }

    /// Adds a line, dropping the oldest if necessary.
    pub(crate) fn push(&self, line: LogLine) {
        let mut waiting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if waiting.lines.len() >= LOG_LINES_WAITING_MAX {
            waiting.lines.pop_front();
            waiting.dropped = waiting.dropped.saturating_add(1);
        }
        waiting.lines.push_back(line);
    }
}

/// The log of one request. Clones share its limit.
#[derive(Clone, Debug)]
pub struct RequestLog(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    logs: Arc<Logs>,
    clock: Clock,
    request: Arc<Asked>,
    left: Mutex<u32>,
}

impl RequestLog {
    /// The log of `request`, whose lines go to `logs`.
    pub fn new(logs: Arc<Logs>, clock: Clock, request: Asked) -> Self {
        Self(Arc::new(Inner {
            logs,
            clock,
            request: Arc::new(request),
            left: Mutex::new(LOG_LINES_PER_REQUEST_MAX),
        }))
    }

    /// Writes a line that the plug-in causes, within the limit of the request.
    pub fn plugin(&self, source: Source, level: Level, context: &str, message: &str) {
        {
            let mut left = self.0.left.lock().unwrap_or_else(PoisonError::into_inner);
            match *left {
                0 => return,
                1 => {
                    *left = 0;
                    drop(left);
                    return self.host(
                        Level::Warn,
                        "log-limit",
                        &format!(
                            "more than {LOG_LINES_PER_REQUEST_MAX} lines in one request; the rest is dropped"
                        ),
                    );
                }
                _ => *left -= 1,
            }
        }
        self.write(source, level, context, message);
    }

    /// Logs why the host refused a call of the plug-in, such as `payments.create`, within the limit of the
    /// request. A pending log-in or consent is normal and is not logged.
    pub(crate) fn refused(&self, call: &str, error: &GovError) {
        let Some(advice) = advice(error) else { return };
        self.plugin(
            Source::Host,
            Level::Warn,
            error.code(),
            &format!("{call}: {advice}"),
        );
    }

    /// The request that it is the log of.
    pub(crate) fn request(&self) -> Arc<Asked> {
        self.0.request.clone()
    }

    /// Writes a line of the host about the plug-in. It is not limited: the host writes only a few for each
    /// request.
    pub fn host(&self, level: Level, code: &'static str, message: &str) {
        self.write(Source::Host, level, code, message);
    }

    fn write(&self, source: Source, level: Level, context: &str, message: &str) {
        self.0.logs.push(LogLine {
            at: self.0.clock.now(),
            request: self.0.request.clone(),
            level,
            source,
            context: one_line(context, LOG_CONTEXT_BYTES_MAX),
            message: text(message, LOG_LINE_BYTES_MAX),
        });
    }
}

/// Why a call is refused, and the remedy, for the developer; `None` where the citizen settles it on a screen of the host.
pub(crate) fn advice(error: &GovError) -> Option<&str> {
    Some(match error {
        GovError::LoginRequired(_)
        | GovError::StepUpRequired(_)
        | GovError::ConsentRequired(_)
        | GovError::ConsentPaused(_)
        | GovError::ConsentRevoked(_)
        | GovError::ConsentExpired(_) => return None,
        GovError::AccessDenied(problem)
        | GovError::InvalidRequest(problem)
        | GovError::Conflict(problem)
        | GovError::TooManyRequests(problem)
        | GovError::Unavailable(problem)
        | GovError::UnknownOutcome(problem) => &problem.detail,
        GovError::LimitExceeded(_) => "a limit of the approval is reached",
        GovError::Suspended => "the service is suspended, or its test has ended",
        GovError::NotFound => "this object does not exist, or it belongs to another service",
    })
}

/// `text` in one line, without control characters, truncated to `bytes_max`.
fn one_line(text: &str, bytes_max: usize) -> String {
    clean(text, bytes_max, |_| false)
}

/// `text` without control characters other than line feeds and tabs, so that a traceback stays readable and the
/// text cannot control a terminal; truncated to `bytes_max`.
fn text(text: &str, bytes_max: usize) -> String {
    clean(text, bytes_max, |character| matches!(character, '\n' | '\t'))
}

fn clean(text: &str, bytes_max: usize, kept: impl Fn(char) -> bool) -> String {
    let mut clean = String::with_capacity(text.len().min(bytes_max));
    for character in text.trim_end().chars() {
        let character = match character {
            '\r' => continue,
            other if other.is_control() && !kept(other) => ' ',
            other => other,
        };
        if clean.len() + character.len_utf8() > bytes_max {
            clean.push('…');
            break;
        }
        clean.push(character);
    }
    clean
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn log() -> (Arc<Logs>, RequestLog) {
        let logs = Arc::new(Logs::default());
        let clock = Clock::manual(Timestamp(5));
        (logs.clone(), RequestLog::new(logs, clock, Asked::default()))
    }

    #[test]
    fn message_keeps_its_lines_and_nothing_that_steers_a_terminal_and_is_cut() {
        let (logs, log) = log();
        log.plugin(
            Source::Stdout,
            Level::Info,
            "a\nb",
            "x\u{1b}[31m\r\n\tat y\u{85}z\n",
        );
        log.plugin(Source::Stdout, Level::Info, "", &"ə".repeat(LOG_LINE_BYTES_MAX));
        let lines = logs.lines();
        assert_eq!(lines[0].context, "a b");
        assert_eq!(lines[0].message, "x [31m\n\tat y z");
        assert_eq!(lines[1].message.chars().count(), LOG_LINE_BYTES_MAX / 2 + 1);
    }

    #[test]
    fn target_has_no_control_characters_and_is_cut() {
        let asked = Asked::new(
            String::new(),
            String::new(),
            &format!("GET /\n{}", "x".repeat(9_000)),
            false,
        );
        assert!(asked.target.starts_with("GET / xx"), "{}", asked.target);
        assert_eq!(asked.target.chars().count(), LOG_TARGET_BYTES_MAX + 1);
    }

    #[test]
    fn refusal_is_a_line_with_the_hosts_advice_unless_the_citizen_can_settle_it() {
        let (logs, log) = log();
        log.refused(
            "identity.claims",
            &GovError::LoginRequired("http://localhost/az/login".to_owned()),
        );
        assert_eq!(logs.lines(), []);
        log.refused(
            "identity.claims",
            &GovError::denied("purpose-not-declared", "declare it"),
        );
        let [line] = &logs.lines()[..] else {
            panic!("not one line")
        };
        assert_eq!(
            (
                line.source,
                line.level,
                line.context.as_str(),
                line.message.as_str()
            ),
            (
                Source::Host,
                Level::Warn,
                "purpose-not-declared",
                "identity.claims: declare it"
            )
        );
    }

    #[test]
    fn flood_of_refusals_is_cut_too() {
        let (logs, log) = log();
        for _ in 0..LOG_LINES_PER_REQUEST_MAX * 3 {
            log.refused("payments.get", &GovError::NotFound);
        }
        assert_eq!(
            logs.lines().len(),
            usize::try_from(LOG_LINES_PER_REQUEST_MAX).unwrap()
        );
    }

    #[test]
    fn flood_is_cut_and_says_so_once() {
        let (logs, log) = log();
        for _ in 0..LOG_LINES_PER_REQUEST_MAX * 3 {
            log.plugin(Source::Plugin, Level::Info, "", "again");
        }
        let lines = logs.lines();
        assert_eq!(lines.len(), usize::try_from(LOG_LINES_PER_REQUEST_MAX).unwrap());
        assert_eq!(lines.iter().filter(|line| line.context == "log-limit").count(), 1);
    }

    #[test]
    fn oldest_lines_make_room_and_their_number_is_told() {
        let (logs, log) = log();
        for number in 0..LOG_LINES_WAITING_MAX + 5 {
            log.host(Level::Info, "n", &number.to_string());
        }
        let taken = logs.take();
        assert_eq!(taken.len(), LOG_LINES_WAITING_MAX + 1);
        assert_eq!(taken[0].context, "log-overflow");
        assert!(taken[0].message.contains(" 5 lines "), "{}", taken[0].message);
        assert_eq!(taken[1].message, "5");
        assert_eq!(logs.take(), []);
    }

    #[test]
    fn each_level_and_source_has_its_own_code() {
        let levels: BTreeSet<_> = Level::ALL.iter().map(|level| level.code()).collect();
        let sources: BTreeSet<_> = Source::ALL.iter().map(|source| source.code()).collect();
        assert_eq!((levels.len(), sources.len()), (6, 4));
    }
}
