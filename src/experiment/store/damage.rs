//! What of a store cannot be used, and why.

use std::fmt;

use serde::Serialize;

/// A record that does not count.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Damage {
    /// The file within the results folder, with the line where it has several records.
    pub place: String,
    /// The key under which it is kept, where it has one.
    pub key: Option<String>,
    pub remedy: Remedy,
    /// A sentence without its full stop.
    pub why: String,
}

/// What settles it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Remedy {
    /// `pipeline pack` keeps what can be read.
    Pack,
    /// `--retry-failed` sets the file aside and repeats its model or run.
    Retry,
    /// The file is to be deleted by hand: what counts is elsewhere.
    Delete,
}

impl fmt::Display for Damage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.why)
    }
}

/// What a look for a record found.
#[derive(Debug, Clone)]
pub enum Look<T> {
    Absent,
    Sound(T),
    Damaged(Damage),
}

impl<T> Look<T> {
    /// The same without what was found.
    pub fn without_record(self) -> Look<()> {
        match self {
            Self::Absent => Look::Absent,
            Self::Sound(_) => Look::Sound(()),
            Self::Damaged(damage) => Look::Damaged(damage),
        }
    }

    pub fn damage(self) -> Option<Damage> {
        match self {
            Self::Damaged(damage) => Some(damage),
            Self::Absent | Self::Sound(_) => None,
        }
    }
}
