use lopdf::{IncrementalDocument, StringFormat};

use super::super::lab::{Lab, NOW, signed_pdf, token};
use super::*;
use crate::signature::blank_pdf;
use crate::signature::cms::ToSign;

fn all(lab: &Lab, file: &[u8]) -> Vec<Found> {
    read(file, &lab.root.certificate).unwrap()
}

fn one(lab: &Lab, file: &[u8]) -> Found {
    let mut found = all(lab, file);
    assert_eq!(found.len(), 1);
    found.remove(0)
}

/// A file that the person signed.
fn signed(lab: &Lab, stamped: bool) -> Vec<u8> {
    let stamp =
        |value: &[u8]| stamped.then(|| token(&lab.stamper, &lab.root, &sha256(value), NOW.plus_days(1)));
    signed_pdf(&lab.person, &lab.chain(), blank_pdf().unwrap(), stamp)
}

fn position(file: &[u8], wanted: &[u8]) -> usize {
    file.windows(wanted.len())
        .position(|window| window == wanted)
        .unwrap()
}

/// Where the numbers of the only signature are, and what they say.
fn range(file: &[u8]) -> (usize, usize, [i64; 4]) {
    let begin = position(file, b"/ByteRange") + b"/ByteRange".len();
    let begin = begin + position(&file[begin..], b"[");
    let end = begin + position(&file[begin..], b"]") + 1;
    let numbers = std::str::from_utf8(&file[begin + 1..end - 1]).unwrap();
    let numbers: Vec<i64> = numbers
        .split_whitespace()
        .map(|one| one.parse().unwrap())
        .collect();
    (begin, end, numbers.try_into().unwrap())
}

/// The same file with other numbers in their place, which had blanks behind it.
fn with_range(file: &[u8], numbers: &str) -> Vec<u8> {
    let (begin, end, _) = range(file);
    let blanks = file[end..].iter().take_while(|byte| **byte == b' ').count();
    let mut file = file.to_vec();
    let text = format!("{numbers:<width$}", width = end + blanks - begin);
    assert_eq!(text.len(), end + blanks - begin, "{numbers}");
    file[begin..begin + text.len()].copy_from_slice(text.as_bytes());
    file
}

/// The same file, signed again by the person as its numbers say.
fn signed_again(lab: &Lab, file: &[u8]) -> Vec<u8> {
    let (_, _, [_, begin, after, rest]) = range(file);
    let [begin, after, rest] = [begin, after, rest].map(|one| usize::try_from(one).unwrap());
    let covered = [&file[..begin], &file[after..after + rest]].concat();
    let to_sign = ToSign::new(DATA, &sha256(&covered), lab.chain()).unwrap();
    let value = lab.person.key.sign(&to_sign.bytes().unwrap());
    let message = hex::encode(to_sign.signed(&value, None, None).unwrap());
    let mut file = file.to_vec();
    let contents = position(&file, b"/Contents");
    let slot = contents + position(&file[contents..], b"<") + 1;
    let end = slot + position(&file[slot..], b">");
    file[slot..end].fill(b'0');
    file[slot..slot + message.len()].copy_from_slice(message.as_bytes());
    file
}

/// The file with an update that changes an object.
fn updated(file: &[u8], change: impl FnOnce(&mut IncrementalDocument)) -> Vec<u8> {
    let document = pdf::readable(file).unwrap();
    let mut update = IncrementalDocument::create_from(file.to_vec(), document);
    change(&mut update);
    let mut bytes = Vec::new();
    update.save_to(&mut bytes).unwrap();
    bytes
}

#[test]
fn signature_that_holds_names_its_signer_and_times() {
    let lab = Lab::new(7);
    for stamped in [false, true] {
        let found = one(&lab, &signed(&lab, stamped));
        assert_eq!(
            (found.wrong, found.claimed, found.covers_all),
            (None, Some(NOW), true)
        );
        assert_eq!(found.chain, lab.chain());
        let stamps: Vec<Timestamp> = found.stamps.iter().map(|stamp| stamp.at).collect();
        assert_eq!(stamps, vec![NOW.plus_days(1); usize::from(stamped)]);
    }
}

#[test]
fn file_without_a_signature_is_told_apart() {
    let lab = Lab::new(7);
    let blank = blank_pdf().unwrap();
    let cut = blank[..blank.len() / 2].to_vec();
    for (file, expected) in [
        (blank, NotSigned::Missing),
        (cut, NotSigned::NotPdf),
        (b"%PDF-1.7\n".to_vec(), NotSigned::NotPdf),
    ] {
        let found = read(&file, &lab.root.certificate).map(drop);
        assert_eq!(found, Err(expected), "{}", file.len());
    }
    let mut many = signed(&lab, false);
    for _ in 0..SIGNATURES_MAX {
        assert!(read(&many, &lab.root.certificate).is_ok());
        many = signed_pdf(&lab.person, &lab.chain(), many, |_| None);
    }
    assert_eq!(
        read(&many, &lab.root.certificate).map(drop),
        Err(NotSigned::NotPdf)
    );
}

