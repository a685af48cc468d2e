//! Options that are passed on to `sbatch`, checked before anything is written: a script that is
//! refused on submission, or that runs other tasks than it was made for, is noticed late.

use std::str::FromStr;

use thiserror::Error;

/// Options of the batch scripts that no extra option may change, each with its short form and with
/// what to give instead.
const OWN: [(&str, char, &str); 9] = [
    (
        "array",
        'a',
        "nothing: the keys are divided among the tasks of the array",
    ),
    ("dependency", 'd', "nothing: the stages wait for each other"),
    (
        "cpus-per-task",
        'c',
        "nothing: the description says how many threads a run has",
    ),
    ("time", 't', "--time"),
    ("mem", ' ', "--memory"),
    ("partition", 'p', "--partition"),
    ("account", 'A', "--account"),
    (
        "parsable",
        ' ',
        "nothing: the job id is read from the output of sbatch",
    ),
    ("wrap", ' ', "nothing: the scripts contain the command"),
];

/// Error for an invalid memory size, option or name.
#[derive(Debug, Clone, Error, PartialEq, Eq)]
pub enum InvalidOption {
    #[error(
        "{0:?} is not a Slurm memory size, expected a whole number and K, M, G or T, such as 4G (without a unit: MiB)"
    )]
    Memory(String),
    #[error(
        "{0:?} is not an option of sbatch, expected a text that begins with a dash, such as --exclude=node7"
    )]
    NoDash(String),
    #[error("{found:?} would change --{option}, which the scripts set, expected {expected}")]
    Own {
        found: String,
        option: &'static str,
        expected: &'static str,
    },
    #[error("it is empty, expected a name known to this cluster")]
    NoName,
}

/// A memory size in the format of `sbatch --mem`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Memory(String);

/// An extra option of `sbatch` that changes none of the scripts' own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SbatchOption(String);

/// The name of a partition or an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Name(String);

impl FromStr for Memory {
    type Err = InvalidOption;

    fn from_str(text: &str) -> Result<Self, InvalidOption> {
        let unit = |c: char| "KMGTkmgt".contains(c);
        let number = text.strip_suffix(unit).unwrap_or(text);
        let digits = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
        if digits && number.parse::<u64>().is_ok() {
            Ok(Self(text.to_owned()))
        } else {
            Err(InvalidOption::Memory(text.to_owned()))
        }
    }
}

impl FromStr for SbatchOption {
    type Err = InvalidOption;

    fn from_str(text: &str) -> Result<Self, InvalidOption> {
        let rest = text.trim_start_matches('-');
        let dashes = text.len() - rest.len();
        if !(1..=2).contains(&dashes) || !rest.starts_with(|c: char| c.is_ascii_alphabetic()) {
            return Err(InvalidOption::NoDash(text.to_owned()));
        }
        // A line may hold several options.
        for word in text.split_whitespace() {
            if let Some((option, _, expected)) = OWN.iter().find(|own| sets(word, own)) {
                return Err(InvalidOption::Own {
                    found: text.to_owned(),
                    option,
                    expected,
                });
            }
        }
        Ok(Self(text.to_owned()))
    }
}

/// Whether a word of the command line sets an option. A long option may be abbreviated as long as
/// it is unambiguous.
fn sets(word: &str, (long, short, _): &(&str, char, &str)) -> bool {
    if let Some(word) = word.strip_prefix("--") {
        let name = word.split('=').next().unwrap_or(word);
        return name.len() > 1 && long.starts_with(name);
    }
    word.strip_prefix('-')
        .is_some_and(|word| word.starts_with(*short))
}

impl FromStr for Name {
    type Err = InvalidOption;

    fn from_str(text: &str) -> Result<Self, InvalidOption> {
        if text.trim().is_empty() {
            return Err(InvalidOption::NoName);
        }
        Ok(Self(text.to_owned()))
    }
}

impl From<Memory> for String {
    fn from(memory: Memory) -> Self {
        memory.0
    }
}

impl From<SbatchOption> for String {
    fn from(option: SbatchOption) -> Self {
        option.0
    }
}

impl From<Name> for String {
    fn from(name: Name) -> Self {
        name.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_is_a_number_with_a_unit_or_without() {
        for good in ["4000", "4G", "512m", "1T", "0"] {
            assert!(good.parse::<Memory>().is_ok(), "{good}");
        }
        for bad in [
            "",
            "abc",
            "G",
            "4 G",
            "-4G",
            "+4G",
            "4.5G",
            "4X",
            "4GG",
            "99999999999999999999",
        ] {
            assert!(bad.parse::<Memory>().is_err(), "{bad}");
        }
    }

    #[test]
    fn options_begin_with_a_dash_and_change_none_of_the_scripts_own() {
        for good in [
            "--exclude=node7",
            "--mem-per-cpu=2G",
            "-x node7",
            "--time-min=5",
            "--no-requeue",
        ] {
            assert!(good.parse::<SbatchOption>().is_ok(), "{good}");
        }
        for bad in ["", "-", "--", "nodash", "# --x", "---x", " --x", "-1"] {
            assert!(
                matches!(bad.parse::<SbatchOption>(), Err(InvalidOption::NoDash(_))),
                "{bad}"
            );
        }
        for (own, option) in [
            ("--array=0-5", "array"),
            ("--arr 0-5", "array"),
            ("-a0-5", "array"),
            ("--exclude=a --array=1", "array"),
            ("-t 5", "time"),
            ("--mem=4G", "mem"),
            ("--dependency=afterok:1", "dependency"),
        ] {
            let error = own.parse::<SbatchOption>().unwrap_err().to_string();
            assert!(error.contains(&format!("--{option},")), "{error}");
        }
    }
}
