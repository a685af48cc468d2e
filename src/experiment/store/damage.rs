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
    /// A sentence without its full stop.
    pub why: String,
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
    pub fn is_sound(&self) -> bool {
        matches!(self, Self::Sound(_))
    }

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
