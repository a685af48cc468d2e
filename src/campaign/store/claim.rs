//! Claims on keys, so that no two processes make the same record.
//!
//! A claim is a file `KEY.GENERATION` that contains the holder's id, created under a temporary name
//! and linked to its own, which only one process can do, on network file systems too. The claim of
//! a dead process is left in place and the next generation claimed: a file that is removed and
//! created again could be claimed by two. Claims are removed once their record exists, so a process
//! that has just claimed a key must look for its record once more.

use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use super::lease::Lease;
use crate::files::{entries, remove_if_there, write_new};

/// The claims of one process on a store.
#[derive(Debug)]
pub struct Claims {
    folder: PathBuf,
    lease: Lease,
}

/// A key claimed by this process, until it is finished or released.
#[derive(Debug)]
pub struct Claim {
    path: PathBuf,
    key: String,
    generation: u32,
}

impl Claims {
    pub fn new(folder: &Path, lease: Lease) -> Self {
        let folder = folder.to_owned();
        Self { folder, lease }
    }

    /// Claims `key`; `None` if a live process, or another thread of this one, has claimed it.
    ///
    /// # Errors
    /// When the folder cannot be read or written.
    pub fn claim(&self, key: &str) -> io::Result<Option<Claim>> {
        let mut generation = 0;
        loop {
            let path = self.path(key, generation);
            // Reading is cheaper than trying; only trying decides who gets it.
            match fs::read_to_string(&path) {
                Ok(holder) if self.lease.is_alive(holder.trim()) => return Ok(None),
                Ok(_) => generation += 1,
                Err(error) if error.kind() == ErrorKind::NotFound => {
                    let key = key.to_owned();
                    let taken = self.create(&path)?;
                    return Ok(taken.then_some(Claim {
                        path,
                        key,
                        generation,
                    }));
                }
                Err(error) => return Err(error),
            }
        }
    }

    /// Whether a live process has claimed `key`.
    ///
    /// # Errors
    /// When a claim cannot be read.
    pub fn is_held(&self, key: &str) -> io::Result<bool> {
        for generation in 0.. {
            match fs::read_to_string(self.path(key, generation)) {
                Ok(holder) if self.lease.is_alive(holder.trim()) => return Ok(true),
                Ok(_) => {}
                Err(error) if error.kind() == ErrorKind::NotFound => break,
                Err(error) => return Err(error),
            }
        }
        Ok(false)
    }

    /// Whether the claim is still this process's: a process whose heartbeat was absent for long, on
    /// a suspended machine, may have been taken for dead.
    ///
    /// # Errors
    /// When a claim cannot be read.
    pub fn holds(&self, claim: &Claim) -> io::Result<bool> {
        let own = match fs::read_to_string(&claim.path) {
            Ok(holder) => holder.trim() == self.lease.holder().id,
            Err(error) if error.kind() == ErrorKind::NotFound => false,
            Err(error) => return Err(error),
        };
        Ok(own && !self.path(&claim.key, claim.generation + 1).exists())
    }

    /// Removes a claim whose record is written.
    ///
    /// # Errors
    /// When a file cannot be removed.
    pub fn finish(&self, claim: Claim) -> io::Result<()> {
        for generation in 0..=claim.generation {
            remove_if_there(&self.path(&claim.key, generation))?;
        }
        Ok(())
    }

    /// Gives up a claim without a record. Claims of dead processes stay, see above, and so does one
    /// that another process has inherited meanwhile: without it a third could claim the key again.
    ///
    /// # Errors
    /// When the file cannot be read or removed.
    pub fn release(&self, claim: Claim) -> io::Result<()> {
        if self.holds(&claim)? {
            remove_if_there(&claim.path)
        } else {
            Ok(())
        }
    }

    /// Creates the file at `path` unless it exists.
    fn create(&self, path: &Path) -> io::Result<bool> {
        write_new(path, |out| out.write_all(self.lease.holder().id.as_bytes()))
    }

    fn path(&self, key: &str, generation: u32) -> PathBuf {
        self.folder.join(format!("{key}.{generation}"))
    }
}

/// The keys that one of these holders has claimed.
///
/// # Errors
/// When the folder cannot be read.
pub fn claimed_by(folder: &Path, holders: &[&str]) -> io::Result<Vec<String>> {
    let claims = claims(folder)?.into_iter();
    let theirs = claims.filter(|(_, path)| {
        // A claim that was removed meanwhile belongs to no process.
        fs::read_to_string(path).is_ok_and(|holder| holders.contains(&holder.trim()))
    });
    Ok(theirs.map(|(key, _)| key).collect())
}

