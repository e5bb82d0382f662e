//! One component that behaves on `/` and breaks a limit on every other path, so that it passes vetting
//! and is approved like any other.

use anyhow::Result;

use super::handler::{self, Handler};

/// An attack: the path that starts it, and its instructions. They leave the address of a response.
struct Attack {
    path: &'static str,
    handle: &'static str,
}

const ATTACKS: [Attack; 13] = [
    Attack {
        path: "/loop",
        handle: "(loop $forever (br $forever)) unreachable",
    },
    // Takes memory until it is refused, and says how many pages it got.
    Attack {
        path: "/memory",
        handle: "(loop $more (br_if $more (i32.ne (memory.grow (i32.const 16)) (i32.const -1))))
                 (call $number (memory.size))",
    },
    // The same with table elements.
    Attack {
        path: "/table",
        handle: "(loop $more (br_if $more
                   (i32.ne (table.grow $table (ref.null func) (i32.const 1000)) (i32.const -1))))
                 (call $number (table.size $table))",
    },
    Attack {
        path: "/recursion",
        handle: "(call $number (call $deeper (i32.const 0)))",
    },
    // As many bytes of answer as there is memory.
    Attack {
        path: "/flood",
        handle: "(call $all_memory)
                 (call $respond (i32.const 200) (i32.const 64)
                   (i32.sub (i32.mul (memory.size) (i32.const 65536)) (i32.const 64)))",
    },
    // 100,000 headers.
    Attack {
        path: "/headers",
        handle: "(drop (memory.grow (i32.const 32)))
                 (drop (call $respond (i32.const 200) (i32.const 64) (i32.const 2)))
                 (loop $more
                   (i32.store (i32.add (i32.const 65536) (i32.mul (local.get $n) (i32.const 16))) (i32.const 80))
                   (i32.store (i32.add (i32.const 65540) (i32.mul (local.get $n) (i32.const 16))) (i32.const 1))
                   (i32.store (i32.add (i32.const 65544) (i32.mul (local.get $n) (i32.const 16))) (i32.const 80))
                   (i32.store (i32.add (i32.const 65548) (i32.mul (local.get $n) (i32.const 16))) (i32.const 1))
                   (local.set $n (i32.add (local.get $n) (i32.const 1)))
                   (br_if $more (i32.lt_u (local.get $n) (i32.const 100000))))
                 (i32.store (i32.const 20) (i32.const 65536))
                 (i32.store (i32.const 24) (i32.const 100000))
                 (i32.const 16)",
    },
    // A host call with all memory as its argument.
    Attack {
        path: "/argument",
        handle: "(call $all_memory)
                 (call $log (i32.const 2) (i32.const 80) (i32.const 1) (i32.const 64)
                   (i32.sub (i32.mul (memory.size) (i32.const 65536)) (i32.const 64)))
                 (call $respond (i32.const 200) (i32.const 64) (i32.const 2))",
    },
    // 100,000 log lines.
    Attack {
        path: "/spam",
        handle: "(loop $more
                   (call $log (i32.const 2) (i32.const 80) (i32.const 1) (i32.const 64) (i32.const 2))
                   (local.set $n (i32.add (local.get $n) (i32.const 1)))
                   (br_if $more (i32.lt_u (local.get $n) (i32.const 100000))))
                 (call $respond (i32.const 200) (i32.const 64) (i32.const 2))",
    },
    Attack {
        path: "/trap",
        handle: "unreachable",
    },
    // An answer that points outside its memory.
    Attack {
        path: "/pointer",
        handle: "(call $respond (i32.const 200) (i32.const -65536) (i32.const 65535))",
    },
    Attack {
        path: "/status",
        handle: "(call $respond (i32.const 1000) (i32.const 64) (i32.const 2))",
    },
    // A header with a line break in it.
    Attack {
        path: "/inject",
        handle: "(drop (call $respond (i32.const 200) (i32.const 64) (i32.const 2)))
                 (call $header (i32.const 80) (i32.const 1) (i32.const 96) (i32.const 17))
                 (i32.const 16)",
    },
    // Cookies for the whole platform.
    Attack {
        path: "/cookie",
        handle: "(drop (call $respond (i32.const 200) (i32.const 64) (i32.const 2)))
                 (call $header (i32.const 128) (i32.const 10) (i32.const 144) (i32.const 36))
                 (i32.const 16)",
    },
];

/// Paths that must never be answered with the plug-in's own answer.
pub const FATAL: [&str; 8] = [
    "/loop",
    "/recursion",
    "/flood",
    "/headers",
    "/argument",
    "/trap",
    "/pointer",
    "/status",
];

const DECLARATIONS: &str = r#"
  (import "wasi:logging/logging@0.1.0-draft" "log" (func $log (param i32 i32 i32 i32 i32)))
  (table $table 1 funcref)
  (data (i32.const 80) "x")
  (data (i32.const 96) "a\0d\0ainjected: yes")
  (data (i32.const 128) "set-cookie")
  (data (i32.const 144) "aim_session=forged; Domain=localhost")
  (func $deeper (param $n i32) (result i32)
    (i32.add (call $deeper (i32.add (local.get $n) (i32.const 1))) (local.get $n)))
  (func $all_memory
    (loop $more (br_if $more (i32.ne (memory.grow (i32.const 16)) (i32.const -1)))))
  (func $header (param $name i32) (param $name_length i32) (param $value i32) (param $value_length i32)
    (i32.store (i32.const 40) (local.get $name))
    (i32.store (i32.const 44) (local.get $name_length))
    (i32.store (i32.const 48) (local.get $value))
    (i32.store (i32.const 52) (local.get $value_length))
    (i32.store (i32.const 20) (i32.const 40))
    (i32.store (i32.const 24) (i32.const 1)))
"#;

/// Makes the component.
///
/// # Errors
/// When it does not fit the interfaces any more.
pub fn component() -> Result<Vec<u8>> {
    let dispatch: String = ATTACKS.iter().map(branch).collect();
    let handle = format!("{dispatch} (call $respond (i32.const 200) (i32.const 64) (i32.const 2))");
    handler::component(Handler {
        imports: &["wasi:logging/logging@0.1.0-draft"],
        declarations: DECLARATIONS,
        handle: &handle,
    })
}

/// Tells paths apart by their length and second and third character, which is enough for these.
fn branch(attack: &Attack) -> String {
    let bytes = attack.path.as_bytes();
    let character = |at: usize| bytes.get(at).copied().unwrap_or_default();
    format!(
        "(if (i32.and (i32.eq (local.get $path_length) (i32.const {length}))
               (i32.and (i32.eq (i32.load8_u offset=1 (local.get $path)) (i32.const {first}))
                        (i32.eq (i32.load8_u offset=2 (local.get $path)) (i32.const {second}))))
           (then (return (block (result i32) {handle}))))\n",
        length = bytes.len(),
        first = character(1),
        second = character(2),
        handle = attack.handle,
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_attack_has_a_path_of_its_own() {
        let seen: BTreeSet<_> = ATTACKS
            .iter()
            .map(|attack| (attack.path.len(), attack.path.as_bytes().get(1..3)))
            .collect();
        assert_eq!(seen.len(), ATTACKS.len());
        assert!(
            FATAL
                .iter()
                .all(|path| ATTACKS.iter().any(|attack| attack.path == *path))
        );
    }

    #[test]
    fn hostile_guest_is_a_valid_component() {
        assert!(component().unwrap().len() > 100);
    }
}
