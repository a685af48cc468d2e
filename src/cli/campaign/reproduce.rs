//! `pipeline reproduce`: the paper's experiments, or similar ones, from training to report.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context;
use clap::Args;
use serde::Serialize;

use super::work::{Account, Effort, Stages, check_devices, work};
use crate::bounds::BoundKind;
use crate::campaign::{Ledger, Plan, Scope, StoreError};
use crate::cli::arguments::Seeds;
use crate::cli::output::{path_as_text, print, print_json, some_path_as_text, tell};
use crate::cli::report;
use crate::experiment::{
    self, Application, Experiment, Preset, Task, add_experiment, experiments, plan, solver_seconds,
};
use crate::instance::{Distance, LabelSource};
use crate::numbers::count;
use crate::training::Device;

/// Run a whole experiment: train, prune, solve, report. If it is interrupted, the same command resumes it.
///
/// Presets: smoke (built-in data, about ten seconds), scaled (some hours on two cores), paper (the
/// paper's grid as the paper describes it: 6,560 verification runs of 300 s, 1,080 maximization runs of 600 s, and for
/// `relaxation`, the study of regularisers, 3,420 networks), published (the same grid with the region, labels, pruning
/// and bounds of the published result files). A description of your own is a TOML file like those in the folder
/// `experiments` of the source.
///
/// Example: pipeline reproduce verification --preset scaled --workers 2
#[derive(Debug, Args)]
pub struct Arguments {
    /// Application: verification, maximization or relaxation
    application: Application,
    /// Preset: smoke, scaled, paper or published
    #[arg(long, default_value_t = Preset::Smoke)]
    preset: Preset,
    /// Experiment description (TOML file) instead of a preset
    #[arg(long, value_name = "FILE", conflicts_with = "preset")]
    config: Option<PathBuf>,
    /// Results folder [default: runs/APPLICATION-PRESET]
    #[arg(long, value_name = "DIR")]
    results: Option<PathBuf>,
    /// Time limit of each run in seconds, overriding the description
    #[arg(long, value_name = "SECONDS", allow_negative_numbers = true)]
    time_limit: Option<f64>,
    /// Only these of the description's seeds: 7 is the seed 7, not seven seeds; 0..9 is a range that
    /// includes both ends; lists such as 1,5..7 combine these
    #[arg(long, value_name = "SEEDS")]
    seeds: Option<Seeds>,
    /// Only these sources of label and target: the two largest outputs of the dense network (dense)
    /// or of the network whose MILP is solved (surrogate)
    #[arg(long, value_delimiter = ',')]
    labels: Option<Vec<LabelSource>>,
    /// Regions, overriding the description: inputs whose distance from the image is at most epsilon, as the sum of all
    /// changes (l1, the paper), the largest change (linf), or the sum over the rows of pixels of the largest change in
    /// each (rows, the published runs)
    #[arg(long, value_delimiter = ',')]
    region: Option<Vec<Distance>>,
    /// Number of solver threads, overriding the description
    #[arg(long)]
    threads: Option<u32>,
    /// Preactivation bounds, for big-M coefficients, overriding the description: box, interval, linear, alpha
    /// or tightening
    #[arg(long)]
    bounds: Option<BoundKind>,
    /// Device to train on, overriding the description: cpu, ndarray, wgpu or cuda
    #[arg(long)]
    device: Option<Device>,
    /// Only print what would be done
    #[arg(long)]
    dry_run: bool,
    /// Only write the description to the folder, for `pipeline work` and `pipeline slurm`
    #[arg(long, conflicts_with = "dry_run")]
    plan_only: bool,
    #[command(flatten)]
    effort: Effort,
    /// Print one JSON object instead of the summary
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Overview<'a> {
    experiment: &'a Experiment,
    #[serde(serialize_with = "path_as_text")]
    results: &'a Path,
    dense_models: usize,
    pruned_models: usize,
    runs: usize,
    runs_left: usize,
    /// Upper bounds.
    solver_hours: f64,
    solver_hours_left: f64,
}

#[derive(Serialize)]
struct Record<'a> {
    #[serde(serialize_with = "path_as_text")]
    results: &'a Path,
    #[serde(serialize_with = "some_path_as_text")]
    report: Option<&'a Path>,
    #[serde(flatten)]
    account: &'a Account,
}

