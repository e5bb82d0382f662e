//! The only module with generated bindings. `glue` converts their types; `link`, `deployment` and
//! `serve` know which of them are linked and called.

wasmtime::component::bindgen!({
    path: "../../wit",
    world: "aim:gov/service",
    imports: {
        "wasi:logging/logging": trappable,
        default: async | trappable,
    },
    exports: { default: async },
    trappable_error_type: {
        "aim:gov/types.gov-error" => crate::call_error::CallError,
    },
    with: {
        "aim:gov/identity.principal": crate::call_error::Principal,
        "wasi:clocks": wasmtime_wasi::p2::bindings::clocks,
        "wasi:random": wasmtime_wasi::p2::bindings::random,
    },
    require_store_data_send: true,
});

/// The export of a service that receives events; what it imports is generated above.
pub(crate) mod events {
    wasmtime::component::bindgen!({
        path: "../../wit",
        world: "aim:gov/event-listener",
        exports: { default: async },
        with: {
            "aim:gov": crate::bindings::aim::gov,
        },
        require_store_data_send: true,
    });
}
