//! Arguments that several commands share, and their parsers.

use std::collections::{BTreeMap, HashSet};
use std::ffi::OsString;
use std::str::FromStr;

use anyhow::{Context, ensure};
use clap::Args;
use clap::builder::OsStringValueParser;

use super::destination::Input;
use super::interrupt::uninterrupted;
use super::output::tell;
use super::terminal::Meter;
use crate::dataset::{self, Dataset, DatasetName, Download, Source, misplaced};
use crate::numbers::Shortest;

/// Largest value of either number of a [`Pair`].
const MAX_IN_PAIR: usize = 1_000_000;

/// Two numbers from 1 to a million, written `AxB`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pair(pub usize, pub usize);

impl FromStr for Pair {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let number = |text: &str| {
            text.parse()
                .ok()
                .filter(|number| (1..=MAX_IN_PAIR).contains(number))
        };
        text.split_once('x')
            .and_then(|(a, b)| Some(Self(number(a)?, number(b)?)))
            .ok_or_else(|| {
                format!(
                    "{text:?} is not of the form 64x2 (two whole numbers from 1 to {MAX_IN_PAIR})"
                )
            })
    }
}

/// Hidden layers of one width, written `width x layers`.
impl Pair {
    pub fn hidden(self) -> Vec<usize> {
        vec![self.0; self.1]
    }
}

/// Largest number of seeds in one range.
const MAX_SEEDS: u64 = 1_000_000;

/// Whole numbers: one, an inclusive range (`0..9`), or a list of these (`1,5..7`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seeds(Vec<u64>);

impl Seeds {
    pub fn values(&self) -> &[u64] {
        &self.0
    }

    /// The seeds of an experiment, without duplicates.
    pub fn as_u32(&self) -> anyhow::Result<Vec<u32>> {
        let mut seeds = Vec::new();
        let mut known = HashSet::new();
        for &seed in &self.0 {
            let small = u32::try_from(seed)
                .with_context(|| format!("--seeds has {seed}, expected at most {}", u32::MAX))?;
            if known.insert(small) {
                seeds.push(small);
            }
        }
        Ok(seeds)
    }
}

impl FromStr for Seeds {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let mut seeds = Vec::new();
        for part in text.split(',') {
            let ends = part.split_once("..").unwrap_or((part, part));
            match (ends.0.parse::<u64>(), ends.1.parse::<u64>()) {
                (Ok(first), Ok(last)) if first <= last && last - first < MAX_SEEDS => {
                    seeds.extend(first..=last);
                }
                _ => {
                    return Err(format!(
                        "{part:?} is not a seed such as 7 or a range such as 0..9 of at most {MAX_SEEDS} seeds"
                    ));
                }
            }
        }
        Ok(Self(seeds))
    }
}

/// Number of files of a public data set.
const FILES: usize = 4;

/// Environment variable for the folder of the image files, used without `--data-dir`.
const VARIABLE: &str = "PIPELINE_DATA_DIR";

/// Where to find image files.
// The variable is read here, not by clap, whose usage lines show an option set by a variable as required.
#[derive(Debug, Clone, Args)]
pub struct DataArguments {
    /// Folder with mnist/ and fashion-mnist/, four IDX files each, gzipped or not [default: the environment
    /// variable PIPELINE_DATA_DIR, else datasets/, where missing files are downloaded]
    #[arg(long, value_name = "DIR", value_parser = OsStringValueParser::new())]
    data_dir: Option<OsString>,
}

impl DataArguments {
    /// The folder given by the user, if any.
    fn folder(&self) -> Option<OsString> {
        self.data_dir.clone().or_else(|| std::env::var_os(VARIABLE))
    }

    /// Where to find the images.
    pub fn source(&self) -> Source {
        match self.folder() {
            // An empty name counts as unset: scripts clear the variable this way.
            Some(folder) if !folder.is_empty() => Source::Directory(folder.into()),
            _ => Source::default(),
        }
    }