#[test]
fn flipped_byte_is_a_hash_failure() {
    let lab = Lab::new(7);
    let mut file = signed(&lab, true);
    let at = position(&file, b"595");
    file[at] = b'6';
    let found = one(&lab, &file);
    assert_eq!(found.wrong, Some(SubIndication::HashFailure));
    assert!(found.chain.is_empty());
}

#[test]
fn what_is_added_later_is_not_covered() {
    let lab = Lab::new(7);
    let first = signed(&lab, false);
    let page = updated(&first, |update| {
        let page = update.get_prev_documents().page_iter().next().unwrap();
        update.opt_clone_object_to_new_document(page).unwrap();
        let page = update.new_document.get_dictionary_mut(page).unwrap();
        page.set("MediaBox", vec![0.into(), 0.into(), 1.into(), 1.into()]);
    });
    let found = one(&lab, &page);
    assert_eq!((found.wrong, found.covers_all), (None, false));
    let second = signed_pdf(&lab.person, &lab.chain(), first, |_| None);
    let covers: Vec<bool> = all(&lab, &second).iter().map(|found| found.covers_all).collect();
    assert_eq!(covers, [false, true]);
    assert!(all(&lab, &second).iter().all(|found| found.wrong.is_none()));
}

/// The hole in what is signed holds the value alone, however well the rest is signed.
#[test]
fn hole_with_more_than_the_value_is_refused() {
    let lab = Lab::new(7);
    let good = signed(&lab, false);
    let (_, _, [_, begin, after, rest]) = range(&good);
    let said = |numbers: String| {
        let file = with_range(&good, &numbers);
        let found = one(&lab, &signed_again(&lab, &file));
        found.wrong
    };
    assert_eq!(said(format!("[0 {begin} {after} {rest}]")), None, "as it was");
    // Up to the end of the dictionary, which looks like a value from both ends.
    let from = usize::try_from(after).unwrap();
    let more = i64::try_from(position(&good[from..], b">>") + 2).unwrap();
    for (begin, after, rest) in [
        (begin, after + more, rest - more),
        (begin - 1, after, rest),
        (begin, after + 1, rest - 1),
        (begin - 20, after + 20, rest - 20),
        (begin + 1, after, rest),
        (begin, after - 1, rest + 1),
        // Nothing but a piece of the value.
        (begin + 2, after - 2, rest + 2),
        // Two parts that overlap.
        (begin, begin - 10, rest),
        // A hole without a value.
        (10, 30, rest),
    ] {
        let wrong = said(format!("[0 {begin} {after} {rest}]"));
        assert_eq!(
            wrong,
            Some(SubIndication::FormatFailure),
            "{begin} {after} {rest}"
        );
    }
}

#[test]
fn range_that_is_none_is_refused() {
    let lab = Lab::new(7);
    let good = signed(&lab, false);
    let (_, _, [_, begin, after, rest]) = range(&good);
    for numbers in [
        format!("[0 {begin} {after}]"),
        format!("[0 {begin} {after} {rest} 0]"),
        format!("[1 {begin} {after} {rest}]"),
        format!("[-1 {begin} {after} {rest}]"),
        format!("[0 -{begin} {after} {rest}]"),
        format!("[0 {begin} {after} -{rest}]"),
        format!("[0 {begin} {after} {}]", rest + 1),
        format!("[0 {after} {begin} {rest}]"),
        format!("[0 9999999 {after} {rest}]"),
        "[]".to_owned(),
        "null".to_owned(),
        "(a)".to_owned(),
    ] {
        // Some of them are no PDF for a strict reader.
        match read(&with_range(&good, &numbers), &lab.root.certificate) {
            Ok(found) => assert_eq!(found[0].wrong, Some(SubIndication::FormatFailure), "{numbers}"),
            Err(wrong) => assert_eq!(wrong, NotSigned::NotPdf, "{numbers}"),
        }
    }
}

#[test]
fn nothing_hides_behind_the_value() {
    let lab = Lab::new(7);
    let mut file = signed(&lab, false);
    let (_, _, [_, _, after, _]) = range(&file);
    let last = usize::try_from(after).unwrap() - 2;
    file[last] = b'1';
    assert_eq!(one(&lab, &file).wrong, Some(SubIndication::FormatFailure));
}

