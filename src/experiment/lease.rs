//! A sign of life: as long as a process works on a store, it has a file there and touches it.
//!
//! On the same machine a process is asked for by its number and start; on another machine its
//! file must have been touched lately. No file locks, which network file systems do not honour.

use std::fs::{self, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;
use std::time::{Duration, SystemTime};

use serde::{Deserialize, Serialize};
use sysinfo::{Pid, ProcessRefreshKind, ProcessStatus, ProcessesToUpdate, System};

use super::machine::host;
use crate::files::{sha256, write_whole};

/// Time between two touches.
const BEAT: Duration = Duration::from_secs(10);
/// A file that was not touched for so long is that of a dead process. Network file systems may
/// show a touch up to a minute late.
const DEAD_AFTER: Duration = Duration::from_secs(150);

/// Who works on a store.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Holder {
    pub id: String,
    pub host: String,
    pub process: u32,
    /// When the process started, in seconds since 1970: numbers of processes come again.
    pub process_started: u64,
    /// Runs that it has in hand at the same time.
    pub workers: usize,
    /// When it came to the store, in UTC.
    pub since: String,
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
    /// Puts a sign of life into `folder`.
    ///
    /// # Errors
    /// When the folder cannot be written.
    pub fn take(folder: &Path, workers: usize) -> io::Result<Self> {
        let process = std::process::id();
        let (host, process_started) = (host(), start_of(process).unwrap_or(0));
        let holder = Holder {
            id: unique_name(&host, process, process_started),
            host,
            process,
            process_started,
            workers,
            since: humantime::format_rfc3339_seconds(SystemTime::now()).to_string(),
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

    /// Whether the process of that id still works on the store, seen from this one.
    pub fn is_alive(&self, id: &str) -> bool {
        // Both times are the file server's, so that clocks of machines need not agree.
        let now = modified(&path(&self.folder, &self.holder.id));
        id == self.holder.id || is_alive(&self.folder, id, now.unwrap_or_else(SystemTime::now))
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

/// Everybody who works on a store now.
///
/// # Errors
/// When the folder cannot be read.
pub fn holders(folder: &Path) -> io::Result<Vec<Holder>> {
    let mut holders = Vec::new();
    for entry in fs::read_dir(folder)? {
        let name = entry?.file_name();
        let id = name.to_str().and_then(|name| name.strip_suffix(".json"));
        if let Some(id) = id
            && let Some(holder) = read(folder, id)?
            && is_alive(folder, id, SystemTime::now())
        {
            holders.push(holder);
        }
    }
    holders.sort_by(|a, b| a.since.cmp(&b.since).then(a.id.cmp(&b.id)));
    Ok(holders)
}

fn is_alive(folder: &Path, id: &str, now: SystemTime) -> bool {
    match read(folder, id) {
        Ok(None) => false,
        Ok(Some(holder)) if holder.host == host() => start_of(holder.process)
            .is_some_and(|start| start.abs_diff(holder.process_started) <= 1),
        // What cannot be read for once is not dead for it.
        Ok(Some(_)) | Err(_) => modified(&path(folder, id))
            .is_none_or(|touched| now.duration_since(touched).unwrap_or_default() <= DEAD_AFTER),
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

/// Writes the same bytes again, so that the file server gives the file its own time.
fn touch(path: &Path, text: &[u8]) -> io::Result<()> {
    OpenOptions::new().write(true).open(path)?.write_all(text)
}

fn modified(path: &Path) -> Option<SystemTime> {
    fs::metadata(path).and_then(|facts| facts.modified()).ok()
}

/// When a process of this machine started, in seconds since 1970; `None` when there is none.
fn start_of(process: u32) -> Option<u64> {
    let process = Pid::from_u32(process);
    let mut system = System::new();
    system.refresh_processes_specifics(
        ProcessesToUpdate::Some(&[process]),
        true,
        ProcessRefreshKind::nothing(),
    );
    let process = system.process(process)?;
    // Killed, and only waiting for its parent to look.
    let ended = matches!(
        process.status(),
        ProcessStatus::Zombie | ProcessStatus::Dead
    );
    (!ended).then(|| process.start_time())
}

/// A name that nobody else has taken or will take.
fn unique_name(host: &str, process: u32, started: u64) -> String {
    static TAKEN: AtomicU32 = AtomicU32::new(0);
    let count = TAKEN.fetch_add(1, Ordering::Relaxed);
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    let now = now.unwrap_or_default().as_nanos();
    let mut name = sha256(format!("{host} {process} {started} {now} {count}").as_bytes());
    name.truncate(16);
    name
}