/// Removes the claims of dead processes on keys for which `made` is true; a process that died
/// between writing its record and removing its claim leaves one behind.
///
/// # Errors
/// When the folder cannot be read or a file cannot be removed.
pub fn remove_settled(folder: &Path, lease: &Lease, made: impl Fn(&str) -> bool) -> io::Result<()> {
    for (key, path) in claims(folder)? {
        if made(&key) && fs::read_to_string(&path).is_ok_and(|id| !lease.is_alive(id.trim())) {
            remove_if_there(&path)?;
        }
    }
    Ok(())
}

/// All claim files with their keys.
fn claims(folder: &Path) -> io::Result<Vec<(String, PathBuf)>> {
    let mut claims = Vec::new();
    for path in entries(folder)? {
        let name = path.file_name().and_then(|name| name.to_str());
        // Temporary files begin with a dot.
        let key = name
            .and_then(|name| name.split_once('.'))
            .map(|(key, _)| key.to_owned());
        claims.extend(key.filter(|key| !key.is_empty()).map(|key| (key, path)));
    }
    Ok(claims)
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Folders {
        root: tempfile::TempDir,
    }

    impl Folders {
        fn new() -> Self {
            let root = tempfile::tempdir().unwrap();
            fs::create_dir(root.path().join("claims")).unwrap();
            fs::create_dir(root.path().join("workers")).unwrap();
            Self { root }
        }

        fn claims(&self) -> Claims {
            let lease = Lease::take(&self.root.path().join("workers"), 1, 1).unwrap();
            Claims::new(&self.root.path().join("claims"), lease)
        }

        fn names(&self) -> Vec<String> {
            let entries = fs::read_dir(self.root.path().join("claims")).unwrap();
            let mut names: Vec<_> = entries
                .map(|entry| entry.unwrap().file_name().into_string().unwrap())
                .collect();
            names.sort();
            names
        }
    }

    #[test]
    fn one_of_two_gets_the_claim_and_the_other_after_a_release() {
        let folders = Folders::new();
        let (one, two) = (folders.claims(), folders.claims());
        let claim = one.claim("key").unwrap().unwrap();
        assert!(two.claim("key").unwrap().is_none());
        assert!(one.claim("key").unwrap().is_none());
        assert!(two.claim("other").unwrap().is_some());
        one.release(claim).unwrap();
        assert!(two.claim("key").unwrap().is_some());
        assert_eq!(folders.names(), ["key.0", "other.0"]);
    }

    #[test]
    fn the_claim_of_a_dead_process_is_inherited_once() {
        let folders = Folders::new();
        let dead = folders.claims();
        let _ = dead.claim("key").unwrap().unwrap();
        drop(dead);
        let (one, two) = (folders.claims(), folders.claims());
        let claim = one.claim("key").unwrap().unwrap();
        assert!(two.claim("key").unwrap().is_none());
        assert_eq!(folders.names(), ["key.0", "key.1"]);
        one.finish(claim).unwrap();
        assert!(folders.names().is_empty());
    }

    #[test]
    fn an_inherited_claim_is_no_longer_held() {
        let folders = Folders::new();
        let one = folders.claims();
        let claim = one.claim("key").unwrap().unwrap();
        assert!(one.holds(&claim).unwrap());
        // As if another machine had taken this process for dead.
        let inherited = folders.root.path().join("claims/key.1");
        fs::write(&inherited, "another").unwrap();
        assert!(!one.holds(&claim).unwrap());
        // That process has finished, and all claims on the key are removed.
        fs::remove_file(inherited).unwrap();
        one.release(claim).unwrap();
        let again = one.claim("key").unwrap().unwrap();
        fs::remove_file(folders.root.path().join("claims/key.0")).unwrap();
        assert!(!one.holds(&again).unwrap());
    }

    #[test]
    fn many_threads_one_claim() {
        let folders = Folders::new();
        let _ = folders.claims().claim("key").unwrap().unwrap();
        let all: Vec<Claims> = (0..16).map(|_| folders.claims()).collect();
        let won: usize = std::thread::scope(|scope| {
            let threads: Vec<_> = all
                .iter()
                .map(|claims| scope.spawn(|| usize::from(claims.claim("key").unwrap().is_some())))
                .collect();
            threads
                .into_iter()
                .map(|thread| thread.join().unwrap())
                .sum()
        });
        assert_eq!(won, 1);
    }
}
