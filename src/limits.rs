//! Limits of a computation: seconds, threads, and a flag that stops it from outside.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// What a computation may use.
#[derive(Debug, Clone)]
pub struct Limits {
    /// Wall seconds.
    pub time_limit: f64,
    /// Maximum number of threads, at least 1.
    pub threads: u32,
    /// Seed of whatever is random in it.
    pub seed: u32,
    /// Raised from outside to stop it, for example on SIGINT.
    pub stop: StopFlag,
}

impl Default for Limits {
    /// 300 s, one thread, seed 0, and a stop flag of its own.
    fn default() -> Self {
        Self {
            time_limit: 300.0,
            threads: 1,
            seed: 0,
            stop: StopFlag::default(),
        }
    }
}

/// A flag that any holder of a copy may raise, once.
#[derive(Debug, Clone, Default)]
pub struct StopFlag(Arc<AtomicBool>);

impl StopFlag {
    /// Raises the flag for all holders of a copy; it cannot be lowered.
    pub fn raise(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Whether any holder of a copy has raised the flag.
    pub fn is_raised(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }

    /// The underlying flag, for code that cannot hold a copy.
    pub fn shared(&self) -> Arc<AtomicBool> {
        Arc::clone(&self.0)
    }
}
