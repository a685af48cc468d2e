//! Temporary files whose names identify the writing process, so that files left behind by a killed
//! process can be told from those that another one, on this machine or elsewhere, is still writing.
//!
//! A name is `.tmp-SCOPE-PROCESS-START-RANDOM`. Within the same scope it is known whether the
//! process is alive. A file of another scope, or with an unknown name, is judged by its age alone.

use std::fs;
use std::io;
use std::path::Path;
use std::sync::OnceLock;
use std::time::{Duration, SystemTime};

use tempfile::{Builder, NamedTempFile};

use super::process::{Life, Process, scope};
use super::sha256;

/// Prefix of the names of all temporary files, those of earlier versions included.
const PREFIX: &str = ".tmp";
/// Age from which a file counts as abandoned: no write takes longer.
const ABANDONED_AFTER: Duration = Duration::from_hours(1);

/// Creates a temporary file of this process in `folder`, as readable as any other new file.
///
/// # Errors
/// When it cannot be created.
pub fn temporary_in(folder: &Path) -> io::Result<NamedTempFile> {
    static NAME: OnceLock<String> = OnceLock::new();
    let name = NAME.get_or_init(|| name_of(&Process::this()));
    builder()
        .prefix(name)
        .tempfile_in(folder)
        .map_err(|error| without_name(&error, folder))
}

/// The system's error, with the folder in place of the temporary name, which this program made up.
fn without_name(error: &io::Error, folder: &Path) -> io::Error {
    let inner = error.get_ref().and_then(|error| error.source());
    let code = inner.and_then(|error| error.downcast_ref::<io::Error>()?.raw_os_error());
    let why = match code {
        Some(code) => io::Error::from_raw_os_error(code).to_string(),
        None => error.kind().to_string(),
    };
    io::Error::new(
        error.kind(),
        format!("in the folder {}: {why}", folder.display()),
    )
}

/// Creates a temporary file that this process fills for its parent, which will rename it: it counts
/// as abandoned when the parent has ended.
///
/// # Errors
/// When it cannot be created.
pub fn temporary_for_parent_in(folder: &Path) -> io::Result<NamedTempFile> {
    let name = name_of(&Process::parent());
    builder()
        .prefix(&name)
        .tempfile_in(folder)
        .map_err(|error| without_name(&error, folder))
}

/// Removes the temporary files in `folder` that no process can still be writing. Errors are
/// ignored: a file that stays does no harm.
pub fn sweep(folder: &Path) {
    let Ok(entries) = fs::read_dir(folder) else {
        return;
    };
    // Only these are inspected: on a network file system each lookup is a request to the server.
    let temporary = entries.flatten().filter_map(|entry| {
        let name = entry.file_name().into_string().ok()?;
        name.starts_with(PREFIX).then_some((name, entry))
    });
    let mut now = None;
    for (name, entry) in temporary {
        let abandoned = match owner(&name) {
            Some(process) => process.life() == Life::Ended,
            None => {
                let now = *now.get_or_insert_with(|| time_of(folder));
                is_old(&entry, now)
            }
        };
        if abandoned {
            let _ = fs::remove_file(entry.path());
        }
    }
}

/// The current time by the clock of the file server, which dates the files; by the local clock if
/// `folder` is not writable.
pub fn time_of(folder: &Path) -> SystemTime {
    let now = temporary_in(folder).and_then(|file| file.as_file().metadata()?.modified());
    now.unwrap_or_else(|_| SystemTime::now())
}

fn is_old(entry: &fs::DirEntry, now: SystemTime) -> bool {
    let modified = entry.metadata().and_then(|facts| facts.modified());
    let age = modified.map(|modified| now.duration_since(modified).unwrap_or_default());
    age.is_ok_and(|age| age > ABANDONED_AFTER)
}

fn name_of(process: &Process) -> String {
    let Process { number, started } = process;
    format!("{PREFIX}-{}-{number}-{started}-", scope_digits())
}

/// The process that owns a temporary file of this name, if it is one of this scope.
fn owner(name: &str) -> Option<Process> {
    let mut parts = name.strip_prefix(PREFIX)?.strip_prefix('-')?.split('-');
    let here = parts.next()? == scope_digits();
    let (number, started) = (parts.next()?.parse().ok()?, parts.next()?.parse().ok()?);
    here.then_some(Process { number, started })
}

/// This scope as a component of a file name.
fn scope_digits() -> &'static str {
    static DIGITS: OnceLock<String> = OnceLock::new();
    DIGITS.get_or_init(|| {
        let mut digits = sha256(scope().as_bytes());
        digits.truncate(12);
        digits
    })
}

/// Temporary files are private by default; a result is to be as readable as any other new file.
#[cfg(unix)]
fn builder<'a>() -> Builder<'a, 'static> {
    use std::fs::Permissions;
    use std::os::unix::fs::PermissionsExt;

    let mut builder = Builder::new();
    builder.permissions(Permissions::from_mode(0o666));
    builder
}

#[cfg(not(unix))]
fn builder<'a>() -> Builder<'a, 'static> {
    Builder::new()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn aged(folder: &Path, name: &str, age: Duration) {
        let file = fs::File::create(folder.join(name)).unwrap();
        file.set_modified(SystemTime::now() - age).unwrap();
    }

    #[test]
    fn files_of_ended_processes_go_at_once_and_others_when_old() {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path();
        let own = temporary_in(folder).unwrap();
        let mut dead = Process::this();
        dead.started += 1;
        aged(folder, &format!("{}abc", name_of(&dead)), Duration::ZERO);
        let (young, old) = (Duration::from_mins(50), Duration::from_mins(70));
        aged(folder, ".tmp-0123456789ab-1-1-young", young);
        aged(folder, ".tmp-0123456789ab-1-1-old", old);
        aged(folder, ".tmpYoung", young);
        aged(folder, ".tmpOld1", old);
        aged(folder, "result", old);
        sweep(folder);
        let entries = fs::read_dir(folder).unwrap();
        let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name()).collect();
        names.sort();
        let own = own.path().file_name().unwrap().to_owned();
        let mut expected = vec![own];
        expected.extend([".tmp-0123456789ab-1-1-young", ".tmpYoung", "result"].map(Into::into));
        expected.sort();
        assert_eq!(names, expected);
    }

    #[test]
    fn a_name_identifies_its_owner() {
        let process = Process::this();
        assert_eq!(owner(&format!("{}xyz", name_of(&process))), Some(process));
        for other in [".tmpAbCdEf", ".tmp-a-b", ".tmp-0123456789ab-1-1-x"] {
            assert_eq!(owner(other), None, "{other}");
        }
    }
}
