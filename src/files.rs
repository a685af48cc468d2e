//! Files written atomically (whole or not at all), and checksums of their content.

mod identity;
mod process;
mod temporary;

pub use identity::FileIdentity;
pub use process::{Life, Process, host, scope};
pub use temporary::{sweep, temporary_for_parent_in, temporary_in, time_of};

use std::fs;
use std::io::{self, BufWriter, ErrorKind, Write};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};
use tempfile::NamedTempFile;

/// A file written under a temporary name in the same folder until [`WholeFile::persist`] renames
/// it. Dropped before that, it leaves nothing behind and an older file untouched.
#[derive(Debug)]
pub struct WholeFile {
    path: PathBuf,
    out: BufWriter<NamedTempFile>,
}

impl WholeFile {
    /// Creates the temporary file for `path`.
    ///
    /// # Errors
    /// When the folder does not exist or is not writable, or `path` exists and is not a regular
    /// file (a folder, a device, a pipe): a rename would replace it.
    pub fn create(path: &Path) -> io::Result<Self> {
        let path = target(path)?;
        Ok(Self {
            out: BufWriter::new(temporary_in(folder_of(&path))?),
            path,
        })
    }

    /// Flushes the buffer and returns the temporary path, so that the content can be inspected.
    ///
    /// # Errors
    /// When the disk is full.
    pub fn written(&mut self) -> io::Result<PathBuf> {
        self.out.flush()?;
        Ok(self.out.get_ref().path().to_owned())
    }

    /// Flushes the buffer and renames the file to its final name, replacing an older one.
    ///
    /// # Errors
    /// When the disk is full or the name cannot be taken.
    pub fn persist(self) -> io::Result<()> {
        let file = self
            .out
            .into_inner()
            .map_err(io::IntoInnerError::into_error)?;
        file.as_file().sync_all()?;
        file.persist(&self.path)?;
        Ok(())
    }
}

impl Write for WholeFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.out.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

/// Writes the file at `path` atomically; `write` fills it.
///
/// # Errors
/// As [`WholeFile::create`] and [`WholeFile::persist`], and those of `write`.
pub fn write_whole(
    path: &Path,
    write: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> io::Result<()> {
    let mut file = WholeFile::create(path)?;
    write(&mut file)?;
    file.persist()
}

/// Creates a new file at `path` atomically, filled by `write`, and returns whether it did: an
/// existing file is left as it is. Of two processes that try, exactly one succeeds, on network file
/// systems too.
///
/// # Errors
/// When the folder cannot be written, and those of `write`.
pub fn write_new(
    path: &Path,
    write: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> io::Result<bool> {
    let mut out = BufWriter::new(temporary_in(folder_of(path))?);
    write(&mut out)?;
    let file = out.into_inner().map_err(io::IntoInnerError::into_error)?;
    // The content must be on disk before the link is visible.
    file.as_file().sync_all()?;
    match fs::hard_link(file.path(), path) {
        Ok(()) => Ok(true),
        // A network file system may have made the link, lost the reply and retried.
        Err(error) if error.kind() == ErrorKind::AlreadyExists => is_linked(&file),
        Err(error) => Err(error),
    }
}

#[cfg(unix)]
fn is_linked(file: &NamedTempFile) -> io::Result<bool> {
    use std::os::unix::fs::MetadataExt;

    Ok(file.as_file().metadata()?.nlink() > 1)
}

#[cfg(not(unix))]
fn is_linked(_: &NamedTempFile) -> io::Result<bool> {
    Ok(false)
}

/// Lists the entries of `folder`; empty if it does not exist.
///
/// # Errors
/// When the folder cannot be read.
pub fn entries(folder: &Path) -> io::Result<Vec<PathBuf>> {
    match fs::read_dir(folder) {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(Vec::new()),
        entries => entries?.map(|entry| Ok(entry?.path())).collect(),
    }
}

/// Removes the file at `path` if it exists.
///
/// # Errors
/// When it cannot be removed.
pub fn remove_if_there(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}

/// Checks that `path` is writable, so that long work does not fail at its end.
///
/// # Errors
/// As [`WholeFile::create`].
pub fn check_writable(path: &Path) -> io::Result<()> {
    WholeFile::create(path).map(drop)
}

/// The file that writing to `path` replaces: symbolic links are followed, so that they stay.
fn target(path: &Path) -> io::Result<PathBuf> {
    match path.metadata() {
        Ok(found) if found.is_dir() => {
            Err(io::Error::new(ErrorKind::IsADirectory, "it is a folder"))
        }
        Ok(found) if !found.is_file() => Err(io::Error::new(
            ErrorKind::InvalidInput,
            "it exists and is not a regular file",
        )),
        Ok(_) => path.canonicalize(),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(path.to_owned()),
        Err(error) => Err(error),
    }
}

/// The SHA-256 of `bytes` in lower-case hexadecimal digits.
pub fn sha256(bytes: &[u8]) -> String {
    sha256_of_parts(&[bytes])
}

/// The SHA-256 of the concatenation of `parts`.
pub fn sha256_of_parts(parts: &[&[u8]]) -> String {
    let mut hasher = Sha256::new();
    parts.iter().for_each(|part| hasher.update(part));
    let digest = hasher.finalize();
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unfinished_file_leaves_the_old_one_and_no_other() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        let mut whole = WholeFile::create(&path).unwrap();
        whole.write_all(b"old").unwrap();
        whole.persist().unwrap();
        let mut broken = WholeFile::create(&path).unwrap();
        broken.write_all(b"new").unwrap();
        drop(broken);
        assert_eq!(fs::read(&path).unwrap(), b"old");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn write_new_replaces_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        assert!(write_new(&path, |out| out.write_all(b"first")).unwrap());
        assert!(!write_new(&path, |out| out.write_all(b"second")).unwrap());
        assert_eq!(fs::read(&path).unwrap(), b"first");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[cfg(unix)]
    #[test]
    fn links_stay_and_special_files_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        let (file, link) = (folder.path().join("file"), folder.path().join("link"));
        fs::write(&file, b"old").unwrap();
        std::os::unix::fs::symlink(&file, &link).unwrap();
        write_whole(&link, |out| out.write_all(b"new")).unwrap();
        assert_eq!(fs::read(&file).unwrap(), b"new");
        assert!(link.symlink_metadata().unwrap().is_symlink());
        assert!(check_writable(Path::new("/dev/null")).is_err());
    }

    #[test]
    fn a_folder_and_a_missing_folder_cannot_be_written() {
        let folder = tempfile::tempdir().unwrap();
        assert!(check_writable(folder.path()).is_err());
        assert!(check_writable(&folder.path().join("missing").join("file")).is_err());
        assert!(check_writable(&folder.path().join("file")).is_ok());
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    }
}
