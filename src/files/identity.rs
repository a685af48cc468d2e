//! Whether two paths lead to the same file.

use std::path::{Path, PathBuf};

/// Identity of the file behind a path: equal for paths that lead to the same file, by hard or
/// symbolic links or different spellings. For a file that does not exist yet, its folder and name.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct FileIdentity(Identity);

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Identity {
    /// Device and inode.
    #[cfg(unix)]
    Inode(u64, u64),
    Path(PathBuf),
}

impl FileIdentity {
    pub fn of(path: &Path) -> Self {
        Self(existing(path).unwrap_or_else(|| Identity::Path(absent(path))))
    }
}

#[cfg(unix)]
fn existing(path: &Path) -> Option<Identity> {
    use std::os::unix::fs::MetadataExt;

    let found = path.metadata().ok()?;
    Some(Identity::Inode(found.dev(), found.ino()))
}

#[cfg(not(unix))]
fn existing(path: &Path) -> Option<Identity> {
    path.canonicalize().ok().map(Identity::Path)
}

/// The full path of a file that does not exist.
fn absent(path: &Path) -> PathBuf {
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    match (folder.canonicalize(), path.file_name()) {
        (Ok(folder), Some(name)) => folder.join(name),
        _ => path.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn paths_of_one_file_have_the_same_identity() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        fs::write(at("file"), b"").unwrap();
        fs::write(at("other"), b"").unwrap();
        fs::hard_link(at("file"), at("hard")).unwrap();
        let same = |a: &str, b: &str| FileIdentity::of(&at(a)) == FileIdentity::of(&at(b));
        assert!(same("file", "./file") && same("file", "hard") && same("new", "./new"));
        assert!(!same("file", "other") && !same("file", "new") && !same("new", "newer"));
        #[cfg(unix)]
        {
            std::os::unix::fs::symlink(at("file"), at("link")).unwrap();
            assert!(same("file", "link"));
        }
    }
}
