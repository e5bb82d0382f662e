//! Every limit of the runtime, by name. What an operator may tune is in [`Limits`]; the rest is fixed.

use std::collections::BTreeSet;
use std::net::IpAddr;
use std::time::Duration;

/// A component, in bytes; one made from JavaScript has 12.3 MB, from Python 18.8 MB.
pub const COMPONENT_BYTES_MAX: usize = 32 << 20;
/// The compiled functions that are kept for the next version, in bytes; those beyond are compiled again.
/// 38 MB from JavaScript, 27 MB from Python.
pub(crate) const FUNCTIONS_BYTES_MAX: usize = 64 << 20;
/// The limits that an operator may change.
#[derive(Clone, Debug)]
pub struct Limits {
    /// From the moment a request has its permits to the last byte of its answer. Receiving its body, waiting
    /// and sending a large complete answer have limits of their own.
    pub request_time: Duration,
    /// Linear memory of one request, summed over all its memories, in bytes. At most [`MEMORY_BYTES_MAX`].
    pub memory_bytes: usize,
    /// Linear memory of all requests together, in bytes. One service gets at most its share
    /// ([`MEMORY_SHARES`]), and a request is refused with `Retry-After` while less than
    /// [`MEMORY_ADMISSION_BYTES`] is left.
    pub memory_total_bytes: usize,
    /// Requests of one service that run at once. One more waits for [`QUEUE_TIME`].
    pub requests_per_service: usize,
    /// Requests of all services that run at once. At most [`POOL_REQUESTS_MAX`].
    pub requests: usize,
    /// Addresses that are not public but that services may call, such as a partner's system inside the
    /// operator's network. Every other address that is not public is refused.
    pub outbound_private: BTreeSet<IpAddr>,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            request_time: Duration::from_secs(10),
            memory_bytes: MEMORY_BYTES_MAX,
            memory_total_bytes: 2 << 30,
            requests_per_service: 16,
            requests: POOL_REQUESTS_MAX,
            outbound_private: BTreeSet::new(),
        }
    }
}

// Limits of a component's parts. They are an order of magnitude above those of Rust, JavaScript and Python
// components, and one to two below those of the validator. They are checked before it reads the bytes.

/// Core modules in a component.
pub const MODULES_MAX: u64 = 40;
pub const COMPONENTS_MAX: u64 = 100;
/// Depth of nested components.
pub const COMPONENT_DEPTH_MAX: u64 = 4;
/// Functions, in all modules.
pub const FUNCTIONS_MAX: u64 = 200_000;
/// Bytes of one function's body.
pub const FUNCTION_BYTES_MAX: u64 = 2 << 20;
/// Types, in all modules and components, without those inside other types.
pub const TYPES_MAX: u64 = 50_000;
/// Bytes of the type definitions of all components, which bounds the number of nested types. A Python component
/// has 3 KiB of them.
pub const TYPE_BYTES_MAX: u64 = 256 << 10;
/// Nested types in one section. Their parser is recursive: without a limit it would overflow its stack, which
/// ends the process.
pub const TYPE_NESTING_MAX: u64 = 100;
/// Imports, in all modules and components.
pub const IMPORTS_MAX: u64 = 20_000;
/// Exports, in all modules and components.
pub const EXPORTS_MAX: u64 = 50_000;
/// Data segments, in all modules.
pub const DATA_SEGMENTS_MAX: u64 = 50_000;
/// Element segments, in all modules.
pub const ELEMENT_SEGMENTS_MAX: u64 = 20_000;
/// Globals, in all modules.
pub const GLOBALS_MAX: u64 = 50_000;
/// Imports of the outermost component, and its exports.
pub const NAMES_MAX: u64 = 1_000;
/// Bytes of such a name.
pub const NAME_BYTES_MAX: u64 = 256;
/// Wrong names that are listed for the developer.
pub const NAMES_LISTED_MAX: usize = 20;

// Guests: time and memory.

