//! The engine: a narrow profile of Wasmtime, the same in the host and in the compiling child.
//!
//! Only the synchronous component ABI; no GC, exceptions, threads, 64-bit memories or relaxed SIMD, which most
//! of the advisories of the last two years concern. They are switched off here instead of by cargo features,
//! whose combinations had advisories of their own.

use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Weak};

use wasmparser::WasmFeatures;
use wasmtime::{
    CacheStore, Config, Enabled, Engine, InstanceAllocationStrategy, OptLevel, PoolingAllocationConfig,
    Strategy, WasmBacktraceDetails,
};

use crate::limits::{
    BACKTRACE_FRAMES_MAX, CORE_INSTANCES_PER_COMPONENT_MAX, DECOMMIT_BATCH, EPOCH_TICK, FIBER_STACK_BYTES,
    INSTANCE_BYTES_MAX, MEMORIES_PER_COMPONENT_MAX, MEMORY_BYTES_MAX, MEMORY_KEEP_RESIDENT_BYTES,
    POOL_REQUESTS_MAX, STACK_KEEP_RESIDENT_BYTES, TABLE_ELEMENTS_MAX, TABLE_KEEP_RESIDENT_BYTES,
    TABLES_PER_COMPONENT_MAX, WARM_SLOTS_MAX, WASM_STACK_BYTES_MAX,
};

/// The settings of both engines: a difference makes artefacts unloadable.
fn profile() -> Config {
    let mut config = Config::new();
    config
        .strategy(Strategy::Cranelift)
        .cranelift_opt_level(OptLevel::Speed)
        .cranelift_nan_canonicalization(true)
        .concurrency_support(false)
        .gc_support(false)
        .wasm_gc(false)
        .wasm_function_references(false)
        .wasm_exceptions(false)
        .wasm_threads(false)
        .shared_memory(false)
        .wasm_memory64(false)
        .wasm_relaxed_simd(false)
        .epoch_interruption(true)
        .wasm_backtrace_details(WasmBacktraceDetails::Disable)
        .wasm_backtrace_max_frames(NonZeroUsize::new(BACKTRACE_FRAMES_MAX))
        .max_wasm_stack(WASM_STACK_BYTES_MAX)
        .async_stack_size(FIBER_STACK_BYTES)
        .async_stack_zeroing(true);
    config
}

/// The proposals that a component may use: what [`profile`] leaves of Wasmtime's defaults, listed completely,
/// so that an upgrade of Wasmtime cannot enable a new one.
pub(crate) fn features() -> WasmFeatures {
    WasmFeatures::WASM2
        .difference(WasmFeatures::GC_TYPES)
        .union(WasmFeatures::BULK_MEMORY_OPT)
        .union(WasmFeatures::CALL_INDIRECT_OVERLONG)
        .union(WasmFeatures::COMPONENT_MODEL)
        .union(WasmFeatures::EXTENDED_CONST)
        .union(WasmFeatures::MULTI_MEMORY)
        .union(WasmFeatures::TAIL_CALL)
}

/// The engine of the compiling child, without the pool, which would exceed its address space. It looks each
/// function up in `functions` before it compiles it.
///
/// # Errors
/// When this machine cannot run Wasmtime.
pub(crate) fn compiler(functions: Arc<dyn CacheStore>) -> wasmtime::Result<Engine> {
    let mut config = profile();
    config.enable_incremental_compilation(functions)?;
    Engine::new(&config)
}

/// The engine that runs plug-ins.
///
/// # Errors
/// When the pool cannot reserve its address space (about a terabyte, unused).
pub(crate) fn host() -> wasmtime::Result<Engine> {
    let requests = u32::try_from(POOL_REQUESTS_MAX).unwrap_or(u32::MAX);
    let mut pool = PoolingAllocationConfig::new();
    pool.total_component_instances(requests)
        .total_stacks(requests)
        .total_core_instances(requests.saturating_mul(CORE_INSTANCES_PER_COMPONENT_MAX))
        .total_memories(requests.saturating_mul(MEMORIES_PER_COMPONENT_MAX))
        .total_tables(requests.saturating_mul(TABLES_PER_COMPONENT_MAX))
        .max_core_instances_per_component(CORE_INSTANCES_PER_COMPONENT_MAX)
        .max_memories_per_component(MEMORIES_PER_COMPONENT_MAX)
        .max_tables_per_component(TABLES_PER_COMPONENT_MAX)
        .max_memories_per_module(1)
        .max_tables_per_module(TABLES_PER_COMPONENT_MAX)
        .max_component_instance_size(INSTANCE_BYTES_MAX)
        .max_core_instance_size(INSTANCE_BYTES_MAX)
        .max_memory_size(MEMORY_BYTES_MAX)
        .table_elements(TABLE_ELEMENTS_MAX)
        .linear_memory_keep_resident(MEMORY_KEEP_RESIDENT_BYTES)
        .table_keep_resident(TABLE_KEEP_RESIDENT_BYTES)
        .async_stack_keep_resident(STACK_KEEP_RESIDENT_BYTES)
        .decommit_batch_size(DECOMMIT_BATCH)
        .max_unused_warm_slots(WARM_SLOTS_MAX)
        .pagemap_scan(Enabled::Auto);
    let mut config = profile();
    config.allocation_strategy(InstanceAllocationStrategy::Pooling(pool));
    Engine::new(&config)
}

/// Advances the engine's epoch from a thread of its own until it is dropped. Not a Tokio task: a guest that
/// occupies every worker would stop the clock, too.
#[derive(Debug)]
pub(crate) struct Ticker {
    running: Arc<AtomicBool>,
}

impl Ticker {
    /// Starts to tick.
    ///
    /// # Errors
    /// When the system has no thread left.
    pub(crate) fn start(engine: &Engine) -> std::io::Result<Self> {
        let running = Arc::new(AtomicBool::new(true));
        let alive: Weak<AtomicBool> = Arc::downgrade(&running);
        let engine = engine.weak();
        std::thread::Builder::new()
            .name("epoch".to_owned())
            .spawn(move || {
                while alive
                    .upgrade()
                    .is_some_and(|running| running.load(Ordering::Relaxed))
                {
                    std::thread::sleep(EPOCH_TICK);
                    let Some(engine) = engine.upgrade() else { break };
                    engine.increment_epoch();
                }
            })?;
        Ok(Self { running })
    }
}

impl Drop for Ticker {
    fn drop(&mut self) {
        self.running.store(false, Ordering::Relaxed);
    }
}