    /// The same arguments for another process of this program.
    pub fn to_arguments(&self) -> Vec<OsString> {
        match self.folder() {
            Some(folder) => vec!["--data-dir".into(), folder],
            None => Vec::new(),
        }
    }

    /// The data set with images of the given side: 28 as stored, less by antialiased bilinear downscaling.
    pub fn load(&self, name: DatasetName, side: usize) -> anyhow::Result<Dataset> {
        let mut meter: Option<(&'static str, Meter)> = None;
        let mut watch = |download: Download| show_download(&mut meter, &download);
        let mut load = || dataset::load(name, &self.source(), &mut watch);
        // A download may take long, and can be interrupted without leaving files in the way.
        let dataset = if self.source().files(name).len() == FILES {
            uninterrupted(load)?
        } else {
            load()
        };
        let dataset = dataset.with_context(|| format!("cannot load the data set {name}"))?;
        self.warn_of_other_images(&dataset);
        Ok(dataset.rescaled(side)?)
    }

    /// The files that [`DataArguments::load`] reads.
    pub fn inputs(&self, name: DatasetName) -> Vec<Input> {
        let what = || format!("the images of {name} in");
        let files = self.source().files(name).into_iter();
        files.map(|file| (what(), file)).collect()
    }

    /// Warns if files of the data set are known to belong to another data set.
    fn warn_of_other_images(&self, dataset: &Dataset) {
        let folder = self.source().folder(dataset.name);
        let mut files: BTreeMap<DatasetName, Vec<&str>> = BTreeMap::new();
        for other in misplaced(dataset) {
            files.entry(other.belongs_to).or_default().push(other.file);
        }
        for (name, files) in files {
            let folder = folder.display();
            tell(&match files.len() {
                FILES => format!("warning: the files in {folder} are those of {name}"),
                _ => format!(
                    "warning: in {folder} these files belong to {name}: {}",
                    files.join(", ")
                ),
            });
        }
    }
}

/// Rejects a time limit that is not positive and finite.
pub fn check_time_limit(seconds: f64) -> anyhow::Result<()> {
    ensure!(
        seconds > 0.0 && seconds.is_finite(),
        "--time-limit is {}, expected a positive number of seconds",
        Shortest(seconds)
    );
    Ok(())
}

fn show_download(meter: &mut Option<(&'static str, Meter)>, download: &Download) {
    let total = download.total.unwrap_or(0);
    if meter
        .as_ref()
        .is_none_or(|(file, _)| *file != download.file)
    {
        let name = format!("downloading {}", download.file);
        *meter = Some((download.file, Meter::new(&name, total)));
    }
    if let Some((_, meter)) = meter {
        meter.set_total(total);
        meter.set(
            download.received,
            &format!("{} kB", download.received / 1024),
        );
    }
}

/// The image side for a network with `inputs` inputs.
pub fn side_of(inputs: usize) -> anyhow::Result<usize> {
    let side = inputs.isqrt();
    ensure!(
        side * side == inputs && (1..=dataset::SIDE).contains(&side),
        "the network has {inputs} inputs, expected those of a square image of side at most {}",
        dataset::SIDE
    );
    Ok(side)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seeds_are_numbers_and_inclusive_ranges() {
        assert_eq!("7".parse(), Ok(Seeds(vec![7])));
        assert_eq!("1,5..7,3".parse(), Ok(Seeds(vec![1, 5, 6, 7, 3])));
        assert_eq!(u64::MAX.to_string().parse(), Ok(Seeds(vec![u64::MAX])));
        for bad in ["", "-1", "1,", "5..4", "1..=3", "0..1000000", "1.5", "a..b"] {
            assert!(bad.parse::<Seeds>().is_err(), "{bad}");
        }
    }

    #[test]
    fn pairs_are_two_positive_numbers() {
        assert_eq!("64x2".parse(), Ok(Pair(64, 2)));
        for bad in [
            "64", "64x", "x2", "0x2", "64x0", "6.5x2", "64X2", "64x2x2", "-1x2",
        ] {
            assert!(bad.parse::<Pair>().is_err(), "{bad}");
        }
    }
}
