//! The one place where bindings are generated. `glue` converts them; `link`, `deployment` and `serve/handler`
//! know what is linked and called.

wasmtime::component::bindgen!({
    path: "../../wit",
    inline: "
        package aim:host;

        /// What the host links today, and what it calls.
        world linked {
            import aim:gov/types@0.1.0;
            import aim:gov/identity@0.1.0;
            import aim:gov/consent@0.1.0;
            import aim:gov/payments@0.1.0;
            import aim:gov/open-data@0.1.0;
            import wasi:logging/logging@0.1.0-draft;
            export aim:gov/handler@0.1.0;
        }
    ",
    world: "aim:host/linked",
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
    },
    require_store_data_send: true,
});
