//! What a plug-in says and what the host says about it, as structured, capped lines for its developer.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use aim_gov::clock::{Clock, Timestamp};

use crate::limits::{
    LOG_CONTEXT_BYTES_MAX, LOG_LINE_BYTES_MAX, LOG_LINES_KEPT_MAX, LOG_LINES_PER_REQUEST_MAX,
};

/// How serious a line is (the levels of `wasi:logging`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "lowercase")]
#[expect(missing_docs, reason = "the names are the meaning")]
pub enum Level {
    Trace,
    Debug,
    Info,
    Warn,
    Error,
    Critical,
}

impl Level {
    /// The name, as in `wasi:logging`.
    pub fn code(self) -> &'static str {
        match self {
            Self::Trace => "trace",
            Self::Debug => "debug",
            Self::Info => "info",
            Self::Warn => "warn",
            Self::Error => "error",
            Self::Critical => "critical",
        }
    }
}

/// Who wrote a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Source {
    /// The plug-in, through `wasi:logging`.
    Plugin,
    /// The plug-in, on its standard output.
    Stdout,
    /// The plug-in, on its standard error; also where a panic of a WASI program goes.
    Stderr,
    /// The host, about the plug-in: a trap, a limit, a response that was not allowed.
    Host,
}

impl Source {
    /// The name on pages.
    pub fn code(self) -> &'static str {
        match self {
            Self::Plugin => "plugin",
            Self::Stdout => "stdout",
            Self::Stderr => "stderr",
            Self::Host => "host",
        }
    }
}

/// One line. Its message may come from the plug-in: escape it wherever it is shown.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct LogLine {
    /// When.
    pub at: Timestamp,
    /// In which request.
    pub request_id: String,
    /// How serious.
    pub level: Level,
    /// Who wrote it.
    pub source: Source,
    /// Which part speaks; for the host's lines the stable code of the event, such as `trap`.
    pub context: String,
    /// What it says: one line, without control characters.
    pub message: String,
}

/// The newest lines of one service. Survives its replacement by a newer version.
#[derive(Debug, Default)]
pub struct Logs(Mutex<VecDeque<LogLine>>);

impl Logs {
    /// The lines kept, newest last.
    pub fn lines(&self) -> Vec<LogLine> {
        let lines = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        lines.iter().cloned().collect()
    }

    /// The lines kept; the log begins anew.
    pub(crate) fn take(&self) -> Vec<LogLine> {
        let mut lines = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::take(&mut *lines).into()
    }

    fn push(&self, line: LogLine) {
        let mut lines = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if lines.len() >= LOG_LINES_KEPT_MAX {
            lines.pop_front();
        }
        lines.push_back(line);
    }
}

/// The log of one request. Clones share its allowance.
#[derive(Clone, Debug)]
pub struct RequestLog(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    logs: Arc<Logs>,
    clock: Clock,
    request_id: String,
    left: Mutex<u32>,
}

impl RequestLog {
    /// The log of the request `request_id`, whose lines go to `logs`.
    pub fn new(logs: Arc<Logs>, clock: Clock, request_id: String) -> Self {
        Self(Arc::new(Inner {
            logs,
            clock,
            request_id,
            left: Mutex::new(LOG_LINES_PER_REQUEST_MAX),
        }))
    }

    /// Writes a line of the plug-in's, within the allowance of the request.
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

    /// Writes a line of the host's about the plug-in. Not bounded: the host writes a few a request, whatever the plug-in does.
    pub fn host(&self, level: Level, code: &'static str, message: &str) {
        self.write(Source::Host, level, code, message);
    }

    fn write(&self, source: Source, level: Level, context: &str, message: &str) {
        self.0.logs.push(LogLine {
            at: self.0.clock.now(),
            request_id: self.0.request_id.clone(),
            level,
            source,
            context: one_line(context, LOG_CONTEXT_BYTES_MAX),
            message: one_line(message, LOG_LINE_BYTES_MAX),
        });
    }
}

/// `text` without control characters, so that a line stays a line wherever it is printed, and cut at
/// `bytes_max`.
fn one_line(text: &str, bytes_max: usize) -> String {
    let mut line = String::with_capacity(text.len().min(bytes_max));
    for character in text.trim_end().chars() {
        let character = if character.is_control() { ' ' } else { character };
        if line.len() + character.len_utf8() > bytes_max {
            line.push('…');
            break;
        }
        line.push(character);
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    fn log() -> (Arc<Logs>, RequestLog) {
        let logs = Arc::new(Logs::default());
        let clock = Clock::manual(Timestamp(5));
        (logs.clone(), RequestLog::new(logs, clock, "req_1".to_owned()))
    }

    #[test]
    fn a_line_stays_one_line_and_is_cut() {
        let (logs, log) = log();
        log.plugin(Source::Stdout, Level::Info, "a\nb", "x\u{1b}[31m\r\nforged");
        log.plugin(Source::Stdout, Level::Info, "", &"ə".repeat(LOG_LINE_BYTES_MAX));
        let lines = logs.lines();
        assert_eq!(lines[0].context, "a b");
        assert_eq!(lines[0].message, "x [31m  forged");
        assert_eq!(lines[1].message.chars().count(), LOG_LINE_BYTES_MAX / 2 + 1);
    }

    #[test]
    fn a_flood_is_cut_and_says_so_once() {
        let (logs, log) = log();
        for _ in 0..LOG_LINES_PER_REQUEST_MAX * 3 {
            log.plugin(Source::Plugin, Level::Info, "", "again");
        }
        let lines = logs.lines();
        assert_eq!(lines.len(), usize::try_from(LOG_LINES_PER_REQUEST_MAX).unwrap());
        assert_eq!(lines.iter().filter(|line| line.context == "log-limit").count(), 1);
    }

    #[test]
    fn the_oldest_lines_of_a_service_go_first() {
        let (logs, log) = log();
        for number in 0..LOG_LINES_KEPT_MAX + 5 {
            log.host(Level::Info, "n", &number.to_string());
        }
        assert_eq!(logs.lines().len(), LOG_LINES_KEPT_MAX);
        assert_eq!(logs.lines()[0].message, "5");
    }
}