/// Interval at which a running guest is interrupted so that others can run: the length of a time slice.
pub const EPOCH_TICK: Duration = Duration::from_millis(1);
/// Processor time after which a request moves from the threads of pages, host calls and the ledger to those of
/// lower priority. The first tick is not counted: measuring starts with it.
pub const FOREGROUND_TIME: Duration = Duration::from_millis(2);
/// Processor time that a service may use on the background threads before the next service runs.
pub const BACKGROUND_QUANTUM: Duration = Duration::from_millis(1);
/// Niceness of the background threads: the lowest priority that Linux has for ordinary threads.
pub const BACKGROUND_NICENESS: i32 = 19;
/// Niceness that the compiling child adds, so that requests have priority; less than that of the background
/// threads, so that looping guests do not prevent the compilation of a submission.
pub const COMPILE_NICENESS: i32 = 10;
/// Resolution of the guests' monotonic clock.
pub const CLOCK_STEP: Duration = Duration::from_millis(10);
/// Linear memory of one instance, in bytes. A JavaScript guest starts with 9 MiB, a Python guest with 13 MiB.
pub const MEMORY_BYTES_MAX: usize = 128 << 20;
/// A service may use at most this fraction of the memory of all requests.
pub const MEMORY_SHARES: usize = 4;
/// One in so many of the platform's requests at once are of test spaces, all of them together.
pub const SPACES_REQUESTS_SHARE: usize = 4;
/// Linear memory that must be free to admit a request, in bytes: what a Python guest starts with. Otherwise the
/// request waits, instead of failing while it runs.
pub const MEMORY_ADMISSION_BYTES: usize = 16 << 20;
/// Table elements of one request, summed over all its tables. A JavaScript guest starts with 7,700, a Python
/// guest with 5,800.
pub const TABLE_ELEMENTS_MAX: usize = 100_000;
/// A guest's stack, in bytes; recursion beyond it traps.
pub const WASM_STACK_BYTES_MAX: usize = 512 << 10;
/// The stack that guest and host functions share, in bytes.
pub const FIBER_STACK_BYTES: usize = 2 << 20;
/// Frames in the backtrace of a trap.
pub const BACKTRACE_FRAMES_MAX: usize = 16;

// The pool of instances. Its sizes exceed the semaphores, so that under load requests wait or are refused with
// `Retry-After`, and never fail while they run.

/// The number of requests in the pool.
pub const POOL_REQUESTS_MAX: usize = 128;
/// Core modules in one component, and core instances of them: componentize-py makes 14, and 39 with stubs
/// instead of WASI; each native Python extension adds one. componentize-js makes 4.
pub const CORE_INSTANCES_PER_COMPONENT_MAX: u32 = 64;
pub const MEMORIES_PER_COMPONENT_MAX: u32 = 2;
pub const TABLES_PER_COMPONENT_MAX: u32 = 20;
/// Host-side data of one component or core instance, in bytes.
pub const INSTANCE_BYTES_MAX: usize = 2 << 20;
/// Memory that stays mapped in a free slot, in bytes: zeroing it costs less than asking the kernel.
pub const MEMORY_KEEP_RESIDENT_BYTES: usize = 1 << 20;
/// The same for tables.
pub const TABLE_KEEP_RESIDENT_BYTES: usize = 64 << 10;
/// The same for stacks.
pub const STACK_KEEP_RESIDENT_BYTES: usize = 64 << 10;
/// Free slots that keep the image of the component that ran in them last.
pub const WARM_SLOTS_MAX: u32 = 64;
/// Memories and stacks that are returned to the kernel together. With more than one, up to [`MEMORY_BYTES_MAX`]
/// for each of the others would stay in use until another request ends.
pub const DECOMMIT_BATCH: usize = 1;

// Host calls.

/// Government calls in one request. A page needs a handful; a loop is stopped early.
pub const GOV_CALLS_PER_REQUEST_MAX: u32 = 256;
/// Handles and other host resources of one request (Wasmtime's default is 1,000,000).
pub const HOST_RESOURCES_MAX: usize = 256;
/// Component-model handles of one request (Wasmtime's default is 100,000).
pub const HANDLES_MAX: usize = 1_000;
/// Bytes that the host copies out of a guest in one call: a response's body and headers, or the arguments of a
/// host call. Wasmtime's default is 128 MiB.
pub const HOSTCALL_BYTES_MAX: usize = RESPONSE_BODY_BYTES_MAX + (256 << 10);
/// Bytes of randomness in one call.
pub const RANDOM_BYTES_MAX: u64 = 64 << 10;

// Calls to other systems.

