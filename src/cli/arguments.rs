//! Arguments that several commands share, and their parsers.

use std::collections::HashSet;
use std::ffi::OsString;
use std::str::FromStr;

use anyhow::Context;
use clap::Args;
use clap::builder::OsStringValueParser;

use super::terminal::Meter;
use crate::dataset::{self, Dataset, DatasetName, Download, Source};

/// The most that either number of a [`Pair`] may be.
const MOST: usize = 1_000_000;

/// Two numbers from 1 to a million, written `AxB`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pair(pub usize, pub usize);

impl FromStr for Pair {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let number = |text: &str| {
            text.parse()
                .ok()
                .filter(|number| (1..=MOST).contains(number))
        };
        text.split_once('x')
            .and_then(|(a, b)| Some(Self(number(a)?, number(b)?)))
            .ok_or_else(|| {
                format!("{text:?} is not of the form 64x2 (two whole numbers from 1 to {MOST})")
            })
    }
}

/// Hidden layers of one width, written `width x layers`.
impl Pair {
    pub fn hidden(self) -> Vec<usize> {
        vec![self.0; self.1]
    }
}

/// The most seeds of one list.
const MOST_SEEDS: u64 = 1_000_000;

/// Whole numbers: one, a range with both its ends (`0..9`), or several of these (`1,5..7`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seeds(Vec<u64>);

impl Seeds {
    pub fn values(&self) -> &[u64] {
        &self.0
    }

    /// The seeds of an experiment, each once.
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
                (Ok(first), Ok(last)) if first <= last && last - first < MOST_SEEDS => {
                    seeds.extend(first..=last);
                }
                _ => {
                    return Err(format!(
                        "{part:?} is no seed and no range of at most {MOST_SEEDS} of them (7, or 0..9)"
                    ));
                }
            }
        }
        Ok(Self(seeds))
    }
}

/// Where image files are looked for.
#[derive(Debug, Clone, Args)]
pub struct DataArguments {
    /// Folder with mnist/ and fashion-mnist/, four IDX files each, gzip or plain; without it they
    /// are looked for in datasets/ and downloaded there
    #[arg(long, value_name = "DIR", env = "PIPELINE_DATA_DIR", value_parser = OsStringValueParser::new())]
    data_dir: Option<OsString>,
}

impl DataArguments {
    /// Where the images are looked for.
    pub fn source(&self) -> Source {
        match &self.data_dir {
            // An empty variable is one that was unset.
            Some(folder) if !folder.is_empty() => Source::Directory(folder.into()),
            _ => Source::default(),
        }
    }

    /// These arguments again, for another process of this program.
    pub fn to_arguments(&self) -> Vec<OsString> {
        match &self.data_dir {
            Some(folder) => vec!["--data-dir".into(), folder.clone()],
            None => Vec::new(),
        }
    }

    /// The data set at a side: 28 as stored, less by antialiased bilinear down-scaling.
    pub fn load(&self, name: DatasetName, side: usize) -> anyhow::Result<Dataset> {
        let mut meter: Option<(&'static str, Meter)> = None;
        let mut watch = |download: Download| show_download(&mut meter, &download);
        let dataset = dataset::load(name, &self.source(), &mut watch)
            .with_context(|| format!("cannot load the data set {name}"))?;
        Ok(dataset.rescaled(side)?)
    }
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

/// The side of the images that a network of `inputs` inputs reads.
pub fn side_of(inputs: usize) -> anyhow::Result<usize> {
    let side = inputs.isqrt();
    anyhow::ensure!(
        side * side == inputs && (1..=dataset::SIDE).contains(&side),
        "the network has {inputs} inputs, which is no square image of side {} or less",
        dataset::SIDE
    );
    Ok(side)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seeds_are_numbers_and_ranges_with_both_ends() {
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