#[test]
fn signature_says_of_itself_what_its_revision_says() {
    let lab = Lab::new(7);
    let good = signed(&lab, false);
    let changed = updated(&good, |update| {
        let before = update.get_prev_documents();
        let (id, own) = before
            .objects
            .iter()
            .find(|(_, object)| object.as_dict().is_ok_and(|one| one.has(b"ByteRange")))
            .unwrap();
        let (id, mut own) = (*id, own.as_dict().unwrap().clone());
        own.set("M", Object::string_literal("D:20010101000000Z"));
        update.new_document.objects.insert(id, Object::Dictionary(own));
    });
    let found = one(&lab, &changed);
    assert_eq!(
        (found.wrong, found.claimed, found.covers_all),
        (None, Some(NOW), false)
    );
    // Under which it has another value, it is another one.
    let exchanged = updated(&good, |update| {
        let before = update.get_prev_documents();
        let (id, own) = before
            .objects
            .iter()
            .find(|(_, object)| object.as_dict().is_ok_and(|one| one.has(b"ByteRange")))
            .unwrap();
        let (id, mut own) = (*id, own.as_dict().unwrap().clone());
        own.set("Contents", Object::String(vec![0; 20], StringFormat::Hexadecimal));
        update.new_document.objects.insert(id, Object::Dictionary(own));
    });
    assert_eq!(one(&lab, &exchanged).wrong, Some(SubIndication::FormatFailure));
}

#[test]
fn signature_of_another_form_is_refused() {
    let lab = Lab::new(7);
    let mut file = signed(&lab, false);
    let at = position(&file, SUB_FILTER);
    file[at..at + SUB_FILTER.len()].copy_from_slice(b"ETSI.CAdES.attached");
    assert_eq!(
        one(&lab, &signed_again(&lab, &file)).wrong,
        Some(SubIndication::FormatFailure)
    );
}

#[test]
fn signer_of_another_authority_is_not_named() {
    let (lab, foreign) = (Lab::new(7), Lab::new(8));
    let found = one(&lab, &signed(&foreign, true));
    assert_eq!(found.wrong, Some(SubIndication::NoCertificateChainFound));
    assert!(found.chain.is_empty() && found.stamps.is_empty());
}

#[test]
fn stamp_over_something_else_proves_nothing() {
    let lab = Lab::new(7);
    let stamp = |_: &[u8]| Some(token(&lab.stamper, &lab.root, &sha256(b"other"), NOW));
    let file = signed_pdf(&lab.person, &lab.chain(), blank_pdf().unwrap(), stamp);
    let found = one(&lab, &file);
    assert_eq!((found.wrong, found.stamps.len()), (None, 0));
}

#[test]
fn field_under_itself_ends() {
    let lab = Lab::new(7);
    let looped = updated(&signed(&lab, false), |update| {
        let before = update.get_prev_documents();
        let (id, field) = before
            .objects
            .iter()
            .find(|(_, object)| object.as_dict().is_ok_and(|one| one.has(b"FT")))
            .unwrap();
        let (id, mut field) = (*id, field.as_dict().unwrap().clone());
        field.set("Kids", vec![Object::Reference(id); 3]);
        update.new_document.objects.insert(id, Object::Dictionary(field));
    });
    let found = one(&lab, &looped);
    assert_eq!((found.wrong, found.covers_all), (None, false));
}

#[test]
fn form_with_too_many_fields_is_refused() {
    let lab = Lab::new(7);
    let many = updated(&signed(&lab, false), |update| {
        let before = update.get_prev_documents();
        let id = before
            .catalog()
            .unwrap()
            .get(b"AcroForm")
            .unwrap()
            .as_reference()
            .unwrap();
        update.opt_clone_object_to_new_document(id).unwrap();
        let form = update.new_document.get_dictionary_mut(id).unwrap();
        form.set("Fields", vec![Object::Null; FIELDS_MAX + 1]);
    });
    assert_eq!(
        read(&many, &lab.root.certificate).map(drop),
        Err(NotSigned::NotPdf)
    );
}

#[test]
fn moments_have_a_zone() {
    for (text, moment_in_utc) in [
        ("D:20261130072500Z", "2026-11-30T07:25:00Z"),
        ("D:20261130072500", "2026-11-30T07:25:00Z"),
        ("D:20261130072500Z00'00'", "2026-11-30T07:25:00Z"),
        ("D:20261130072500+04'00'", "2026-11-30T03:25:00Z"),
        ("D:20261130072500-01", "2026-11-30T08:25:00Z"),
    ] {
        assert_eq!(moment(text), Timestamp::parse(moment_in_utc), "{text}");
        assert!(moment(text).is_some());
    }
    for text in [
        "",
        "D:",
        "20261130072500Z",
        "D:2026",
        "D:20261330072500Z",
        "D:20261130072500+ə",
        "D:2026113007250ə",
    ] {
        assert_eq!(moment(text), None, "{text}");
    }
}
