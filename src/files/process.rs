//! Which process is which: numbers of processes come again, and mean something on one machine, in
//! one container, between two starts of the system alone.

use std::fs;

/// A process, told from all others that there ever were.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Process {
    pub number: u32,
    /// When it started, by a clock of its machine; 0 where that is not known.
    pub started: u64,
}

/// Whether a process still works.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Life {
    Running,
    /// Told to stop (Ctrl-Z, SIGSTOP, a debugger): it may go on at any time, or never.
    Stopped,
    Ended,
}

impl Process {
    /// This one.
    pub fn this() -> Self {
        Self::of(std::process::id())
    }

    /// The one that started this one.
    #[cfg(unix)]
    pub fn parent() -> Self {
        Self::of(std::os::unix::process::parent_id())
    }

    /// The one that started this one; where that is not told, this one.
    #[cfg(not(unix))]
    pub fn parent() -> Self {
        Self::this()
    }

    fn of(number: u32) -> Self {
        let started = look(number).map_or(0, |(started, _)| started);
        Self { number, started }
    }

    /// Whether it still works, seen from within its own [`scope`].
    pub fn life(&self) -> Life {
        match look(self.number) {
            Some((started, life)) if started == self.started => life,
            _ => Life::Ended,
        }
    }
}

/// When a process started, in ticks since the machine did, and whether it works; `None` when there
/// is none.
#[cfg(target_os = "linux")]
fn look(process: u32) -> Option<(u64, Life)> {
    let facts = fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    // The name, in brackets, may hold anything; the state comes after it.
    let (_, fields) = facts.rsplit_once(") ")?;
    let fields: Vec<&str> = fields.split(' ').collect();
    let life = match *fields.first()? {
        // One that has ended and only waits for its parent to look.
        "Z" | "X" => Life::Ended,
        "T" | "t" => Life::Stopped,
        _ => Life::Running,
    };
    Some((fields.get(19)?.parse().ok()?, life))
}

/// When a process started, in seconds since 1970, and whether it works; `None` when there is none.
#[cfg(not(target_os = "linux"))]
fn look(process: u32) -> Option<(u64, Life)> {
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

/// Within what numbers of processes mean the same: this start of this system and, in a container, its
/// own numbering of processes. Without Linux's words for them, the host's name.
pub fn scope() -> String {
    let boot = fs::read_to_string("/proc/sys/kernel/random/boot_id");
    let numbering = fs::read_link("/proc/self/ns/pid");
    match (boot, numbering) {
        (Ok(boot), Ok(numbering)) => format!("{} {}", boot.trim(), numbering.display()),
        _ => host(),
    }
}

/// The name of this machine.
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
    fn one_that_is_told_to_stop_is_stopped_until_it_goes_on() {
        use std::process::{Command, Stdio};
        use std::time::{Duration, Instant};

        let mut command = Command::new("sleep");
        let mut child = command.arg("60").stdin(Stdio::null()).spawn().unwrap();
        let process = Process::of(child.id());
        let tell = |signal: &str| {
            let kill = Command::new("kill")
                .args([signal, &child.id().to_string()])
                .status();
            assert!(kill.unwrap().success());
        };
        let becomes = |life: Life| {
            let begun = Instant::now();
            while process.life() != life {
                assert!(begun.elapsed() < Duration::from_secs(10), "{life:?}");
                std::thread::sleep(Duration::from_millis(5));
            }
        };
        tell("-STOP");
        becomes(Life::Stopped);
        tell("-CONT");
        becomes(Life::Running);
        tell("-KILL");
        becomes(Life::Ended);
        child.wait().unwrap();
        assert_eq!(process.life(), Life::Ended);
    }
}
