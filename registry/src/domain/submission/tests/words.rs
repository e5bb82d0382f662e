//! What a submission says, and is read from.

use super::*;

#[test]
fn words_of_a_decision_hide_nothing() {
    for hidden in ["\u{200b}", "fine\u{202e}enif", "\u{3164}", "one\n\u{2028}two"] {
        assert_eq!(parse_grounds(hidden), Err(Reason::HiddenText), "{hidden:?}");
    }
    assert_eq!(parse_grounds(" \r\n\t "), Err(Reason::NoReason));
    let lines = "Oxundu:\r\n\thesabat, manifest.";
    assert_eq!(parse_grounds(lines).as_deref(), Ok(lines));
    let (vetted, officer) = (
        after(&[Event::Receive, Event::Pass]),
        staff("aysel", StaffRole::Officer),
    );
    let now = around(&vetted);
    let hidden = Approve {
        note: "\u{200b}".to_owned(),
        ..yes(&vetted)
    };
    let refused = vetted.clone().approve(&officer, hidden, &now, NOW).unwrap_err();
    assert_eq!(refused.reason, Reason::HiddenText);
    let refused = vetted.reject(&officer, "\u{200b}", NOW).unwrap_err();
    assert_eq!(refused.reason, Reason::HiddenText);
    let deployed = after(&TO_CITIZENS);
    let hidden = Grounds {
        internal: "\u{200b}".to_owned(),
        ..grounds()
    };
    let refused = deployed.suspend(&officer, &hidden, NOW).unwrap_err();
    assert_eq!(refused.reason, Reason::HiddenText);
}

#[test]
fn decisions_need_words() {
    let vetted = after(&[Event::Receive, Event::Pass]);
    let (officer, now) = (staff("aysel", StaffRole::Officer), around(&vetted));
    let silent = Approve {
        note: "  ".to_owned(),
        ..yes(&vetted)
    };
    assert_eq!(
        vetted
            .clone()
            .approve(&officer, silent, &now, NOW)
            .unwrap_err()
            .reason,
        Reason::NoReason
    );
    let deployed = after(&TO_CITIZENS);
    let silent = Grounds {
        internal: " ".to_owned(),
        ..grounds()
    };
    let refused = deployed.clone().suspend(&officer, &silent, NOW).unwrap_err();
    assert_eq!(refused.reason, Reason::NoReason);
    assert_eq!(
        vetted.reject(&officer, "", NOW).unwrap_err().reason,
        Reason::NoReason
    );
}

#[test]
fn newer_version_is_recognised() {
    for (version, newer) in [
        ("1.0.1", true),
        ("0.9.0", false),
        ("1.0.0-rc.1", false),
        ("1.0.0+2", false),
    ] {
        let replaced = after(&TO_CITIZENS)
            .supersede(&staff("aysel", StaffRole::Officer), &next(version), NOW)
            .unwrap();
        assert!(
            matches!(&replaced.state, State::Superseded { newer: found, .. } if *found == newer),
            "{version}: {:?}",
            replaced.state
        );
    }
}

#[test]
fn states_of_before_the_grant_was_computed_are_read() {
    let approval = |by: &str, at: i64| {
        serde_json::json!({
            "by": by, "digest": "sha256:a", "evidence": "e", "note": "n", "at": at,
            "limits": draft().manifest.limits,
        })
    };
    let live = serde_json::json!({
        "evidence": "e", "first": approval("aysel", 1), "second": approval("rashad", 2),
        "grant": { "capabilities": [] },
    });
    let read = |state: serde_json::Value| serde_json::from_value::<State>(state).unwrap();
    let approved = read(serde_json::json!({ "state": "approved", "live": live }));
    assert_eq!(approved.live().unwrap().start, Timestamp(2));
    let suspended = serde_json::json!({
        "state": "suspended", "live": live, "by": "aysel", "reason": "complaints", "at": 3,
    });
    let State::Suspended {
        grounds,
        public_reason,
        ..
    } = read(suspended)
    else {
        panic!("not suspended");
    };
    assert_eq!((grounds.as_str(), public_reason), ("complaints", None));
    let superseded = read(serde_json::json!({ "state": "superseded", "by": "sub_2", "at": 3 }));
    let expected = State::Superseded {
        by: SubmissionId("sub_2".to_owned()),
        newer: false,
        at: Timestamp(3),
    };
    assert_eq!(superseded, expected);
}
