//! A host with throw-away state, and components made of WebAssembly text.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use aim_gov::apis::Apis;
use aim_gov::clock::{Clock, Timestamp};
use aim_gov::db::{Db, sqlite_address};
use aim_gov::grant::{Boundary, Capability, Grant};
use aim_gov::invocation::{Acr, Service, ServiceId, Session};
use aim_gov::platform::Platform;
use aim_gov::random::Random;
use aim_gov::text::{Locale, Localised};
use aim_runtime::{
    CompilerCommand, ComponentBytes, Digest, Inspected, Limits, LogLine, Runtime, RuntimeConfig,
};
use axum::body::Body;
use bytes::Bytes;
use http::{Request, Response};
use http_body_util::BodyExt as _;
use wit_component::{ComponentEncoder, StringEncoding, embed_component_metadata};
use wit_parser::Resolve;

/// A host. Its folder goes when it goes.
pub struct Host {
    pub runtime: Runtime,
    pub folder: tempfile::TempDir,
    pub apis: Apis,
}

/// A host with these limits.
pub async fn host(limits: Limits) -> Host {
    host_at(limits, Clock::manual(Timestamp(1_790_000_000_000))).await
}

/// A host with these limits and this clock.
pub async fn host_at(limits: Limits, clock: Clock) -> Host {
    let folder = tempfile::tempdir().unwrap();
    let db = sqlite_address(&folder.path().join("aim.db"));
    let platform = Platform {
        db: Db::open(&db).await.unwrap(),
        clock,
        random: Random::seeded(7),
    };
    let apis = Apis::open(platform, "http://localhost:8080").await.unwrap();
    let runtime = start(folder.path(), limits, apis.clone());
    Host {
        runtime,
        folder,
        apis,
    }
}

/// A runtime over a folder that may hold compiled components already.
pub fn start(data_dir: &Path, limits: Limits, apis: Apis) -> Runtime {
    let compiler = CompilerCommand {
        program: env!("CARGO_BIN_EXE_compile-worker").into(),
        args: Vec::new(),
    };
    let config = RuntimeConfig {
        data_dir: data_dir.to_owned(),
        compiler,
        limits,
    };
    Runtime::start(config, apis).unwrap()
}

/// A service that is granted these capabilities and runs `component`.
pub fn service(id: &str, component: &[u8], capabilities: &[Capability]) -> Service {
    Service {
        id: ServiceId(id.to_owned()),
        title: Localised {
            az: "Sınaq".to_owned(),
            en: Some("Test".to_owned()),
            ru: None,
        },
        controller: "Test MMC".to_owned(),
        tax_id: "1234567890".to_owned(),
        version: "1.0.0".to_owned(),
        digest: Digest::of(component).to_string(),
        grant: Grant {
            capabilities: capabilities.iter().copied().collect(),
            purposes: Vec::new(),
            payment_service_codes: [].into(),
            outbound_hosts: [].into(),
            boundary: Boundary {
                ends_at: Timestamp(i64::MAX),
                citizens_max: 10,
                calls_per_minute_max: 600,
                ..Boundary::default()
            },
            ..Grant::default()
        },
        origin: format!("http://{id}.localhost:8080"),
        platform: "http://localhost:8080".to_owned(),
        stopped: AtomicBool::new(false),
    }
}

/// What a browser got.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: http::HeaderMap,
    pub body: String,
}

impl Host {
    /// Deploys `component` under `id`, granted everything.
    pub async fn deploy(&self, id: &str, component: &[u8]) {
        let service = service(id, component, Capability::ALL);
        self.runtime
            .deploy(Arc::new(service), component.to_vec().into())
            .await
            .unwrap();
    }

    /// What a browser gets at `path`.
    pub async fn get(&self, id: &str, path: &str) -> Answer {
        self.send(id, Request::get(path).body(Body::empty()).unwrap())
            .await
    }

    /// What the browser of a citizen gets at `path`.
    pub async fn get_as(&self, id: &str, path: &str, citizen: Session) -> Answer {
        let request = Request::get(path).body(Body::empty()).unwrap();
        let id = ServiceId(id.to_owned());
        whole(self.runtime.handle(&id, Some(citizen), request).await).await
    }

    /// A log-in of the person with this FIN.
    pub fn citizen(&self, fin: &str) -> Session {
        Session {
            citizen: self.apis.identity.citizen(fin).unwrap(),
            acr: Acr::Substantial,
            amr: Vec::new(),
            auth_time: Timestamp(0),
            locale: Locale::Az,
        }
    }

    /// What a browser gets for `request`.
    pub async fn send(&self, id: &str, request: Request<Body>) -> Answer {
        whole(
            self.runtime
                .handle(&ServiceId(id.to_owned()), None, request)
                .await,
        )
        .await
    }