pub fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let experiment = arguments.experiment()?;
    let results = arguments.results();
    let plan = plan([&experiment]);
    if arguments.dry_run {
        return overview(&experiment, &plan, &results, arguments);
    }
    if !arguments.plan_only {
        // Before anything is written.
        let unmade = part(&plan, &results, |ledger, plan| ledger.unmade(plan))?;
        arguments.effort.workers(&unmade)?;
        check_devices(&unmade)?;
    }
    let store = experiment::create(&results)?;
    let name = format!("{}-{}", arguments.name(), experiment.fingerprint());
    add_experiment(&store, &name, &experiment)?;
    let others = experiments(&store)?.len() - 1;
    if others > 0 {
        tell(&format!(
            "{} also holds {}: `pipeline work` resumes all of them",
            results.display(),
            count(others, "description")
        ));
    }
    if arguments.plan_only {
        return overview(&experiment, &plan, &results, arguments);
    }
    let plan = store.ledger(&[])?.needed(&plan)?;
    let account = work(&store, plan, Stages::All, &arguments.effort, Scope::Store)?;
    // If every run failed, there is nothing to report.
    let report = match account.runs_done() {
        0 => None,
        _ => Some(report::write(&results, &results.join("report"), None)?.output),
    };
    if arguments.json {
        print_json(&Record {
            results: &results,
            report: report.as_deref(),
            account: &account,
        })?;
    } else {
        print(&account.summary())?;
        if let Some(report) = &report {
            print(&format!("report: {}", report.join("index.html").display()))?;
        }
    }
    account.check(&results)
}

impl Arguments {
    /// The description, with the overrides of the other arguments.
    fn experiment(&self) -> anyhow::Result<Experiment> {
        let mut experiment = match &self.config {
            None => Experiment::preset(self.application, self.preset),
            Some(path) => read(path)?,
        };
        anyhow::ensure!(
            experiment.application == self.application,
            "the description is for {}, not for {}",
            experiment.application,
            self.application
        );
        let solve = &mut experiment.solve;
        solve.time_limit = self.time_limit.unwrap_or(solve.time_limit);
        solve.threads = self.threads.unwrap_or(solve.threads);
        if let Some(regions) = &self.region {
            solve.regions.clone_from(regions);
        }
        solve.bounds = self.bounds.unwrap_or(solve.bounds);
        experiment.networks.device = self.device.unwrap_or(experiment.networks.device);
        if let Some(seeds) = &self.seeds {
            experiment.keep_seeds(&seeds.as_u32()?).context("--seeds")?;
        }
        if let Some(labels) = &self.labels {
            experiment.keep_labels(labels).context("--labels")?;
        }
        experiment.check().context("the experiment cannot be run")?;
        Ok(experiment)
    }

    fn name(&self) -> String {
        let kind = match &self.config {
            None => self.preset.to_string(),
            Some(path) => path
                .file_stem()
                .map_or_else(String::new, |name| name.to_string_lossy().into_owned()),
        };
        format!("{}-{kind}", self.application)
    }

    fn results(&self) -> PathBuf {
        let default = || Path::new("runs").join(self.name());
        self.results.clone().unwrap_or_else(default)
    }
}

fn read(path: &Path) -> anyhow::Result<Experiment> {
    let named = || path.display().to_string();
    let text = fs::read_to_string(path).with_context(|| format!("cannot read {}", named()))?;
    Experiment::parse(&text).with_context(named)
}

/// The part of a plan that a results folder lacks; all of it if the folder does not exist.
fn part(
    plan: &Plan<Task>,
    results: &Path,
    lacking: fn(&Ledger, &Plan<Task>) -> Result<Plan<Task>, StoreError>,
) -> Result<Plan<Task>, StoreError> {
    match experiment::open(results) {
        Err(StoreError::NoStore { .. }) => Ok(plan.clone()),
        store => {
            let store = store?;
            store.check_archive()?;
            lacking(&store.ledger(&[])?, plan)
        }
    }
}

/// Prints the size of the plan, and how much of it remains.
fn overview(
    experiment: &Experiment,
    plan: &Plan<Task>,
    results: &Path,
    arguments: &Arguments,
) -> anyhow::Result<()> {
    let left = part(plan, results, |ledger, plan| ledger.remaining(plan))?;
    let hours = |plan: &Plan<Task>| solver_seconds(plan.tasks()) / 3600.0;
    let record = Overview {
        experiment,
        results,
        dense_models: plan.stage(0).count(),
        pruned_models: plan.stage(1).count(),
        runs: plan.runs().count(),
        runs_left: left.runs().count(),
        solver_hours: hours(plan),
        solver_hours_left: hours(&left),
    };
    if arguments.json {
        return print_json(&record);
    }
    print(&format!(
        "{}, {}, {} of at most {} s ({} per run)\n\
         at most {:.1} solver-hours; {} left in {}, at most {:.1} solver-hours",
        count(record.dense_models, "dense model"),
        count(record.pruned_models, "pruned model"),
        count(record.runs, "run"),
        experiment.solve.time_limit,
        count(experiment.solve.threads as usize, "thread"),
        record.solver_hours,
        count(record.runs_left, "run"),
        results.display(),
        record.solver_hours_left
    ))
}