/// How long another system may take to accept a connection.
pub const OUTBOUND_CONNECT_TIME: Duration = Duration::from_secs(2);
/// How long another system may take to begin its answer, and then for each piece of it.
pub const OUTBOUND_ANSWER_TIME: Duration = Duration::from_secs(2);
/// Another system's answer, in bytes.
pub const OUTBOUND_ANSWER_BYTES_MAX: usize = 4 << 20;

// HTTP.

/// A request's body, in bytes.
pub const REQUEST_BODY_BYTES_MAX: usize = 1 << 20;
/// Time limit for receiving a request's body. It is received before the request gets its permits, so a slow
/// sender never holds an instance.
pub const REQUEST_BODY_TIME: Duration = Duration::from_secs(10);
/// Time in which any rate is accepted; afterwards, the average must be at least [`REQUEST_BODY_RATE_MIN`].
pub const REQUEST_BODY_GRACE: Duration = Duration::from_secs(3);
/// How fast a request's body must arrive, in bytes a second.
pub const REQUEST_BODY_RATE_MIN: u32 = 16 << 10;
/// Bodies that are received at once for one service.
pub const REQUEST_BODIES_PER_SERVICE_MAX: usize = 32;
/// Bodies that are received at once for all services.
pub const REQUEST_BODIES_MAX: usize = 256;
/// A whole response's body (`aim:gov/handler`), in bytes.
pub const RESPONSE_BODY_BYTES_MAX: usize = 2 << 20;
/// The size up to which a complete body is sent at once; a larger one is sent in pieces, and takes one of the
/// permits below.
pub const ANSWER_PIECE_BYTES: usize = 64 << 10;
/// Time limit for sending a large complete body.
pub const ANSWER_SEND_TIME: Duration = Duration::from_secs(30);
/// Large bodies of one service that are being sent.
pub const ANSWERS_PER_SERVICE_MAX: usize = 32;
/// Large bodies of all services that are being sent: at most 256 MiB.
pub const ANSWERS_MAX: usize = 128;
/// A streamed response's body (`wasi:http`), in bytes.
pub const STREAM_BODY_BYTES_MAX: u64 = 16 << 20;
/// Bytes in one write to a streamed body.
pub const STREAM_CHUNK_BYTES_MAX: usize = 64 << 10;
/// Headers of a response, or of a request to another system.
pub const HEADERS_MAX: usize = 64;
/// Bytes of all names and values of those headers.
pub const HEADER_BYTES_MAX: usize = 16 << 10;
/// Size of one `wasi:http` fields resource in memory.
pub const FIELDS_BYTES_MAX: usize = 32 << 10;
/// Bytes of one tag in a streamed page. Inline pictures are the longest.
pub const MARKUP_TAG_BYTES_MAX: usize = 1 << 20;
/// Bytes of a page that may be read as a tag and be none, before no `<` of it passes any more. Well-formed
/// pages have none of them.
pub const MARKUP_WASTE_BYTES_MAX: usize = 16 << 20;

// Waiting for a permit.

/// How long a request waits for a permit.
pub const QUEUE_TIME: Duration = Duration::from_millis(100);
/// Requests of one service that wait.
pub const QUEUE_MAX: usize = 64;
/// The value of `Retry-After` if a request gets no permit, in seconds.
pub const RETRY_AFTER_SECONDS: u32 = 1;
/// Time for running requests to finish when the host stops.
pub const DRAIN_TIME: Duration = Duration::from_secs(10);
/// Time for a service to handle one event.
pub const EVENT_TIME: Duration = Duration::from_secs(10);
/// Time that an event waits for a permit of its service. With [`EVENT_TIME`] it is shorter than the lease of an attempt.
pub const EVENT_QUEUE_TIME: Duration = Duration::from_secs(20);

// Logs.

/// Log lines of one request; one more line tells how many were dropped.
pub const LOG_LINES_PER_REQUEST_MAX: u32 = 100;
/// Bytes of one log line's message; the rest is truncated.
pub const LOG_LINE_BYTES_MAX: usize = 2_048;
/// Bytes of a log line's context; the rest is truncated.
pub const LOG_CONTEXT_BYTES_MAX: usize = 64;
/// Bytes of a log line's method and path; the rest is truncated.
pub const LOG_TARGET_BYTES_MAX: usize = 256;
/// Lines of one service that wait to be stored; the oldest are dropped first.
pub const LOG_LINES_WAITING_MAX: usize = 500;
