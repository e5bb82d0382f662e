//! Each kind of upload has its own answer.

use super::*;

fn codes(bytes: &[u8]) -> Vec<&'static str> {
    inspect(bytes).unwrap_err().iter().map(Finding::code).collect()
}

fn component(text: &str) -> Vec<u8> {
    wat::parse_str(text).unwrap()
}

#[test]
fn whatever_is_no_component_is_named() {
    let mut elf = b"\x7fELF\x02\x01\x01\0".to_vec();
    assert_eq!(codes(&elf), ["upload-elf"]);
    elf[7] = 200;
    assert_eq!(codes(&elf), ["upload-precompiled"]);
    assert_eq!(codes(b""), ["upload-empty"]);
    assert_eq!(
        codes(b"  ;; a comment\n(; and\n one ;) (component)"),
        ["upload-text"]
    );
    assert_eq!(codes(&component("(module)")), ["upload-core-module"]);
    assert_eq!(codes(b"#!/bin/sh\nrm -rf /"), ["upload-not-wasm"]);
    assert_eq!(codes(b"\0asm\x0c\0\x01\0"), ["upload-unknown-format"]);
    assert_eq!(codes(b"\0asm"), ["upload-not-wasm"]);
    assert_eq!(codes(&vec![0; COMPONENT_BYTES_MAX + 1]), ["upload-too-large"]);
}

#[test]
fn compiled_artefacts_are_refused_as_components() {
    let code = wasmtime::Engine::default()
        .precompile_component(&component("(component)"))
        .unwrap();
    assert_eq!(codes(&code), ["upload-precompiled"]);
}

#[test]
fn cut_component_is_invalid_and_says_where() {
    let mut bytes = component("(component (core module (func)))");
    bytes.truncate(bytes.len() - 1);
    let findings = inspect(&bytes).unwrap_err();
    assert!(
        matches!(findings[..], [Finding::Invalid { offset: 9.., .. }, ..]),
        "{findings:?}"
    );
}

#[test]
fn proposals_that_are_off_are_invalid() {
    for module in [
        "(memory i64 1)",
        "(memory 1 1 shared)",
        "(type (struct))",
        "(tag)",
        "(func (result v128) v128.const i8x16 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 v128.const i8x16 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 i8x16.relaxed_swizzle)",
    ] {
        let bytes = component(&format!("(component (core module {module}))"));
        assert!(codes(&bytes).contains(&"component-invalid"), "{module}");
    }
}

#[test]
fn component_without_an_entry_says_what_it_exports() {
    let findings = inspect(&component("(component)")).unwrap_err();
    assert_eq!(findings, [Finding::NoHandler { exports: Vec::new() }]);
}

