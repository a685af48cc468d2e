//! Where and by what a record was made.

use std::time::SystemTime;

use serde::{Deserialize, Serialize};
use sysinfo::{CpuRefreshKind, MemoryRefreshKind, RefreshKind, System};

use crate::solver;

const GIB: f64 = 1024.0 * 1024.0 * 1024.0;

/// The versions, the machine and the time of a record.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Provenance {
    /// Version of this program.
    pub version: String,
    /// Version of the MILP solver.
    pub solver: String,
    pub machine: Machine,
    /// Runs that this process had in hand at the same time.
    pub workers: usize,
    /// When the work began, in UTC.
    pub started: String,
}

/// What matters of a machine to somebody who compares times.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Machine {
    pub host: String,
    pub processor: String,
    /// Cores that the process may use.
    pub cores: usize,
    pub memory_gib: f64,
    pub system: String,
}

impl Provenance {
    /// That of work which begins now.
    pub fn now(machine: &Machine, workers: usize) -> Self {
        Self {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            solver: solver::version(),
            machine: machine.clone(),
            workers,
            started: humantime::format_rfc3339_seconds(SystemTime::now()).to_string(),
        }
    }
}

impl Machine {
    /// This one.
    pub fn this() -> Self {
        let system = System::new_with_specifics(
            RefreshKind::nothing()
                .with_cpu(CpuRefreshKind::nothing())
                .with_memory(MemoryRefreshKind::nothing().with_ram()),
        );
        let unknown = || String::from("unknown");
        Self {
            host: host(),
            processor: system
                .cpus()
                .first()
                .map_or_else(unknown, |cpu| cpu.brand().to_owned()),
            cores: cores(),
            memory_gib: (system.total_memory() as f64 / GIB * 10.0).round() / 10.0,
            system: System::long_os_version().unwrap_or_else(unknown),
        }
    }
}

/// The name of this machine.
pub(super) fn host() -> String {
    System::host_name().unwrap_or_else(|| String::from("unknown"))
}

/// Cores that this process may use. Two threads of one core count as one: timed side by side, each
/// would slow the other.
pub fn cores() -> usize {
    let usable = std::thread::available_parallelism().map_or(1, usize::from);
    System::physical_core_count().map_or(usable, |physical| usable.min(physical.max(1)))
}
