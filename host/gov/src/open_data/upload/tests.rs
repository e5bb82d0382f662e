use proptest::prelude::*;

use super::*;
use crate::open_data::language::Language;
use crate::open_data::query::{self, Query, Value};
use crate::open_data::table::Table;

fn guessed(file: &[u8]) -> Reading {
    read(file, &Choice::default()).unwrap()
}

/// The file as it is published.
fn published(file: &[u8], reading: &Reading) -> Vec<u8> {
    let mut written = Vec::new();
    write(file, reading, &mut written).unwrap();
    written
}

/// The values that the data store answers from a published file.
fn stored(file: &[u8], reading: &Reading) -> Vec<Vec<Value>> {
    let kinds = reading
        .columns
        .iter()
        .map(|column| column.kind.column_type())
        .collect();
    let table = Table::published(&published(file, reading), kinds, |_| Language::Az).unwrap();
    let query = Query {
        limit: 1_000,
        ..Query::default()
    };
    query::run(&table, &query).unwrap().records
}

fn text(text: &str) -> Value {
    Value::Text(text.to_owned())
}

fn kinds(reading: &Reading) -> Vec<(&str, &'static str)> {
    let kinds = reading
        .columns
        .iter()
        .map(|column| (column.name.as_str(), column.kind.code()));
    kinds.collect()
}

#[test]
fn file_of_a_spreadsheet_is_read_as_it_is_written_here() {
    let file = "Hesabat 2026\r\nrayon;əhali;artım;tarix;var\r\nŞəki;68 400;1,5;31.12.2026;true\r\nQax;12;-0,25;01.02.2026;false\r\n\r\n";
    let reading = guessed(file.as_bytes());
    assert_eq!(
        (reading.separator, reading.header_line, reading.encoding),
        (Some(Separator::Semicolon), 2, Encoding::Utf8)
    );
    let expected = [
        ("rayon", "text"),
        ("əhali", "text"),
        ("artım", "decimal-comma"),
        ("tarix", "date-with-dots"),
        ("var", "boolean"),
    ];
    assert_eq!(kinds(&reading), expected);
    // Nobody but the publisher knows that the space separates thousands.
    let choice = Choice {
        kinds: [("əhali".to_owned(), Kind::DecimalComma)].into(),
        ..Choice::default()
    };
    let reading = read(file.as_bytes(), &choice).unwrap();
    assert_eq!((reading.rows_count, reading.bad_count), (2, 0));
    assert_eq!(
        stored(file.as_bytes(), &reading),
        [
            [
                text("Şəki"),
                Value::Number(68400.0),
                Value::Number(1.5),
                text("2026-12-31"),
                Value::Boolean(true)
            ],
            [
                text("Qax"),
                Value::Number(12.0),
                Value::Number(-0.25),
                text("2026-02-01"),
                Value::Boolean(false)
            ],
        ]
    );
}

#[test]
fn comma_before_three_digits_is_not_taken_for_a_decimal_one() {
    let reading = guessed("a;b\n1,234;1,234\n5,678;1,2\n".as_bytes());
    assert_eq!(kinds(&reading), [("a", "text"), ("b", "decimal-comma")]);
}

#[test]
fn numbers_that_would_be_rounded_are_text() {
    let reading = guessed(b"a,b,c\n1.5,9007199254740993,0.1234567890123456\n2,1,1\n");
    assert_eq!(
        kinds(&reading),
        [("a", "number"), ("b", "integer"), ("c", "text")]
    );
}

#[test]
fn encodings_are_guessed_and_can_be_said() {
    let (cyrillic, _, _) = encoding_rs::WINDOWS_1251.encode("город;число\nШеки и Гянджа, Азербайджан;1\n");
    let (turkish, _, _) =
        encoding_rs::WINDOWS_1254.encode("şehir;sayı\nGöyçay, İsmayıllı değil, Gence şehri;1\n");
    let wide: Vec<u8> = "\u{feff}şəhər;say\nŞəki;1\n"
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    for (file, encoding, name) in [
        (cyrillic.to_vec(), Encoding::Windows1251, "город"),
        (turkish.to_vec(), Encoding::Windows1254, "şehir"),
        (wide, Encoding::Utf16Le, "şəhər"),
        ("\u{feff}şəhər;say\nŞəki;1\n".into(), Encoding::Utf8, "şəhər"),
    ] {
        let reading = guessed(&file);
        assert_eq!(
            (reading.encoding, reading.columns[0].name.as_str()),
            (encoding, name)
        );
        let said = Choice {
            encoding: Some(Encoding::Windows1251),
            ..Choice::default()
        };
        let other = read(&file, &said).map(|reading| reading.columns[0].name.clone());
        assert_eq!(
            other.as_deref() == Ok(name),
            encoding == Encoding::Windows1251,
            "{other:?}"
        );
    }
    let said = Choice {
        encoding: Some(Encoding::Utf8),
        ..Choice::default()
    };
    assert_eq!(
        read(b"a,b\n1,2\n\xff,3\n", &said),
        Err(FileFault::Encoding { line: 3 })
    );
}

