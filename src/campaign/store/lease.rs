//! Heartbeats: while a process works on a store, it has a file there and touches it.
//!
//! On the same machine a process is identified by its process id and start time; on another machine
//! its file must have been touched recently. No file locks, which network file systems do not
//! honour. The same machine means the same boot of the same system, not the same name: names are
//! not unique.
//!
//! A process on this machine that is suspended (Ctrl-Z) and has missed a few beats loses its
//! claims: others make what it left. When it resumes, it finds that they have inherited the claims
//! (`claim`), and an existing record is never replaced. It still counts as working on the store
//! where the store must not change meanwhile, as when it is packed.

use std::fs::{self, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;
use std::time::{Duration, SystemTime};

use serde::{Deserialize, Serialize};

use crate::files::{Life, Process, entries, host, scope, sha256, time_of, write_whole};

/// Time between two touches.
const HEARTBEAT: Duration = Duration::from_secs(10);
/// Age at which the file of a process on another machine counts as that of a dead one. Network file
/// systems may show a touch up to a minute late.
const DEAD_AFTER: Duration = Duration::from_secs(150);
/// Age of its file at which a suspended process on this machine loses its claims: it may be gone
/// for good. (A process in a debugger resumes sooner.)
const SUSPENDED_AFTER: Duration = Duration::from_secs(25);
/// Age at which the file of a dead process is removed.
const REMOVED_AFTER: Duration = Duration::from_hours(24);

/// A process that works on a store.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Holder {
    pub id: String,
    pub host: String,
    /// PID namespace: two holders may compare process ids only when this is equal.
    pub scope: String,
    pub process: u32,
    /// Start time of the process, by a clock of its machine: process ids are reused.
    pub process_started: u64,
    /// Number of concurrent runs.
    pub workers: usize,
    /// Cores that these use.
    pub cores: usize,
    /// When it registered with the store, in UTC.
    pub since: String,
    /// Suspended, so that others may make what it has claimed; determined on reading, not stored.
    #[serde(default)]
    pub stopped: bool,
}

/// State of a process with a file in the store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum HolderState {
    Works,
    /// It may resume, but its claims are not kept for it.
    Stopped,
    Gone,
}

impl Holder {
    fn own_process(&self) -> Process {
        Process {
            number: self.process,
            started: self.process_started,
        }
    }

    /// Whether it is on this machine, in any container.
    pub fn is_here(&self) -> bool {
        machine_of(&self.scope) == machine_of(&scope())
    }
}

/// The heartbeat of this process; dropping it removes the file.
#[derive(Debug)]
pub struct Lease {
    folder: PathBuf,
    holder: Holder,
    stop: Option<Sender<()>>,
    heartbeat: Option<JoinHandle<()>>,
}

impl Lease {
    /// Creates the heartbeat file in `folder`, for `workers` workers of `threads` threads each, and
    /// keeps touching it.
    ///
    /// # Errors
    /// When the folder cannot be written.
    pub fn take(folder: &Path, workers: usize, threads: usize) -> io::Result<Self> {
        let (process, host) = (Process::this(), host());
        let holder = Holder {
            id: unique_name(&host, &process),
            host,
            scope: scope(),
            process: process.number,
            process_started: process.started,
            workers,
            cores: workers * threads,
            since: humantime::format_rfc3339_seconds(SystemTime::now()).to_string(),
            stopped: false,
        };
        let path = path(folder, &holder.id);
        let text = serde_json::to_vec(&holder)?;
        write_whole(&path, |out| out.write_all(&text))?;
        let (stop, stopped) = channel::<()>();
        let heartbeat = std::thread::Builder::new()
            .name(String::from("lease"))
            .spawn(move || {
                while stopped.recv_timeout(HEARTBEAT) == Err(RecvTimeoutError::Timeout) {
                    // The next beat makes up for one that fails.
                    let _ = touch(&path, &text);
                }
            })?;
        Ok(Self {
            folder: folder.to_owned(),
            holder,
            stop: Some(stop),
            heartbeat: Some(heartbeat),
        })
    }

