//! A sign of life: as long as a process works on a store, it has a file there and touches it.
//!
//! On the same machine a process is asked for by its number and start; on another machine its
//! file must have been touched lately. No file locks, which network file systems do not honour.
//! The same machine is the same start of the same system, not the same name: names come twice.
//!
//! A process of this machine that was told to stop (Ctrl-Z) and has missed a few beats is without its
//! claims: others make what it left. When it goes on, it sees that they have inherited them
//! (`claim`), and a record that is there is never replaced. It still counts as one that works on the
//! store where that must not be changed under it, as when it is packed.

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
const BEAT: Duration = Duration::from_secs(10);
/// A file that was not touched for so long is that of a dead process. Network file systems may
/// show a touch up to a minute late.
const DEAD_AFTER: Duration = Duration::from_secs(150);
/// A process of this machine that is stopped and has missed its beats for so long may be gone for
/// good. (One that a debugger looks at goes on sooner.)
const LAID_DOWN_AFTER: Duration = Duration::from_secs(25);
const LONG_DEAD_AFTER: Duration = Duration::from_hours(24);

/// Who works on a store.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Holder {
    pub id: String,
    pub host: String,
    /// Within what numbers of processes mean the same.
    pub scope: String,
    pub process: u32,
    /// When the process started, by a clock of its machine: numbers of processes come again.
    pub process_started: u64,
    /// Runs that it makes at the same time.
    pub workers: usize,
    /// Cores that these take.
    pub cores: usize,
    /// When it came to the store, in UTC.
    pub since: String,
    /// Told to stop, so that others may make what it has claimed; of the moment, not of its file.
    #[serde(default)]
    pub stopped: bool,
}

/// Whether a process works on the store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Standing {
    Works,
    /// It may go on, but what it has claimed is not kept for it.
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

    /// Whether it is on this machine, in whatever container.
    pub fn is_here(&self) -> bool {
        start_of_system(&self.scope) == start_of_system(&scope())
    }
}

/// The sign of life of this process; dropped, it is taken away.
#[derive(Debug)]
pub struct Lease {
    folder: PathBuf,
    holder: Holder,
    stop: Option<Sender<()>>,
    beating: Option<JoinHandle<()>>,
}

impl Lease {
    /// Puts a sign of life into `folder`, of `workers` workers of so many threads each.
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
        let beating = std::thread::Builder::new()
            .name(String::from("lease"))
            .spawn(move || {
                while stopped.recv_timeout(BEAT) == Err(RecvTimeoutError::Timeout) {
                    // A beat that fails once is made up for by the next.
                    let _ = touch(&path, &text);
                }
            })?;
        Ok(Self {
            folder: folder.to_owned(),
            holder,
            stop: Some(stop),
            beating: Some(beating),
        })
    }

    pub fn holder(&self) -> &Holder {
        &self.holder
    }

    /// Whether the process of that id still works on the store, seen from this one, so that its
    /// claims are its own.
    pub fn is_alive(&self, id: &str) -> bool {
        // All times are the file server's, so that clocks of machines need not agree. This one's last
        // touch is recent enough for a process on another machine; where this one was stopped itself
        // it is old, and the other appears younger than it is.
        let now = modified(&path(&self.folder, &self.holder.id));
        let now = now.unwrap_or_else(SystemTime::now);
        id == self.holder.id || standing(&self.folder, id, now) == Standing::Works
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(beating) = self.beating.take() {
            let _ = beating.join();
        }
        // A file that stays says no more than a dead process's.
        let _ = fs::remove_file(path(&self.folder, &self.holder.id));
    }
}

/// The processes that work on a store now, those that are stopped among them.
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
        let standing = standing(folder, &id, now);
        if standing != Standing::Gone {
            let stopped = standing == Standing::Stopped;
            holders.push(Holder { stopped, ..holder });
        }
    }
    holders.sort_by(|a, b| a.since.cmp(&b.since).then(a.id.cmp(&b.id)));
    Ok(holders)
}

/// Takes away the signs of those who died long ago.
///
/// # Errors
/// When the folder cannot be read.
pub fn remove_long_dead(folder: &Path) -> io::Result<()> {
    let now = time_of(folder);
    for id in ids(folder)? {
        let path = path(folder, &id);
        let age = modified(&path).map(|touched| now.duration_since(touched).unwrap_or_default());
        let gone = || standing(folder, &id, now) == Standing::Gone;
        if age.is_some_and(|age| age > LONG_DEAD_AFTER) && gone() {
            // One that stays says no more than before.
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

fn standing(folder: &Path, id: &str, now: SystemTime) -> Standing {
    // What cannot be looked at for once is not old for it.
    let age = || {
        let touched = modified(&path(folder, id));
        touched.map_or(Duration::ZERO, |touched| {
            now.duration_since(touched).unwrap_or_default()
        })
    };
    match read(folder, id) {
        Ok(None) => Standing::Gone,
        Ok(Some(holder)) if holder.scope == scope() => match holder.own_process().life() {
            Life::Running => Standing::Works,
            Life::Stopped if age() > LAID_DOWN_AFTER => Standing::Stopped,
            Life::Stopped => Standing::Works,
            Life::Ended => Standing::Gone,
        },
        Ok(Some(_)) | Err(_) if age() > DEAD_AFTER => Standing::Gone,
        Ok(Some(_)) | Err(_) => Standing::Works,
    }
}

/// The holder of that id; `None` when its file is gone, or is none of ours.
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

/// Writes the same bytes again, so that the file server gives the file its own time. Who was taken
/// for dead, and whose file was taken away, is alive all the same.
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
fn start_of_system(scope: &str) -> &str {
    scope.split(' ').next().unwrap_or(scope)
}

/// A name that no other process has taken or will take.
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

    /// The sign of life of a process on another machine, touched so long ago.
    fn elsewhere(folder: &Path, age: Duration) -> String {
        let holder = Holder {
            id: String::from("elsewhere"),
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
    fn elsewhere_is_alive_who_has_touched_the_file_lately() {
        let folder = tempfile::tempdir().unwrap();
        let lease = Lease::take(folder.path(), 1, 1).unwrap();
        let alive = |age| {
            let id = elsewhere(folder.path(), age);
            let seen = holders(folder.path()).unwrap().len() == 2;
            assert_eq!(lease.is_alive(&id), seen);
            seen
        };
        assert!(alive(Duration::ZERO));
        assert!(alive(DEAD_AFTER - BEAT));
        assert!(!alive(DEAD_AFTER + BEAT));
    }

    #[test]
    fn here_is_alive_whose_process_has_the_same_start() {
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
        assert!(!alive(own + 1), "the same number, another process");
    }

    #[test]
    fn another_container_of_this_machine_is_here() {
        let folder = tempfile::tempdir().unwrap();
        let mut other = Lease::take(folder.path(), 2, 3).unwrap().holder().clone();
        assert_eq!((other.workers, other.cores), (2, 6));
        other.scope = format!("{} another", start_of_system(&other.scope));
        assert!(other.is_here());
        other.scope = String::from("another start of another system");
        assert!(!other.is_here());
    }

    #[test]
    fn a_file_that_is_no_sign_of_life_is_of_no_process() {
        let folder = tempfile::tempdir().unwrap();
        let lease = Lease::take(folder.path(), 1, 1).unwrap();
        fs::write(path(folder.path(), "half"), "{").unwrap();
        assert!(!lease.is_alive("half"));
        assert_eq!(holders(folder.path()).unwrap().len(), 1);
    }

    #[test]
    fn a_sign_of_life_that_was_taken_away_is_put_back() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("id.json");
        touch(&path, b"{}").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"{}");
    }
}