#[test]
fn each_bad_row_has_its_line_and_its_reason() {
    let file = "a,b\n1,2\n3\n4,5,6\n\n7,\"8\n8\"\n9,1\"0\n\"11\" x,12\n13,\u{1}\n14,15\n16,\"17";
    let reading = guessed(file.as_bytes());
    let bad: Vec<_> = reading
        .bad
        .iter()
        .map(|row| (row.line, <&str>::from(&row.fault)))
        .collect();
    assert_eq!(
        bad,
        [
            (3, "width"),
            (4, "width"),
            (5, "empty-line"),
            (8, "stray-quote"),
            (9, "stray-quote"),
            (10, "control"),
            (12, "open-quote"),
        ]
    );
    assert_eq!(reading.rows_count, 3);
    let written = write(file.as_bytes(), &reading, Vec::new());
    assert!(
        matches!(written, Err(WriteError::Bad(BadRow { line: 3, .. }))),
        "{written:?}"
    );
    // A type that the publisher says.
    let choice = Choice {
        kinds: [("a".to_owned(), Kind::Integer)].into(),
        ..Choice::default()
    };
    let reading = read(b"a,b\n1,2\nx,3\n", &choice).unwrap();
    assert_eq!(
        reading.bad,
        [BadRow {
            line: 3,
            fault: RowFault::Value {
                column: "a".to_owned(),
                kind: Kind::Integer,
                value: "x".to_owned()
            }
        }]
    );
}

#[test]
fn items_of_json_are_rows_in_their_order() {
    let file = "[\n {\"ad\": \"Şəki\", \"kod\": \"09\", \"n\": 1.50},\n {\"n\": null, \"ad\": \"a\\n\\\"b\\\"\", \"yeni\": true},\n {\"n\": [1]},\n 5,\n {\"n\": 1, \"n\": 2}\n]";
    let reading = guessed(file.as_bytes());
    assert_eq!(
        kinds(&reading),
        [
            ("ad", "text"),
            ("kod", "text"),
            ("n", "number"),
            ("yeni", "boolean")
        ]
    );
    let bad: Vec<_> = reading
        .bad
        .iter()
        .map(|row| (row.line, <&str>::from(&row.fault)))
        .collect();
    assert_eq!(bad, [(4, "nested"), (5, "not-an-object"), (6, "name-twice")]);
    let good = file.replace(",\n {\"n\": [1]},\n 5,\n {\"n\": 1, \"n\": 2}", "");
    let reading = guessed(good.as_bytes());
    assert_eq!(
        stored(good.as_bytes(), &reading),
        [
            [text("Şəki"), text("09"), Value::Number(1.5), Value::Null],
            [text("a\n\"b\""), Value::Null, Value::Null, Value::Boolean(true)],
        ]
    );
}

#[test]
fn files_without_a_reading_are_refused_with_the_reason() {
    let long = format!("a\n{}\n", "x".repeat(CELL_BYTES_MAX + 1));
    assert_eq!(guessed(long.as_bytes()).bad[0].fault, RowFault::TooLong);
    let wide = |columns: usize| {
        (0..columns)
            .map(|n| format!("c{n}"))
            .collect::<Vec<_>>()
            .join(",")
    };
    let many = (0..=ROWS_MAX).map(|_| "1\n").collect::<String>();
    for (file, code) in [
        (String::new(), "empty"),
        ("a,b\n".to_owned(), "empty"),
        ("<html>".to_owned(), "markup"),
        ("[{\"a\": }]".to_owned(), "json"),
        ("{\"a\": 1}".to_owned(), "json-shape"),
        ("[1]".to_owned(), "json-shape"),
        ("a,a\n1,2\n".to_owned(), "column-twice"),
        ("a,\u{200b}\nx,y\n".to_owned(), "column-name"),
        (format!("{}\n", wide(TABLE_COLUMNS_MAX + 1)), "columns"),
        (format!("a\n{many}"), "too-many-rows"),
    ] {
        let fault = read(file.as_bytes(), &Choice::default()).unwrap_err();
        assert_eq!(<&str>::from(&fault), code, "{:.40}", file);
    }
    let choice = Choice {
        header_line: Some(9),
        ..Choice::default()
    };
    assert_eq!(read(b"a,b\n1,2\n", &choice), Err(FileFault::Header { line: 9 }));
}