    /// The service's log.
    pub fn logs(&self, id: &str) -> Vec<LogLine> {
        self.runtime.logs(&ServiceId(id.to_owned()))
    }

    /// The codes of the host's lines in it.
    pub fn codes(&self, id: &str) -> Vec<String> {
        let lines = self.logs(id).into_iter();
        lines
            .filter(|line| line.source == aim_runtime::Source::Host)
            .map(|line| line.context)
            .collect()
    }
}

/// Reads a response to its end.
pub async fn whole(response: Response<Body>) -> Answer {
    let (parts, body) = response.into_parts();
    let body = body.collect().await.unwrap().to_bytes();
    Answer {
        status: parts.status.as_u16(),
        headers: parts.headers,
        body: String::from_utf8_lossy(&body).into_owned(),
    }
}

/// Memory, an allocator that never frees, and the response at 16: status, no headers, a body.
const PRELUDE: &str = r#"
  (memory (export "memory") 2)
  (global $heap (mut i32) (i32.const 4096))
  (data (i32.const 64) "ok")
  (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32)
    (local $at i32)
    (local.set $at (i32.and (i32.add (global.get $heap) (i32.const 7)) (i32.const -8)))
    (global.set $heap (i32.add (local.get $at) (local.get 3)))
    (loop $grow
      (if (i32.gt_u (global.get $heap) (i32.mul (memory.size) (i32.const 65536)))
        (then (drop (memory.grow (i32.const 1))) (br $grow))))
    (local.get $at))
  (func $respond (param $status i32) (param $body i32) (param $length i32) (result i32)
    (i32.store16 (i32.const 16) (local.get $status))
    (i32.store (i32.const 28) (local.get $body))
    (i32.store (i32.const 32) (local.get $length))
    (i32.const 16))
"#;

/// Answers 200 and `ok`.
pub const OK: &str = "(call $respond (i32.const 200) (i32.const 64) (i32.const 2))";

/// A component that exports `aim:gov/handler`. `handle` leaves the response's address; `path` and `body`
/// are its parameters. `more` are further fields of the module, imported functions among them.
pub fn handler(imports: &[&str], more: &str, handle: &str) -> Vec<u8> {
    let module = format!(
        r#"(module {more} {PRELUDE}
             (func (export "aim:gov/handler@0.1.0#handle")
               (param $id i32) (param $id_length i32) (param $method i32) (param $method_length i32)
               (param $path i32) (param $path_length i32) (param $headers i32) (param $headers_length i32)
               (param $body i32) (param $body_length i32) (result i32) {handle}))"#
    );
    let mut module = wat::parse_str(&module).unwrap();
    let mut resolve = Resolve::default();
    resolve
        .push_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/../../wit"))
        .unwrap();
    let imports: String = imports.iter().map(|name| format!("import {name};\n")).collect();
    let world = format!("package test:guest;\nworld guest {{\n{imports} export aim:gov/handler@0.1.0;\n}}\n");
    let package = resolve.push_str("guest.wit", &world).unwrap();
    let world = resolve.select_world(&[package], None).unwrap();
    embed_component_metadata(&mut module, &resolve, world, StringEncoding::UTF8).unwrap();
    ComponentEncoder::default()
        .module(&module)
        .unwrap()
        .encode()
        .unwrap()
}

/// Asks who the citizen is, so many times, and answers with the number of the last error, from `0` on, or of the
/// last handle.
pub fn asks(times: u32) -> Vec<u8> {
    let import = r#"(import "aim:gov/identity@0.1.0" "current" (func $current (param i32)))"#;
    let ask = format!(
        "(i32.store (i32.const 256) (i32.const {times}))
         (loop $again
           (call $current (i32.const 128))
           (i32.store (i32.const 256) (i32.sub (i32.load (i32.const 256)) (i32.const 1)))
           (br_if $again (i32.load (i32.const 256))))
         (i32.store8 (i32.const 64) (i32.add (i32.const 48) (i32.load8_u (i32.const 132))))
         (call $respond (i32.const 200) (i32.const 64) (i32.const 1))"
    );
    handler(&["aim:gov/identity@0.1.0"], import, &ask)
}

/// Where the compiled components of this data folder are: one folder for each kind of engine.
pub fn artefacts(data_dir: &Path) -> PathBuf {
    let entries = std::fs::read_dir(data_dir.join("artefacts")).unwrap();
    let mut folders = entries
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_dir());
    folders.next().unwrap()
}

/// The bytes, to be sent.
pub fn bytes(component: &[u8]) -> Bytes {
    Bytes::copy_from_slice(component)
}

/// The bytes with their digest.
pub fn hashed(component: &[u8]) -> ComponentBytes {
    ComponentBytes::new(bytes(component))
}

impl Host {
    /// The component, which is good.
    pub async fn inspected(&self, component: &[u8]) -> Inspected {
        self.runtime.inspect(hashed(component)).await.unwrap()
    }
}
