//! Enums written as one word, the same on the command line, in files and in messages.

use thiserror::Error;

/// Error for a word that names no value of an enum.
#[derive(Debug, Clone, Error, PartialEq, Eq)]
#[error("unknown {what} {found:?}, expected {expected}")]
pub struct UnknownName {
    what: &'static str,
    found: String,
    expected: String,
}

/// An enum whose values have names; the macro `in_words` implements the rest from it.
pub trait Named: Copy + PartialEq + 'static {
    /// Name of the enum, for messages.
    const WHAT: &'static str;
    /// Every value with its name.
    const NAMES: &'static [(Self, &'static str)];

    fn as_str(self) -> &'static str {
        let mut names = Self::NAMES.iter();
        let found = names.find(|(value, _)| *value == self);
        found.expect("every value has a name").1
    }

    /// Returns the value that is named `text`.
    ///
    /// # Errors
    /// When no value has that name; the message lists the valid ones.
    fn parse(text: &str) -> Result<Self, UnknownName> {
        let mut names = Self::NAMES.iter();
        let found = names.find(|(_, name)| *name == text);
        found.map(|&(value, _)| value).ok_or_else(|| {
            let names: Vec<_> = Self::NAMES.iter().map(|&(_, name)| name).collect();
            UnknownName {
                what: Self::WHAT,
                found: text.to_owned(),
                expected: names.join(" or "),
            }
        })
    }
}

/// Implements `Display`, `FromStr`, `Serialize` and `Deserialize` by the names; a blanket impl is
/// not possible for foreign traits.
macro_rules! in_words {
    ($($name:ty),*) => {$(
        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad($crate::named::Named::as_str(*self))
            }
        }

        impl std::str::FromStr for $name {
            type Err = $crate::named::UnknownName;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                $crate::named::Named::parse(text)
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
                out.serialize_str($crate::named::Named::as_str(*self))
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
                let text = <std::borrow::Cow<'de, str>>::deserialize(input)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }
    )*};
}

pub(crate) use in_words;
