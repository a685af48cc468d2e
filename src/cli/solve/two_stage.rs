//! Two-stage stochastic problems: the first stage with a network in place of the second, and what its decisions are
//! worth in scenarios.

use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::{Context, ensure};
use clap::Args;
use serde::Serialize;

use crate::bounds::BoundKind;
use crate::cli::arguments::check_time_limit;
use crate::cli::interrupt::stop_on_interrupt;
use crate::cli::origins::warn_of_other_problem;
use crate::cli::output::{print, print_json, some_path_as_text};
use crate::cli::terminal::Meter;
use crate::formats::read_model;
use crate::limits::Limits;
use crate::numbers::{Decimals, count};
use crate::solver::{Event, Settings};
use crate::stochastic::{Decision, FirstStage, Optimum, Risk, TwoStage, TwoStageName, Value};
use crate::tightening::bounds;

/// Decimals of the values shown.
const PLACES: usize = 4;

#[derive(Debug, Args)]
pub struct TwoStageCommand {
    /// Problem: facility-location or investment-be, -bh, -ie, -ih
    #[arg(value_name = "PROBLEM")]
    problem: TwoStageName,
    /// Network whose outputs are quantiles, in increasing order, of the second stage's cost, or whose only output is its
    /// expected cost; without one, the decisions that are optimal for the scenarios are computed
    #[arg(long, value_name = "MODEL")]
    network: Option<PathBuf>,
    /// Weight of the conditional value at risk beside the expected cost
    #[arg(
        long,
        value_name = "WEIGHT",
        default_value_t = 0.0,
        allow_negative_numbers = true
    )]
    risk_weight: f64,
    /// Level of the conditional value at risk: 0.9 is the expected cost in the worst tenth of all cases
    #[arg(
        long,
        value_name = "LEVEL",
        default_value_t = 0.9,
        allow_negative_numbers = true
    )]
    risk_level: f64,
    /// By how much a quantile of the network may exceed the next one
    #[arg(
        long,
        value_name = "COST",
        default_value_t = 10.0,
        allow_negative_numbers = true
    )]
    crossing: f64,
    /// Scenarios in which the decisions are evaluated [default: 500; 36 for the investment problems, whose scenarios are
    /// a square grid]
    #[arg(long, value_name = "N")]
    scenarios: Option<usize>,
    /// Seed of the scenarios
    #[arg(long, value_name = "SEED", default_value_t = 500)]
    scenario_seed: u32,
    /// Also compute the optimum for the scenarios, to compare with
    #[arg(long, requires = "network")]
    optimum: bool,
    /// Preactivation bounds of the network
    #[arg(long, default_value_t)]
    bounds: BoundKind,
    /// Number of threads
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=1024))]
    threads: u32,
    /// Random seed of the MILP solver
    #[arg(long, default_value_t = 0, value_parser = clap::value_parser!(u32).range(..=i64::from(i32::MAX)))]
    seed: u32,
    /// Time limit of each MILP in seconds
    #[arg(
        long,
        value_name = "SECONDS",
        default_value_t = 600.0,
        allow_negative_numbers = true
    )]
    time_limit: f64,
    /// Print one JSON object instead of the summary
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Record<'a> {
    problem: TwoStageName,
    #[serde(serialize_with = "some_path_as_text")]
    network: Option<&'a Path>,
    #[serde(flatten)]
    risk: Risk,
    scenarios: usize,
    scenario_seed: u32,
    /// Null without a network.
    plan: Option<PlanRecord>,
    /// Null where it is not asked for.
    optimum: Option<Optimum>,
    seed: u32,
    threads: u32,
    time_limit: f64,
    bounds: BoundKind,
    version: &'static str,
}

/// The first stage with the network.
#[derive(Serialize)]
struct PlanRecord {
    decisions: Vec<f64>,
    /// The objective that the network gives the decisions, and the proved bound on it.
    objective: f64,
    dual_bound: Option<f64>,
    status: String,
    columns: usize,
    binaries: usize,
    rows: usize,
    nodes: i64,
    seconds: f64,
    /// What the decisions are worth in the scenarios.
    value: Value,
}

impl TwoStageCommand {
    pub fn run(&self) -> anyhow::Result<()> {
        self.check()?;
        let problem = self.problem.problem();
        let scenarios = problem.scenarios(self.scenario_count(), self.scenario_seed);
        let scenarios = scenarios.context("--scenarios")?;
        let limits = Limits {
            time_limit: self.time_limit,
            threads: self.threads,
            seed: self.seed,
            stop: stop_on_interrupt()?,
        };
        let plan = self.network.as_deref().map(|path| {
            self.plan(path, problem.as_ref(), &scenarios, &limits)
                .with_context(|| format!("cannot plan with {}", path.display()))
        });
        let plan = plan.transpose()?;
        let optimum = (self.optimum || plan.is_none())
            .then(|| problem.optimum(&scenarios, self.risk(), &limits));
        let record = Record {
            problem: self.problem,
            network: self.network.as_deref(),
            risk: self.risk(),
            scenarios: scenarios.len(),
            scenario_seed: self.scenario_seed,
            plan,
            optimum: optimum.transpose()?,
            seed: self.seed,
            threads: self.threads,
            time_limit: self.time_limit,
            bounds: self.bounds,
            version: env!("CARGO_PKG_VERSION"),
        };
        match self.json {
            true => print_json(&record),
            false => print(&record.summary(&problem.decisions())),
        }
    }