#[test]
fn each_import_that_is_not_offered_says_why() {
    let import = |name: &str| {
        let bytes = component(&format!(r#"(component (import "{name}" (instance)))"#));
        let findings = inspect(&bytes).unwrap_err();
        findings.into_iter().find_map(|finding| match finding {
            Finding::Import { why, .. } => Some(why),
            _ => None,
        })
    };
    assert_eq!(import("evil:corp/spy@1.0.0"), Some(UnknownImport::Unknown));
    assert_eq!(
        import("aim:gov/types@0.2.0"),
        Some(UnknownImport::Version("0.1.0"))
    );
    assert_eq!(import("aim:gov/types@0.1.0"), None);
}

/// One sentence that says what to do, not the dozens that follow from it.
#[test]
fn wasi_0_3_is_named_and_nothing_else() {
    for (text, name) in [
        (
            r#"(component (import "wasi:http/types@0.3.0" (instance)) (import "wasi:http/client@0.3.0" (instance)))"#,
            "wasi:http/types@0.3.0",
        ),
        (
            r#"(component (import "wasi:clocks/system-clock@0.3.0-rc-2026-03-15" (instance)))"#,
            "wasi:clocks/system-clock@0.3.0-rc-2026-03-15",
        ),
        // Not valid here: functions that are asynchronous.
        (
            r#"(component (instance $i) (export "wasi:http/handler@0.3.0" (instance $i)) (core func (canon task.cancel)))"#,
            "wasi:http/handler@0.3.0",
        ),
    ] {
        let findings = inspect(&component(text)).unwrap_err();
        assert_eq!(
            findings,
            [Finding::Wasi03 {
                name: name.to_owned()
            }]
        );
        let said = findings[0].to_string();
        assert!(
            said.contains("is not supported yet: build for WASI 0.2"),
            "{said}"
        );
    }
    assert!(
        !codes(&component(
            r#"(component (import "evil:http/types@0.3.0" (instance)))"#
        ))
        .contains(&"component-wasi-0-3")
    );
}

/// The engine that `componentize-js` builds into a component, by what it imports.
fn javascript(imports: &[&str]) -> String {
    let imports: String = imports
        .iter()
        .map(|name| format!(r#"(import "{name}@0.2.12" (instance))"#))
        .collect();
    format!(
        r#"(component {imports} (@producers (language "JavaScript" "") (processed-by "ComponentizeJS" "0.23.0")))"#
    )
}

#[test]
fn javascript_without_random_or_clocks_is_refused() {
    let (random, monotonic, wall) = (
        "wasi:random/random",
        "wasi:clocks/monotonic-clock",
        "wasi:clocks/wall-clock",
    );
    let found = |text: &str| -> Vec<JavaScriptFeature> {
        let findings = inspect(&component(text)).unwrap_err().into_iter();
        findings
            .filter_map(|finding| match finding {
                Finding::JavaScriptWithout(feature) => Some(feature),
                _ => None,
            })
            .collect()
    };
    use JavaScriptFeature::{Clocks, Random};
    assert_eq!(found(&javascript(&[random, monotonic, wall])), []);
    assert_eq!(found(&javascript(&[monotonic, wall])), [Random]);
    // The file system brings the wall clock's types, whatever is disabled.
    assert_eq!(found(&javascript(&[random, wall])), [Clocks]);
    assert_eq!(found(&javascript(&[])), [Random, Clocks]);
    // Within another component too; a core module and other languages are not meant.
    assert_eq!(
        found(&format!("(component {})", javascript(&[wall]))),
        [Random, Clocks]
    );
    let other = r#"(component (core module (@producers (language "JavaScript" "")))
        (@producers (language "Rust" "") (processed-by "JavaScript" "")))"#;
    assert_eq!(found(other), []);
}

#[test]
fn memory_larger_than_a_request_may_have_is_refused() {
    let bytes = component("(component (core module (memory 4000)))");
    let findings = inspect(&bytes).unwrap_err();
    assert!(findings.iter().any(|finding| matches!(
        finding,
        Finding::Shape {
            found: 262_144_000,
            ..
        }
    )));
}

#[test]
fn every_section_is_counted() {
    let bytes = component(
        r#"(component
             (core module
               (type (func)) (type (func (param i32)))
               (import "a" "b" (func (type 0)))
               (memory 1) (table 1 funcref) (global i32 (i32.const 0))
               (func (export "f") (type 0) nop)
               (elem (i32.const 0) func 0)
               (data (i32.const 0) "x") (data (i32.const 1) "y"))
             (component (type (component))))"#,
    );
    let expected = Shape {
        modules: 1,
        components: 1,
        depth: 2,
        functions: 1,
        function_bytes: 3,
        types: 3,
        type_bytes: 3,
        type_nesting: 1,
        imports: 1,
        exports: 1,
        data_segments: 2,
        element_segments: 1,
        globals: 1,
        memory_bytes: 65_536,
        custom_bytes: 0,
    };
    assert_eq!(shape::measure(&bytes).unwrap().shape, expected);
}

#[test]
fn many_modules_are_refused() {
    let bytes = component(&format!("(component {})", "(core module)".repeat(65)));
    assert!(codes(&bytes).contains(&"component-shape"));
}

/// A section of a component: its number, its size and its content.
fn section(number: u8, content: &[u8]) -> Vec<u8> {
    let mut bytes = b"\0asm\x0d\0\x01\0".to_vec();
    bytes.push(number);
    leb128(&mut bytes, content.len());
    bytes.extend_from_slice(content);
    bytes
}

fn leb128(bytes: &mut Vec<u8>, mut number: usize) {
    while number > 0x7f {
        bytes.push(u8::try_from(number & 0x7f).unwrap() | 0x80);
        number >>= 7;
    }
    bytes.push(u8::try_from(number).unwrap());
}

/// One type, `levels` deep: a component type that declares a component type, and so on.
fn nested_type(levels: usize) -> Vec<u8> {
    let mut content = vec![1];
    for _ in 1..levels {
        content.extend_from_slice(&[0x41, 1, 1]);
    }
    content.extend_from_slice(&[0x41, 0]);
    section(7, &content)
}

#[test]
fn types_within_types_do_not_exhaust_the_stack() {
    assert_eq!(codes(&nested_type(1_000_000)), ["component-shape"]);
    assert_eq!(codes(&nested_type(10_000)), ["component-shape"]);
    // What the limit lets through fits half of a thread's stack.
    let deepest = usize::try_from(crate::limits::TYPE_NESTING_MAX).unwrap();
    let codes = std::thread::Builder::new()
        .stack_size(1 << 20)
        .spawn(move || codes(&nested_type(deepest)))
        .unwrap()
        .join()
        .unwrap();
    assert_eq!(codes, ["component-no-handler"]);
}

#[test]
fn flood_of_names_ends_the_inspection() {
    // A core module's import has six bytes, an instance type as import of a component five.
    let flood = |count: usize| {
        let mut content = Vec::new();
        leb128(&mut content, count);
        for _ in 0..count {
            content.extend_from_slice(&[0, 1, b'a', 5, 0]);
        }
        section(10, &content)
    };
    for count in [1_001, 5_000_000] {
        assert_eq!(codes(&flood(count)), ["component-shape"], "{count}");
    }
}

#[test]
fn name_is_bounded() {
    let name = "a".repeat(300);
    let bytes = component(&format!(r#"(component (import "{name}" (instance)))"#));
    assert_eq!(codes(&bytes), ["component-shape"]);
}

#[test]
fn list_of_wrong_imports_is_bounded() {
    let imports: String = (0..30)
        .map(|number| format!(r#"(import "evil:corp/spy{number}@1.0.0" (instance))"#))
        .collect();
    let findings = inspect(&component(&format!("(component {imports})"))).unwrap_err();
    assert_eq!(findings.len(), 22);
    assert!(
        findings.contains(&Finding::MoreImports { count: 10 }),
        "{findings:?}"
    );
}

/// Both are valid, and both made a reader of WIT panic.
#[test]
fn unusual_types_are_inspected() {
    let function = r#"(component (import "aim:gov/types@0.1.0" (func $f))
        (export "aim:gov/handler@0.1.0" (func $f)))"#;
    let twice = r#"(component
        (import "aim:gov/types@0.1.0" (instance $types (export "r" (type (sub resource)))))
        (instance $empty)
        (export "aim:gov/types@0.1.0" (instance $types))
        (export "aim:gov/handler@0.1.0" (instance $empty)))"#;
    for text in [function, twice] {
        assert_eq!(inspect(&component(text)).unwrap().kind, Kind::Handler);
    }
}
