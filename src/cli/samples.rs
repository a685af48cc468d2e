//! Samples of a regression from arguments.

use std::path::{Path, PathBuf};

use anyhow::{Context, bail, ensure};
use clap::Args;
use clap::builder::RangedI64ValueParser;

use super::destination::Input;
use crate::dataset::{Function, Regression, SampleCounts, Scaling, Table, read_csv};
use crate::formats::file_sha256;
use crate::numbers::count;
use crate::recipe::{RegressionSource, two_stage_samples};
use crate::stochastic::TwoStageName;

/// The most samples: they are in the memory at once.
const MOST_SAMPLES: i64 = 10_000_000;

fn at_most() -> RangedI64ValueParser<u32> {
    clap::value_parser!(u32).range(..=MOST_SAMPLES)
}

/// What regression networks learn, or are tested on: a function, a two-stage problem, or the rows of a table.
#[derive(Debug, Clone, Args)]
struct SourceArguments {
    /// Function: peaks, himmelblau, ackley or rosenbrock, the last two also with a number of inputs, as in ackley:5
    #[arg(long, value_name = "FUNCTION")]
    function: Option<Function>,
    /// Two-stage stochastic problem, the cost of whose second stage is learned at random decisions: facility-location
    /// (ten 0-1 decisions) or investment-be, -bh, -ie, -ih (two continuous ones)
    #[arg(long, value_name = "PROBLEM")]
    two_stage: Option<TwoStageName>,
    /// Table: a CSV file whose first line names the columns
    #[arg(long, value_name = "CSV", requires_all = ["inputs", "targets"])]
    table: Option<PathBuf>,
    /// Columns of the table that are inputs
    #[arg(
        long,
        value_name = "COLUMN,...",
        value_delimiter = ',',
        requires = "table"
    )]
    inputs: Vec<String>,
    /// Columns of the table that are outputs
    #[arg(
        long,
        value_name = "COLUMN,...",
        value_delimiter = ',',
        requires = "table"
    )]
    targets: Vec<String>,
    /// Samples of the function or problem for the test
    #[arg(long, value_name = "N", default_value_t = 10_000, value_parser = at_most(), conflicts_with_all = ["table", "dataset"])]
    test_samples: u32,
    /// Seed of the samples of the function or problem or, when training, of the split of the table: eight tenths of the rows are
    /// for training, one tenth each for validation and the test
    #[arg(
        long,
        value_name = "SEED",
        default_value_t = 0,
        conflicts_with = "dataset"
    )]
    data_seed: u32,
}

/// What a regression network learns.
#[derive(Debug, Clone, Args)]
pub struct SampleArguments {
    #[command(flatten)]
    source: SourceArguments,
    /// Samples for training [default: 70000 of a function, 16000 of a two-stage problem]
    #[arg(long, value_name = "N", value_parser = at_most(), conflicts_with_all = ["table", "dataset"])]
    samples: Option<u32>,
    /// Samples for validation [default: 30000 of a function, 4000 of a two-stage problem]
    #[arg(long, value_name = "N", value_parser = at_most(), conflicts_with_all = ["table", "dataset"])]
    validation_samples: Option<u32>,
}

/// What a regression network is tested on.
#[derive(Debug, Clone, Args)]
pub struct TestArguments {
    #[command(flatten)]
    source: SourceArguments,
}

impl SampleArguments {
    /// The samples, with where they come from, for quantiles of one target or for the targets themselves.
    pub fn load(&self, of_quantiles: bool) -> anyhow::Result<(RegressionSource, Regression)> {
        let seed = self.source.data_seed;
        let counts = |training: u32, validation: u32| SampleCounts {
            training: self.samples.unwrap_or(training) as usize,
            validation: self.validation_samples.unwrap_or(validation) as usize,
            test: self.source.test_samples as usize,
        };
        let source = match self.source.given()? {
            Given::Function(function) => RegressionSource::Function {
                function,
                samples: counts(70_000, 30_000),
                seed,
            },
            Given::TwoStage(problem) => RegressionSource::TwoStage {
                problem,
                samples: counts(16_000, 4_000),
                seed,
            },
            Given::Table(path) => {
                let table = self.source.read(path)?;
                let seed = seed.into();
                let few = || {
                    let rows = count(table.len(), "row");
                    format!("{} has {rows}, expected at least three", path.display())
                };
                ensure!(table.len() >= LEAST_ROWS, few());
                let targets = self.source.targets.len();
                ensure!(
                    targets == 1 || !of_quantiles,
                    "--quantiles needs one target, but --targets names {targets}"
                );
                let source = RegressionSource::Table {
                    file: name_of(path),
                    sha256: file_sha256(path)?,
                    inputs: self.source.inputs.clone(),
                    targets: self.source.targets.clone(),
                    seed,
                };
                let scaling = |table: &Table| match of_quantiles {
                    true => Scaling::to_standard(table),
                    false => Scaling::to_unit(table, true),
                };
                let data = Regression::of_table(&table, seed, scaling);
                let data = data.with_context(|| format!("cannot use {}", path.display()))?;
                return Ok((source, data));
            }
        };
        let data = source.samples();
        let data = data.context("--samples, --validation-samples or --test-samples is 0")?;
        Ok((source, data.expect("samples of no file")))
    }

    /// The file that is read, if there is one.
    pub fn files(&self) -> Vec<Input> {
        let table = self.source.table.iter();
        table
            .map(|path| ("the table".to_owned(), path.clone()))
            .collect()
    }
}

impl TestArguments {
    /// The function or problem at its test samples, or all rows of the table.
    pub fn table(&self) -> anyhow::Result<Table> {
        match self.source.given()? {
            Given::Function(function) => {
                let seed = Regression::test_seed(self.source.data_seed);
                let samples = function.samples(self.source.test_samples as usize, seed);
                samples.context("--test-samples is 0")
            }
            Given::TwoStage(problem) => {
                let seed = Regression::test_seed(self.source.data_seed);
                let samples = two_stage_samples(problem, self.source.test_samples as usize, seed);
                samples.context("--test-samples is 0")
            }
            Given::Table(path) => self.source.read(path),
        }
    }

    /// The function, problem or table by name.
    pub fn name(&self) -> String {
        match self.source.given() {
            Ok(Given::Function(function)) => function.to_string(),
            Ok(Given::TwoStage(problem)) => problem.to_string(),
            Ok(Given::Table(path)) => path.display().to_string(),
            Err(_) => String::new(),
        }
    }
}

/// The fewest rows of a table that are divided.
const LEAST_ROWS: usize = 3;

enum Given<'a> {
    Function(Function),
    TwoStage(TwoStageName),
    Table(&'a Path),
}

impl SourceArguments {
    fn given(&self) -> anyhow::Result<Given<'_>> {
        match (self.function, self.two_stage, &self.table) {
            (Some(function), ..) => Ok(Given::Function(function)),
            (_, Some(problem), _) => Ok(Given::TwoStage(problem)),
            (.., Some(path)) => Ok(Given::Table(path)),
            (None, None, None) => bail!("--function, --two-stage or --table is missing"),
        }
    }

    fn read(&self, path: &Path) -> anyhow::Result<Table> {
        Ok(read_csv(path, &self.inputs, &self.targets)?)
    }
}

fn name_of(path: &Path) -> String {
    let name = path.file_name().unwrap_or_default();
    name.to_string_lossy().into_owned()
}
