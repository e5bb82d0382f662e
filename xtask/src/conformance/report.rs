//! The results of a client's checks, read from the Test Anything Protocol (TAP 14,
//! <https://testanything.org/tap-version-14-specification.html>): `ok 1 - name`, `not ok 2 - name`, and the
//! plan `1..2` at the end. A failed check with the directive `# TODO reason` is a known deviation.

use std::fmt;
use std::process::ExitStatus;

#[derive(Debug, Default, Eq, PartialEq)]
pub struct Report {
    passed: usize,
    /// The names of failed checks.
    failed: Vec<String>,
    /// Name and reason of known deviations.
    deviations: Vec<String>,
}

impl Report {
    /// Reads a script's output. A script that ended early or unsuccessfully has failed, whatever it printed.
    pub fn read(output: &str, status: ExitStatus) -> Self {
        let mut report = Self::default();
        let mut planned = None;
        for line in output.lines() {
            if let Some(plan) = line.strip_prefix("1..") {
                planned = plan.trim().parse().ok();
            } else if let Some(check) = line.strip_prefix("ok ") {
                match check.split_once("# TODO") {
                    Some((check, _)) => report
                        .failed
                        .push(format!("{} passes: it is not a deviation any more", name(check))),
                    None => report.passed += 1,
                }
            } else if let Some(check) = line.strip_prefix("not ok ") {
                match check.split_once("# TODO") {
                    Some((check, reason)) => {
                        report
                            .deviations
                            .push(format!("{}: {}", name(check), reason.trim()));
                    }
                    None => report.failed.push(name(check).to_owned()),
                }
            }
        }
        let run = report.passed + report.failed.len() + report.deviations.len();
        if planned != Some(run) || run == 0 {
            report
                .failed
                .push(format!("the script ended after {run} checks, before its plan"));
        } else if !status.success() && report.failed.is_empty() {
            report.failed.push(format!("the script failed ({status})"));
        }
        report
    }

    pub fn has_failed(&self) -> bool {
        !self.failed.is_empty()
    }

    pub fn add(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed.extend(other.failed);
        self.deviations.extend(other.deviations);
    }

    /// One line for each check that did not pass.
    pub fn details(&self) -> impl Iterator<Item = String> {
        let failed = self.failed.iter().map(|check| format!("failed: {check}"));
        failed.chain(self.deviations.iter().map(|check| format!("deviation: {check}")))
    }
}

impl fmt::Display for Report {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} passed, {} failed", self.passed, self.failed.len())?;
        if !self.deviations.is_empty() {
            write!(formatter, ", {} deviating", self.deviations.len())?;
        }
        Ok(())
    }
}

/// `name` of `12 - name`.
fn name(check: &str) -> &str {
    check.split_once(" - ").map_or(check, |(_, name)| name).trim()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::process::ExitStatusExt as _;

    fn read(output: &str, code: i32) -> Report {
        Report::read(output, ExitStatus::from_raw(code << 8))
    }

    #[test]
    fn checks_are_counted_by_their_result() {
        let report = read(
            "noise\nok 1 - lists\nnot ok 2 - sorts\nnot ok 3 - joins # TODO SQL is not offered\n1..3\n",
            1,
        );
        assert_eq!(report.to_string(), "1 passed, 1 failed, 1 deviating");
        let details: Vec<String> = report.details().collect();
        assert_eq!(details, ["failed: sorts", "deviation: joins: SQL is not offered"]);
    }

    #[test]
    fn a_script_that_ends_early_has_failed() {
        for (output, code) in [
            ("ok 1 - lists\n", 0),
            ("ok 1 - lists\n1..2\n", 0),
            ("", 0),
            ("1..0\n", 0),
            ("ok 1 - lists\n1..1\n", 1),
            ("ok 1 - joins # TODO SQL is not offered\n1..1\n", 0),
        ] {
            assert!(read(output, code).has_failed(), "{output:?}");
        }
        assert!(!read("ok 1 - lists\n1..1\n", 0).has_failed());
    }
}
