//! Provenance of a record: versions, machine and time.

use std::collections::BTreeSet;
use std::fs;
use std::time::SystemTime;

use serde::{Deserialize, Serialize};
use sysinfo::{CpuRefreshKind, MemoryRefreshKind, RefreshKind, System};

use crate::files::host;
use crate::parallel;
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
    /// Number of concurrent runs in this process.
    pub workers: usize,
    /// Start of the work, in UTC.
    pub started: String,
}

/// The properties of a machine that matter when times are compared.
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
    /// The provenance of work that starts now.
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
    /// This machine.
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

/// Number of cores that this process may use. Two hardware threads of one core count as one: in
/// concurrent timed runs each would slow the other.
pub fn cores() -> usize {
    let usable = parallel::cores();
    let physical = allowed_cores().or_else(System::physical_core_count);
    physical.map_or(usable, |physical| usable.min(physical.max(1)))
}

/// Number of distinct cores among the CPUs that this process may run on, as Linux reports them.
fn allowed_cores() -> Option<usize> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let mut lines = status.lines();
    let allowed = lines.find_map(|line| line.strip_prefix("Cpus_allowed_list:"))?;
    let siblings = numbers_of(allowed.trim())?.into_iter().map(|processor| {
        let topology = format!("/sys/devices/system/cpu/cpu{processor}/topology");
        fs::read_to_string(format!("{topology}/thread_siblings_list")).ok()
    });
    let cores: BTreeSet<String> = siblings.collect::<Option<_>>()?;
    Some(cores.len())
}

/// The numbers of a list such as `0-3,8`.
fn numbers_of(list: &str) -> Option<Vec<usize>> {
    let mut numbers = Vec::new();
    for part in list.split(',') {
        let (first, last) = part.split_once('-').unwrap_or((part, part));
        let (first, last): (usize, usize) = (first.parse().ok()?, last.parse().ok()?);
        numbers.extend(first..=last);
    }
    Some(numbers)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_of_cpus() {
        assert_eq!(numbers_of("0-2,8"), Some(vec![0, 1, 2, 8]));
        assert_eq!(numbers_of("5"), Some(vec![5]));
        assert_eq!(numbers_of(""), None);
        assert!(cores() >= 1);
    }
}
