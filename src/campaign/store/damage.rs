//! Damaged parts of a store.

use std::fmt;

use serde::Serialize;

/// A record that does not count.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Damage {
    /// The file within the results folder, with the line number if it has several records.
    pub place: String,
    /// The key under which it is stored, if it has one.
    pub key: Option<String>,
    pub remedy: Remedy,
    /// The reason, a sentence without its full stop.
    pub why: String,
}

/// How to resolve the damage.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Remedy {
    /// `pipeline pack` keeps what can be read.
    Pack,
    /// `--retry-failed` sets the file aside and repeats its task.
    Retry,
    /// The file is to be deleted by hand: another record counts.
    Delete,
}

impl fmt::Display for Damage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.why)
    }
}

/// The result of looking up a record.
#[derive(Debug, Clone)]
pub enum Lookup<T> {
    Absent,
    Sound(T),
    Damaged(Damage),
}

impl<T> Lookup<T> {
    /// The same result without the record.
    pub fn without_record(self) -> Lookup<()> {
        match self {
            Self::Absent => Lookup::Absent,
            Self::Sound(_) => Lookup::Sound(()),
            Self::Damaged(damage) => Lookup::Damaged(damage),
        }
    }

    pub fn damage(self) -> Option<Damage> {
        match self {
            Self::Damaged(damage) => Some(damage),
            Self::Absent | Self::Sound(_) => None,
        }
    }
}