    fn check(&self) -> anyhow::Result<()> {
        check_time_limit(self.time_limit)?;
        for (flag, value, is_valid, expected) in [
            (
                "--risk-weight",
                self.risk_weight,
                self.risk_weight.is_finite() && self.risk_weight >= 0.0,
                "a finite number, not below zero",
            ),
            (
                "--risk-level",
                self.risk_level,
                (0.0..1.0).contains(&self.risk_level),
                "a number from 0 to below 1",
            ),
            (
                "--crossing",
                self.crossing,
                self.crossing >= 0.0,
                "a number not below zero",
            ),
        ] {
            ensure!(is_valid, "{flag} is {value}, expected {expected}");
        }
        Ok(())
    }

    fn risk(&self) -> Risk {
        Risk {
            weight: self.risk_weight,
            level: self.risk_level,
        }
    }

    fn scenario_count(&self) -> usize {
        self.scenarios.unwrap_or(match self.problem {
            TwoStageName::FacilityLocation => 500,
            _ => 36,
        })
    }

    fn plan(
        &self,
        path: &Path,
        problem: &dyn TwoStage,
        scenarios: &[Vec<f64>],
        limits: &Limits,
    ) -> anyhow::Result<PlanRecord> {
        let model = read_model(path)?;
        warn_of_other_problem(path, model.metadata.as_ref(), self.problem);
        let started = Instant::now();
        let network = &model.network;
        let first_stage = FirstStage::new(problem, network, self.risk(), self.crossing)?;
        let bounds = bounds(self.bounds, network, &first_stage.region(), limits, 0.2)?;
        let milp = first_stage.problem(&bounds);
        let mut meter = Meter::endless("solving");
        let mut nodes = 0;
        let mut show = |event: &Event| {
            if let Event::Progress(progress) = event {
                nodes = progress.nodes;
                let bound = Decimals(progress.dual_bound, PLACES);
                meter.set(0, &format!("dual bound {bound}, {nodes} nodes"));
            }
        };
        let settings = Settings::new(limits.clone());
        let (plan, end) = first_stage.solve(&milp, &settings, &mut show)?;
        drop(meter);
        let seconds = started.elapsed().as_secs_f64();
        let plan = plan.with_context(|| format!("no decisions were found: {}", end.status))?;
        let (columns, rows) = (milp.0.columns.len(), milp.0.rows.len());
        Ok(PlanRecord {
            objective: plan.objective,
            dual_bound: end.dual_bound,
            status: end.status.to_string(),
            columns,
            binaries: milp.0.integers(),
            rows,
            nodes,
            seconds,
            value: problem.value(&plan.decisions, scenarios, self.risk()),
            decisions: plan.decisions,
        })
    }
}

impl Record<'_> {
    fn summary(&self, decisions: &[Decision]) -> String {
        let scenarios = count(self.scenarios, "scenario");
        let mut lines = Vec::new();
        if let Some(plan) = &self.plan {
            let bound = plan.dual_bound.map_or(String::from("none"), |bound| {
                Decimals(bound, PLACES).to_string()
            });
            lines.push(format!(
                "decisions         {}",
                in_words(decisions, &plan.decisions)
            ));
            lines.push(format!(
                "by the network    {}, dual bound {bound}: {}",
                Decimals(plan.objective, PLACES),
                plan.status
            ));
            lines.push(format!(
                "MILP              {} ({} integer), {}, {}, {:.3} s",
                count(plan.columns, "column"),
                plan.binaries,
                count(plan.rows, "row"),
                count(plan.nodes.max(0) as usize, "node"),
                plan.seconds
            ));
            lines.push(format!("in {scenarios:<14} {}", self.value(&plan.value)));
        }
        if let Some(optimum) = &self.optimum {
            lines.push(format!(
                "optimal decisions {}",
                in_words(decisions, &optimum.decisions)
            ));
            lines.push(format!("in {scenarios:<14} {}", self.value(&optimum.value)));
        }
        lines.join("\n")
    }

    fn value(&self, value: &Value) -> String {
        let risk = match self.risk.weight > 0.0 {
            true => format!(
                ", conditional value at risk {} at {}",
                Decimals(value.cvar, PLACES),
                self.risk.level
            ),
            false => String::new(),
        };
        format!(
            "{}: first stage {}, mean second stage {}{risk}",
            Decimals(value.total, PLACES),
            Decimals(value.first_stage, PLACES),
            Decimals(value.mean, PLACES)
        )
    }
}

/// `open3, open4`, or `x0 = 1.25, x1 = 0`.
fn in_words(decisions: &[Decision], values: &[f64]) -> String {
    let both = decisions.iter().zip(values);
    let words: Vec<String> = both
        .filter_map(|(decision, &value)| match decision.is_integer {
            true => (value >= 0.5).then(|| decision.name.clone()),
            false => Some(format!("{} = {}", decision.name, Decimals(value, PLACES))),
        })
        .collect();
    match words.is_empty() {
        true => String::from("none"),
        false => words.join(", "),
    }
}