    pub fn holder(&self) -> &Holder {
        &self.holder
    }

    /// Whether the process with this id works on the store, as seen from this one, so that its
    /// claims are valid.
    pub fn is_alive(&self, id: &str) -> bool {
        // All times are the file server's, so that clocks of machines need not agree. The last
        // touch of this process is recent enough to judge one on another machine; if this process
        // was suspended, it is old, and the other appears younger than it is.
        let now = modified(&path(&self.folder, &self.holder.id));
        let now = now.unwrap_or_else(SystemTime::now);
        id == self.holder.id || state(&self.folder, id, now) == HolderState::Works
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(heartbeat) = self.heartbeat.take() {
            let _ = heartbeat.join();
        }
        // A file that stays looks like that of a dead process.
        let _ = fs::remove_file(path(&self.folder, &self.holder.id));
    }
}

/// The processes that work on a store now, suspended ones included.
///
/// # Errors
/// When the folder cannot be read.
pub fn holders(folder: &Path) -> io::Result<Vec<Holder>> {
    let mut holders = Vec::new();
    let now = time_of(folder);
    for id in ids(folder)? {
        let Some(holder) = read(folder, &id)? else {
            continue;
        };
        let state = state(folder, &id, now);
        if state != HolderState::Gone {
            let stopped = state == HolderState::Stopped;
            holders.push(Holder { stopped, ..holder });
        }
    }
    holders.sort_by(|a, b| a.since.cmp(&b.since).then(a.id.cmp(&b.id)));
    Ok(holders)
}

/// Removes the files of processes that died long ago.
///
/// # Errors
/// When the folder cannot be read.
pub fn remove_long_dead(folder: &Path) -> io::Result<()> {
    let now = time_of(folder);
    for id in ids(folder)? {
        let path = path(folder, &id);
        let age = modified(&path).map(|touched| now.duration_since(touched).unwrap_or_default());
        let gone = || state(folder, &id, now) == HolderState::Gone;
        if age.is_some_and(|age| age > REMOVED_AFTER) && gone() {
            // A file that stays does no harm.
            let _ = fs::remove_file(path);
        }
    }
    Ok(())
}

fn ids(folder: &Path) -> io::Result<Vec<String>> {
    let mut ids = Vec::new();
    for path in entries(folder)? {
        let name = path.file_name().and_then(|name| name.to_str());
        let id = name.and_then(|name| name.strip_suffix(".json"));
        ids.extend(id.map(str::to_owned));
    }
    Ok(ids)
}

fn state(folder: &Path, id: &str, now: SystemTime) -> HolderState {
    // A file whose time cannot be read for now does not count as old.
    let age = || {
        let touched = modified(&path(folder, id));
        touched.map_or(Duration::ZERO, |touched| {
            now.duration_since(touched).unwrap_or_default()
        })
    };
    match read(folder, id) {
        Ok(None) => HolderState::Gone,
        Ok(Some(holder)) if holder.scope == scope() => match holder.own_process().life() {
            Life::Running => HolderState::Works,
            Life::Stopped if age() > SUSPENDED_AFTER => HolderState::Stopped,
            Life::Stopped => HolderState::Works,
            Life::Ended => HolderState::Gone,
        },
        Ok(Some(_)) | Err(_) if age() > DEAD_AFTER => HolderState::Gone,
        Ok(Some(_)) | Err(_) => HolderState::Works,
    }
}