#[test]
fn formulas_are_counted_and_left_as_they_are() {
    let file = b"a,b\n=1+1,-5\n@x,3\nplain,4\n";
    let reading = guessed(file);
    assert_eq!(reading.formulas_count, 2);
    assert_eq!(published(file, &reading), file);
}

fn cell() -> impl Strategy<Value = String> {
    prop_oneof![
        "[-a-zA-ZəıİŞğöüçЖя0-9 ,;|\"\t\n=+@.]{0,12}",
        "-?[0-9]{1,6}",
        "-?[1-9][0-9]{0,3},[0-9]{1,2}",
        "20[0-9]{2}-0[1-9]-1[0-9]",
    ]
}

proptest! {
    /// What comes out is what went in, for values, order, separators and encodings, where every column is text.
    #[test]
    fn values_come_out_as_they_went_in(
        rows in prop::collection::vec(prop::collection::vec(cell(), 3), 1..8),
        separator in prop::sample::select(Separator::ALL.to_vec()),
        encoding in prop::sample::select(vec![Encoding::Utf8, Encoding::Utf16Le]),
        mark in any::<bool>(),
    ) {
        let mut writer = csv::WriterBuilder::new().delimiter(separator.byte()).from_writer(Vec::new());
        writer.write_record(["a", "b", "c"]).unwrap();
        for row in &rows {
            writer.write_record(row).unwrap();
        }
        let mut file = String::from_utf8(writer.into_inner().unwrap()).unwrap();
        if mark {
            file.insert(0, '\u{feff}');
        }
        let file: Vec<u8> = match encoding {
            Encoding::Utf16Le => file.encode_utf16().flat_map(u16::to_le_bytes).collect(),
            _ => file.into_bytes(),
        };
        let choice = Choice {
            encoding: Some(encoding),
            separator: Some(separator),
            header_line: Some(1),
            kinds: ["a", "b", "c"].map(|name| (name.to_owned(), Kind::Text)).into(),
            ..Choice::default()
        };
        let reading = read(&file, &choice).unwrap();
        prop_assert_eq!(&reading.bad, &[]);
        let expected: Vec<Vec<Value>> = rows
            .iter()
            .map(|row| row.iter().map(|cell| if cell.is_empty() { Value::Null } else { text(cell) }).collect())
            .collect();
        prop_assert_eq!(stored(&file, &reading), expected);
        let file = published(&file, &reading);
        let mut out = csv::Reader::from_reader(file.as_slice());
        let out: Vec<Vec<String>> = out
            .records()
            .map(|record| record.unwrap().iter().map(str::to_owned).collect())
            .collect();
        prop_assert_eq!(out, rows);
    }

    /// A type that is guessed changes no number: what the data store answers is what the cell says.
    #[test]
    fn numbers_come_out_as_they_went_in(
        cells in prop::collection::vec(prop_oneof!["-?[0-9]{1,17}", "-?[0-9]{1,9}[.,][0-9]{1,9}"], 1..6),
    ) {
        let file = format!("n;x\n{}", cells.iter().map(|cell| format!("{cell};y\n")).collect::<String>());
        let reading = guessed(file.as_bytes());
        prop_assert_eq!(&reading.bad, &[]);
        for (cell, row) in cells.iter().zip(stored(file.as_bytes(), &reading)) {
            match &row[0] {
                Value::Text(text) => prop_assert_eq!(text, cell),
                Value::Integer(number) => prop_assert_eq!(Ok(*number), cell.parse::<i64>()),
                Value::Number(number) => {
                    let written = cell.replace(',', ".");
                    prop_assert_eq!(Ok(*number), written.parse::<f64>().map(|number| number + 0.0));
                    let whole: String = written.chars().filter(char::is_ascii_digit).collect();
                    prop_assert!(whole.trim_start_matches('0').len() <= 15);
                }
                other => prop_assert!(false, "{other:?}"),
            }
        }
    }

    /// Any file has a reading or a fault, and a reading without bad rows can be published.
    #[test]
    fn any_file_is_read_or_refused(file in prop::collection::vec(any::<u8>(), 0..60), table in "[ab,;\"\n\r\t|]{0,60}") {
        for file in [file.as_slice(), table.as_bytes()] {
            if let Ok(reading) = read(file, &Choice::default()) {
                let again = read(file, &reading.as_choice());
                prop_assert_eq!(again.as_ref(), Ok(&reading));
                if reading.bad_count == 0 {
                    prop_assert_eq!(stored(file, &reading).len(), usize::try_from(reading.rows_count).unwrap());
                }
            }
        }
    }
}
