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

/// Largest edit distance of similar words.
const MAX_DISTANCE: usize = 2;

/// The `words` that are similar to `unknown`: of similar spelling, or one the beginning of the other.
pub fn near<'a>(unknown: &str, words: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    let is_near = |word: &&str| {
        word.starts_with(unknown)
            || (unknown.starts_with(*word) && !word.is_empty())
            || distance(unknown, word) <= MAX_DISTANCE
    };
    words.filter(is_near).collect()
}

/// Levenshtein distance: the number of insertions, deletions and replacements that turn one word into the other.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, from) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, to) in b.iter().enumerate() {
            let replaced = diagonal + usize::from(from != *to);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_near_by_spelling_or_prefix() {
        let options = ["--dataset", "--data-dir", "--seed", "--side"];
        let near = |word| near(word, options.into_iter());
        assert_eq!(near("--data"), ["--dataset", "--data-dir"]);
        assert_eq!(near("--seeds"), ["--seed"]);
        assert_eq!(near("--dateset"), ["--dataset"]);
        assert!(near("--rate").is_empty());
        assert_eq!(distance("kitten", "sitting"), 3);
    }
}
