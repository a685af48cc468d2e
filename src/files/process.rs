//! Identifies processes: process ids are reused, and have a meaning only on one machine, in one
//! container, until the next boot.

use std::fs;

/// A process, distinguished from every other one that ever had its process id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Process {
    pub number: u32,
    /// Start time by a clock of its machine; 0 if unknown.
    pub started: u64,
}

/// Whether a process is alive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Life {
    Running,
    /// Suspended (Ctrl-Z, SIGSTOP, a debugger): it may resume at any time, or never.
    Stopped,
    Ended,
}

impl Process {
    /// This process.
    pub fn this() -> Self {
        Self::of(std::process::id())
    }

    /// The parent process.
    #[cfg(unix)]
    pub fn parent() -> Self {
        Self::of(std::os::unix::process::parent_id())
    }

    /// The parent process; this one where the platform does not report it.
    #[cfg(not(unix))]
    pub fn parent() -> Self {
        Self::this()
    }

    fn of(number: u32) -> Self {
        let started = inspect(number).map_or(0, |(started, _)| started);
        Self { number, started }
    }

    /// Whether the process is alive, as seen from its own [`scope`].
    pub fn life(&self) -> Life {
        match inspect(self.number) {
            Some((started, life)) if started == self.started => life,
            _ => Life::Ended,
        }
    }
}

/// The start time of `process`, in clock ticks since boot, and whether it is alive; `None` if it
/// does not exist.
#[cfg(target_os = "linux")]
fn inspect(process: u32) -> Option<(u64, Life)> {
    let facts = fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    // The name, in parentheses, may contain anything; the state follows it.
    let (_, fields) = facts.rsplit_once(") ")?;
    let fields: Vec<&str> = fields.split(' ').collect();
    let life = match *fields.first()? {
        // A zombie: it has ended and waits to be collected by its parent.
        "Z" | "X" => Life::Ended,
        "T" | "t" => Life::Stopped,
        _ => Life::Running,
    };
    Some((fields.get(19)?.parse().ok()?, life))
}

/// The start time of `process`, in seconds since 1970, and whether it is alive; `None` if it does
/// not exist.
#[cfg(not(target_os = "linux"))]
fn inspect(process: u32) -> Option<(u64, Life)> {
    use sysinfo::{Pid, ProcessRefreshKind, ProcessStatus, ProcessesToUpdate, System};

    let process = Pid::from_u32(process);
    let mut system = System::new();
    system.refresh_processes_specifics(
        ProcessesToUpdate::Some(&[process]),
        true,
        ProcessRefreshKind::nothing(),
    );
    let process = system.process(process)?;
    let life = match process.status() {
        ProcessStatus::Zombie | ProcessStatus::Dead => Life::Ended,
        ProcessStatus::Stop | ProcessStatus::Tracing => Life::Stopped,
        _ => Life::Running,
    };
    Some((process.start_time(), life))
}

/// PID namespace: process ids may be compared only where this is equal. It names this boot of the
/// system and, in a container, its own PID namespace; outside Linux, the host.
pub fn scope() -> String {
    let boot = fs::read_to_string("/proc/sys/kernel/random/boot_id");
    let numbering = fs::read_link("/proc/self/ns/pid");
    match (boot, numbering) {
        (Ok(boot), Ok(numbering)) => format!("{} {}", boot.trim(), numbering.display()),
        _ => host(),
    }
}

/// The host name of this machine.
pub fn host() -> String {
    sysinfo::System::host_name().unwrap_or_else(|| String::from("unknown"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_number_with_another_start_is_another_process() {
        let this = Process::this();
        assert_eq!(this.life(), Life::Running);
        let started = this.started + 1;
        assert_eq!(Process { started, ..this }.life(), Life::Ended);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_suspended_process_is_stopped_until_it_resumes() {
        use std::process::{Command, Stdio};
        use std::time::{Duration, Instant};

        let mut command = Command::new("sleep");
        let mut child = command.arg("60").stdin(Stdio::null()).spawn().unwrap();
        let process = Process::of(child.id());
        let send = |signal: &str| {
            let kill = Command::new("kill")
                .args([signal, &child.id().to_string()])
                .status();
            assert!(kill.unwrap().success());
        };
        let wait_until = |life: Life| {
            let begun = Instant::now();
            while process.life() != life {
                assert!(begun.elapsed() < Duration::from_secs(10), "{life:?}");
                std::thread::sleep(Duration::from_millis(5));
            }
        };
        send("-STOP");
        wait_until(Life::Stopped);
        send("-CONT");
        wait_until(Life::Running);
        send("-KILL");
        wait_until(Life::Ended);
        child.wait().unwrap();
        assert_eq!(process.life(), Life::Ended);
    }
}