/// The holder with this id; `None` if its file is missing, or is not one of ours.
fn read(folder: &Path, id: &str) -> io::Result<Option<Holder>> {
    match fs::read(path(folder, id)) {
        Ok(bytes) => Ok(serde_json::from_slice(&bytes).ok()),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

fn path(folder: &Path, id: &str) -> PathBuf {
    folder.join(format!("{id}.json"))
}

/// Writes the same bytes again, so that the file server updates the file's time. A process that was
/// taken for dead, and whose file was removed, is alive all the same: the file is created again.
fn touch(path: &Path, text: &[u8]) -> io::Result<()> {
    match OpenOptions::new().write(true).open(path) {
        Ok(mut file) => file.write_all(text),
        Err(error) if error.kind() == ErrorKind::NotFound => {
            write_whole(path, |out| out.write_all(text))
        }
        Err(error) => Err(error),
    }
}

fn modified(path: &Path) -> Option<SystemTime> {
    fs::metadata(path).and_then(|facts| facts.modified()).ok()
}

/// The part of a scope that all containers of a machine share.
fn machine_of(scope: &str) -> &str {
    scope.split(' ').next().unwrap_or(scope)
}

/// A name that no other process has or will have.
fn unique_name(host: &str, process: &Process) -> String {
    static TAKEN: AtomicU32 = AtomicU32::new(0);
    let count = TAKEN.fetch_add(1, Ordering::Relaxed);
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    let now = now.unwrap_or_default().as_nanos();
    let Process { number, started } = process;
    let mut name = sha256(format!("{host} {number} {started} {now} {count}").as_bytes());
    name.truncate(16);
    name
}

#[cfg(test)]
mod tests {
    use std::fs::File;

    use super::*;

    /// Creates the file of a process on another machine, touched `age` ago.
    fn remote(folder: &Path, age: Duration) -> String {
        let holder = Holder {
            id: String::from("remote"),
            host: String::from("another"),
            scope: String::from("another start of another system"),
            process: 1,
            process_started: 0,
            workers: 2,
            cores: 2,
            since: String::from("2026-01-01T00:00:00Z"),
            stopped: false,
        };
        let path = path(folder, &holder.id);
        fs::write(&path, serde_json::to_vec(&holder).unwrap()).unwrap();
        let touched = SystemTime::now() - age;
        let file = File::options().write(true).open(&path).unwrap();
        file.set_modified(touched).unwrap();
        holder.id
    }

    #[test]
    fn a_remote_process_is_alive_if_its_file_was_touched_recently() {
        let folder = tempfile::tempdir().unwrap();
        let lease = Lease::take(folder.path(), 1, 1).unwrap();
        let alive = |age| {
            let id = remote(folder.path(), age);
            let seen = holders(folder.path()).unwrap().len() == 2;
            assert_eq!(lease.is_alive(&id), seen);
            seen
        };
        assert!(alive(Duration::ZERO));
        assert!(alive(DEAD_AFTER - HEARTBEAT));
        assert!(!alive(DEAD_AFTER + HEARTBEAT));
    }

    #[test]
    fn a_local_process_is_alive_if_its_start_time_matches() {
        let folder = tempfile::tempdir().unwrap();
        let lease = Lease::take(folder.path(), 1, 1).unwrap();
        let mut other = lease.holder().clone();
        other.id = String::from("other");
        let mut alive = |process_started| {
            other.process_started = process_started;
            let text = serde_json::to_vec(&other).unwrap();
            fs::write(path(folder.path(), &other.id), text).unwrap();
            lease.is_alive(&other.id)
        };
        let own = lease.holder().process_started;
        assert!(alive(own));
        assert!(!alive(own + 1), "the same process id, another process");
    }

    #[test]
    fn another_container_of_this_machine_is_here() {
        let folder = tempfile::tempdir().unwrap();
        let mut other = Lease::take(folder.path(), 2, 3).unwrap().holder().clone();
        assert_eq!((other.workers, other.cores), (2, 6));
        other.scope = format!("{} another", machine_of(&other.scope));
        assert!(other.is_here());
        other.scope = String::from("another start of another system");
        assert!(!other.is_here());
    }

    #[test]
    fn an_invalid_file_is_of_no_process() {
        let folder = tempfile::tempdir().unwrap();
        let lease = Lease::take(folder.path(), 1, 1).unwrap();
        fs::write(path(folder.path(), "half"), "{").unwrap();
        assert!(!lease.is_alive("half"));
        assert_eq!(holders(folder.path()).unwrap().len(), 1);
    }

    #[test]
    fn a_removed_file_is_created_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("id.json");
        touch(&path, b"{}").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"{}");
    }
}
