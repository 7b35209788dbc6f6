//! The engine that runs components: one for the process, with its pool, its ticker and what guests may be linked to. It
//! knows no connector.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Semaphore;
use wasmtime::component::{HasSelf, Linker};
use wasmtime::{Config, Engine, InstanceAllocationStrategy, PoolingAllocationConfig};

use crate::bindings::{sink_world, source_world};
use crate::call::State;
use crate::limits::{MEMORY_BYTES_CAP, TICK_MS};

/// Part of the name of every compiled component: raised when a setting changes that wasmtime's own hash does not cover.
pub(crate) const CONFIG_VERSION: u32 = 1;
/// Calls that run at once; more of them wait.
const CALLS_MAX: u32 = 64;
const STACK_BYTES: usize = 1 << 20;

/// What connectors run in. Cheap to clone; one for a process.
#[derive(Clone, Debug)]
pub struct Runtime {
    pub(crate) inner: Arc<Inner>,
}

pub(crate) struct Inner {
    pub(crate) engine: Engine,
    pub(crate) source_linker: Linker<State>,
    pub(crate) sink_linker: Linker<State>,
    pub(crate) cache: Option<PathBuf>,
    pub(crate) slots: Arc<Semaphore>,
}

impl std::fmt::Debug for Inner {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Inner")
            .field("cache", &self.cache)
            .finish_non_exhaustive()
    }
}

/// Failed to start the runtime.
#[derive(Debug, thiserror::Error)]
pub enum RuntimeError {
    #[error("set up the engine for components")]
    Engine(#[source] wasmtime::Error),
    #[error("link the doors")]
    Link(#[source] wasmtime::Error),
    #[error("start the clock that interrupts connectors")]
    Ticker(#[source] std::io::Error),
}

impl Runtime {
    /// Starts the runtime. Compiled components are kept in the cache folder, if there is one; it is made if needed and
    /// must belong to this user alone.
    pub fn new(cache: Option<&Path>) -> Result<Self, RuntimeError> {
        // Fails only when a provider is installed already, which is as good.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let engine = Engine::new(&config()).map_err(RuntimeError::Engine)?;
        start_ticker(&engine).map_err(RuntimeError::Ticker)?;
        let inner = Inner {
            source_linker: source_linker(&engine).map_err(RuntimeError::Link)?,
            sink_linker: sink_linker(&engine).map_err(RuntimeError::Link)?,
            engine,
            cache: cache.map(Path::to_owned),
            slots: Arc::new(Semaphore::new(CALLS_MAX as usize)),
        };
        Ok(Self {
            inner: Arc::new(inner),
        })
    }
}

fn config() -> Config {
    let mut pool = PoolingAllocationConfig::new();
    pool.total_component_instances(CALLS_MAX)
        .total_core_instances(CALLS_MAX * 8)
        .total_memories(CALLS_MAX * 2)
        .total_tables(CALLS_MAX * 8)
        .total_stacks(CALLS_MAX)
        .max_memories_per_component(4)
        .max_tables_per_component(16)
        .max_core_instances_per_component(32)
        .max_memory_size(MEMORY_BYTES_CAP as usize)
        .table_elements(100_000)
        .linear_memory_keep_resident(16 << 20)
        .table_keep_resident(64 << 10)
        .async_stack_keep_resident(64 << 10)
        .max_unused_warm_slots(16)
        .max_component_instance_size(4 << 20)
        .max_core_instance_size(4 << 20);
    let mut config = Config::new();
    config
        .allocation_strategy(InstanceAllocationStrategy::Pooling(pool))
        .epoch_interruption(true)
        // The same bytes for the same input: no relaxed SIMD, one form of NaN; threads are not compiled in.
        .wasm_relaxed_simd(false)
        .cranelift_nan_canonicalization(true)
        // Products of 128 bits, which hashes of short texts are made of: otherwise each is a call.
        .wasm_wide_arithmetic(true)
        .max_wasm_stack(STACK_BYTES)
        .async_stack_size(2 * STACK_BYTES)
        .memory_init_cow(true);
    config
}

/// Advances the epoch until the engine is gone.
fn start_ticker(engine: &Engine) -> std::io::Result<()> {
    let engine = engine.weak();
    let tick = Duration::from_millis(u64::from(TICK_MS));
    std::thread::Builder::new()
        .name("counterfoil-epoch".to_owned())
        .spawn(move || {
            while let Some(engine) = engine.upgrade() {
                engine.increment_epoch();
                drop(engine);
                std::thread::sleep(tick);
            }
        })
        .map(drop)
}

fn source_linker(engine: &Engine) -> wasmtime::Result<Linker<State>> {
    let mut linker = Linker::new(engine);
    wasmtime_wasi::p2::add_to_linker_async(&mut linker)?;
    source_world::Source::add_to_linker::<State, HasSelf<State>>(&mut linker, |state| state)?;
    Ok(linker)
}

fn sink_linker(engine: &Engine) -> wasmtime::Result<Linker<State>> {
    let mut linker = Linker::new(engine);
    wasmtime_wasi::p2::add_to_linker_async(&mut linker)?;
    sink_world::Sink::add_to_linker::<State, HasSelf<State>>(&mut linker, |state| state)?;
    Ok(linker)
}
