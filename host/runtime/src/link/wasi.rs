//! WASI 0.2 with the context of a request. Clocks, randomness and calls to other systems are capabilities; the
//! rest has no access to anything: no arguments, no variables, no files, and output becomes log lines. Sockets
//! cannot be created: the context denies TCP, UDP and name look-ups.

use aim_gov::grant::Capability;
use wasmtime::component::{HasData, ResourceTable};
use wasmtime_wasi::WasiView as _;
use wasmtime_wasi::cli::{WasiCli, WasiCliView as _};
use wasmtime_wasi::clocks::{WasiClocks, WasiClocksView as _};
use wasmtime_wasi::filesystem::{WasiFilesystem, WasiFilesystemView as _};
use wasmtime_wasi::p2::bindings as wasi;
use wasmtime_wasi::random::{WasiRandom, WasiRandomView as _};
use wasmtime_wasi::sockets::{WasiSockets, WasiSocketsView as _};
use wasmtime_wasi_http::p2::bindings as http;
use wasmtime_wasi_http::{WasiHttp, WasiHttpView as _};

use super::Interface;
use crate::glue::RequestState;

/// The version that Wasmtime 48 links.
pub(crate) const VERSION: &str = "0.2.12";

struct HasTable;

impl HasData for HasTable {
    type Data<'a> = &'a mut ResourceTable;
}

macro_rules! interfaces {
    ($($name:literal, $capability:expr, $add:expr;)*) => {
        pub(super) const INTERFACES: &[Interface] = &[
            $(Interface { name: $name, version: VERSION, capability: $capability, add: $add }),*
        ];
    };
}

interfaces! {
    "wasi:clocks/wall-clock", Some(Capability::Clock),
        |l| wasi::clocks::wall_clock::add_to_linker::<_, WasiClocks>(l, RequestState::clocks);
    "wasi:clocks/monotonic-clock", Some(Capability::Clock),
        |l| wasi::clocks::monotonic_clock::add_to_linker::<_, WasiClocks>(l, RequestState::clocks);
    "wasi:random/random", Some(Capability::Random),
        |l| wasi::random::random::add_to_linker::<_, WasiRandom>(l, RequestState::random);
    "wasi:random/insecure", Some(Capability::Random),
        |l| wasi::random::insecure::add_to_linker::<_, WasiRandom>(l, RequestState::random);
    "wasi:random/insecure-seed", None,
        |l| wasi::random::insecure_seed::add_to_linker::<_, WasiRandom>(l, RequestState::random);
    "wasi:http/types", None,
        |l| {
            let options = http::LinkOptions::default();
            http::http::types::add_to_linker::<_, WasiHttp>(l, &(&options).into(), RequestState::http)
        };
    "wasi:http/outgoing-handler", Some(Capability::Outbound),
        |l| http::http::outgoing_handler::add_to_linker::<_, WasiHttp>(l, RequestState::http);
    "wasi:io/error", None,
        |l| wasi::io::error::add_to_linker::<_, HasTable>(l, |state| state.ctx().table);
    "wasi:io/poll", None,
        |l| wasi::io::poll::add_to_linker::<_, HasTable>(l, |state| state.ctx().table);
    "wasi:io/streams", None,
        |l| wasi::io::streams::add_to_linker::<_, HasTable>(l, |state| state.ctx().table);
    "wasi:cli/environment", None,
        |l| wasi::cli::environment::add_to_linker::<_, WasiCli>(l, RequestState::cli);
    "wasi:cli/exit", None,
        |l| wasi::cli::exit::add_to_linker::<_, WasiCli>(l, RequestState::cli);
    "wasi:cli/stdin", None,
        |l| wasi::cli::stdin::add_to_linker::<_, WasiCli>(l, RequestState::cli);
    "wasi:cli/stdout", None,
        |l| wasi::cli::stdout::add_to_linker::<_, WasiCli>(l, RequestState::cli);
    "wasi:cli/stderr", None,
        |l| wasi::cli::stderr::add_to_linker::<_, WasiCli>(l, RequestState::cli);
    "wasi:cli/terminal-input", None,
        |l| wasi::cli::terminal_input::add_to_linker::<_, WasiCli>(l, RequestState::cli);
    "wasi:cli/terminal-output", None,
        |l| wasi::cli::terminal_output::add_to_linker::<_, WasiCli>(l, RequestState::cli);
    "wasi:cli/terminal-stdin", None,
        |l| wasi::cli::terminal_stdin::add_to_linker::<_, WasiCli>(l, RequestState::cli);
    "wasi:cli/terminal-stdout", None,
        |l| wasi::cli::terminal_stdout::add_to_linker::<_, WasiCli>(l, RequestState::cli);
    "wasi:cli/terminal-stderr", None,
        |l| wasi::cli::terminal_stderr::add_to_linker::<_, WasiCli>(l, RequestState::cli);
    "wasi:filesystem/types", None,
        |l| wasi::filesystem::types::add_to_linker::<_, WasiFilesystem>(l, RequestState::filesystem);
    "wasi:filesystem/preopens", None,
        |l| wasi::filesystem::preopens::add_to_linker::<_, WasiFilesystem>(l, RequestState::filesystem);
    "wasi:sockets/network", None,
        |l| {
            let options = wasi::LinkOptions::default();
            wasi::sockets::network::add_to_linker::<_, WasiSockets>(l, &(&options).into(), RequestState::sockets)
        };
    "wasi:sockets/instance-network", None,
        |l| wasi::sockets::instance_network::add_to_linker::<_, WasiSockets>(l, RequestState::sockets);
    "wasi:sockets/ip-name-lookup", None,
        |l| wasi::sockets::ip_name_lookup::add_to_linker::<_, WasiSockets>(l, RequestState::sockets);
    "wasi:sockets/tcp", None,
        |l| wasi::sockets::tcp::add_to_linker::<_, WasiSockets>(l, RequestState::sockets);
    "wasi:sockets/tcp-create-socket", None,
        |l| wasi::sockets::tcp_create_socket::add_to_linker::<_, WasiSockets>(l, RequestState::sockets);
    "wasi:sockets/udp", None,
        |l| wasi::sockets::udp::add_to_linker::<_, WasiSockets>(l, RequestState::sockets);
    "wasi:sockets/udp-create-socket", None,
        |l| wasi::sockets::udp_create_socket::add_to_linker::<_, WasiSockets>(l, RequestState::sockets);
}
