//! Files written whole or not at all, and checksums of their content.

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

/// A file under a temporary name in the same folder until [`WholeFile::persist`] gives it its
/// own. Dropped before that, it leaves nothing behind and an older file as it was.
#[derive(Debug)]
pub struct WholeFile {
    path: PathBuf,
    out: BufWriter<NamedTempFile>,
}

impl WholeFile {
    /// # Errors
    /// When the folder does not exist or cannot be written, or `path` is there and no plain file
    /// (a folder, a device, a pipe): a rename would replace it.
    pub fn create(path: &Path) -> io::Result<Self> {
        let path = target(path)?;
        Ok(Self {
            out: BufWriter::new(temporary_in(folder_of(&path))?),
            path,
        })
    }

    /// Writes out what is buffered and returns the temporary name, for a look at the content.
    ///
    /// # Errors
    /// When the disk is full.
    pub fn written(&mut self) -> io::Result<PathBuf> {
        self.out.flush()?;
        Ok(self.out.get_ref().path().to_owned())
    }

    /// Writes out what is buffered and gives the file its name, replacing an older one.
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

/// Lets `write` fill the file at `path`, whole or not at all.
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

/// Lets `write` fill a new file at `path`, whole or not at all; whether it did: where there is one
/// already, that stays as it is. On network file systems, too, one of two that try gets it.
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
    // The link must not be seen before what is in the file.
    file.as_file().sync_all()?;
    match fs::hard_link(file.path(), path) {
        Ok(()) => Ok(true),
        // A network file system may have made the link, lost the answer and asked again.
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

/// Everything in a folder; nothing where there is none.
///
/// # Errors
/// When it cannot be read.
pub fn entries(folder: &Path) -> io::Result<Vec<PathBuf>> {
    match fs::read_dir(folder) {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(Vec::new()),
        entries => entries?.map(|entry| Ok(entry?.path())).collect(),
    }
}

/// Removes a file; that there is none is no error.
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

/// Fails now if `path` could not be written after long work.
///
/// # Errors
/// As [`WholeFile::create`].
pub fn check_writable(path: &Path) -> io::Result<()> {
    WholeFile::create(path).map(drop)
}

/// Where a file of this name is to be: behind links, so that they stay.
fn target(path: &Path) -> io::Result<PathBuf> {
    match path.metadata() {
        Ok(found) if found.is_dir() => {
            Err(io::Error::new(ErrorKind::IsADirectory, "it is a folder"))
        }
        Ok(found) if !found.is_file() => Err(io::Error::new(
            ErrorKind::InvalidInput,
            "it is there and no plain file",
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

/// The SHA-256 of what these parts are together.
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
    fn what_is_not_finished_leaves_the_old_file_and_no_other() {
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
    fn what_is_written_new_replaces_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        assert!(write_new(&path, |out| out.write_all(b"first")).unwrap());
        assert!(!write_new(&path, |out| out.write_all(b"second")).unwrap());
        assert_eq!(fs::read(&path).unwrap(), b"first");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[cfg(unix)]
    #[test]
    fn links_stay_and_what_is_no_plain_file_is_left_alone() {
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
