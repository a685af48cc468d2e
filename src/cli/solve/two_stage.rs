//! Two-stage stochastic problems: the first stage with a network in place of the second, and what its decisions
//! cost in scenarios.

use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::{Context, ensure};
use clap::Args;
use serde::Serialize;

use crate::bounds::BoundKind;
use crate::cli::arguments::check_time_limit;
use crate::cli::interrupt::stop_on_interrupt;
use crate::cli::origins::{loss_of, warn_of_other_problem};
use crate::cli::output::{print, print_json, some_path_as_text, tell};
use crate::cli::terminal::Meter;
use crate::formats::read_model;
use crate::limits::Limits;
use crate::numbers::{Decimals, Shortest, count};
use crate::solver::{self, Event, Settings};
use crate::stochastic::{Cost, Decision, FirstStage, Optimum, Risk, TwoStage, TwoStageName};
use crate::tightening::bounds;
use crate::training::Loss;

/// The most scenarios: the costs of all first stages in each of them are in the memory at once.
const MOST_SCENARIOS: i64 = 10_000;
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
    /// Weight of the conditional value at risk of both stages' cost, which is added to the expected cost
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
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(..=MOST_SCENARIOS))]
    scenarios: Option<u32>,
    /// Seed of the scenarios of facility-location
    #[arg(long, value_name = "SEED", default_value_t = 500)]
    scenario_seed: u32,
    /// Also compute the optimum for the scenarios, to compare with
    #[arg(long, requires = "network")]
    optimum: bool,
    /// Preactivation bounds of the network
    #[arg(long, default_value_t)]
    bounds: BoundKind,
    /// Number of threads of the MILP solver and of the computation of the optimum
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=1024))]
    threads: u32,
    /// Random seed of the MILP solver
    #[arg(long, default_value_t = 0, value_parser = clap::value_parser!(u32).range(..=i64::from(i32::MAX)))]
    seed: u32,
    /// Time limit in seconds, for the first stage and again for the optimum
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
    risk_weight: f64,
    risk_level: f64,
    crossing: f64,
    scenarios: usize,
    scenario_seed: u32,
    /// Null without a network.
    plan: Option<PlanRecord>,
    /// Null where it is not asked for or was not proved.
    optimum: Option<Optimum>,
    seed: u32,
    threads: u32,
    time_limit: f64,
    bounds: BoundKind,
    solver: String,
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
    /// What the decisions cost in the scenarios.
    cost: Cost,
}

impl TwoStageCommand {
    pub fn run(&self) -> anyhow::Result<()> {
        check_time_limit(self.time_limit)?;
        let crossing = self.crossing;
        ensure!(
            crossing >= 0.0,
            "--crossing is {crossing}, expected a number not below zero"
        );
        let risk = Risk::new(self.risk_weight, self.risk_level);
        let risk = risk.context("--risk-weight or --risk-level")?;
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
            self.plan(path, problem.as_ref(), &scenarios, risk, &limits)
                .with_context(|| format!("cannot decide with {}", path.display()))
        });
        let plan = plan.transpose()?;
        let optimum = match (self.optimum, &plan) {
            (false, Some(_)) => None,
            (_, None) => Some(problem.optimum(&scenarios, risk, &limits)?),
            // The decisions are reported even without the optimum to compare with.
            (true, Some(_)) => match problem.optimum(&scenarios, risk, &limits) {
                Ok(optimum) => Some(optimum),
                Err(error) => {
                    tell(&format!("warning: {error}"));
                    None
                }
            },
        };
        let record = Record {
            problem: self.problem,
            network: self.network.as_deref(),
            risk_weight: risk.weight(),
            risk_level: risk.level(),
            crossing,
            scenarios: scenarios.len(),
            scenario_seed: self.scenario_seed,
            plan,
            optimum,
            seed: self.seed,
            threads: self.threads,
            time_limit: self.time_limit,
            bounds: self.bounds,
            solver: solver::version(),
            version: env!("CARGO_PKG_VERSION"),
        };
        match self.json {
            true => print_json(&record),
            false => print(&record.summary(&problem.decisions())),
        }
    }

    fn scenario_count(&self) -> usize {
        match (self.scenarios, self.problem) {
            (Some(count), _) => count as usize,
            (None, TwoStageName::FacilityLocation) => 500,
            (None, _) => 36,
        }
    }

    fn plan(
        &self,
        path: &Path,
        problem: &dyn TwoStage,
        scenarios: &[Vec<f64>],
        risk: Risk,
        limits: &Limits,
    ) -> anyhow::Result<PlanRecord> {
        let model = read_model(path)?;
        warn_of_other_problem(path, model.metadata.as_ref(), self.problem);
        let network = &model.network;
        let loss = loss_of(model.metadata.as_ref());
        if matches!(&loss, Some(loss) if is_of_quantiles(loss) != (network.outputs() > 1)) {
            tell(&format!(
                "warning: {} has {}, but was trained with the loss {}: expected several quantiles, or one expected cost",
                path.display(),
                count(network.outputs(), "output"),
                if loss.is_some_and(|loss| is_of_quantiles(&loss)) {
                    "quantile"
                } else {
                    "squared-error"
                }
            ));
        }
        let started = Instant::now();
        let first_stage = FirstStage::new(problem, network, risk, self.crossing)?;
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
            cost: problem.cost(&plan.decisions, scenarios, risk),
            decisions: plan.decisions,
        })
    }
}

fn is_of_quantiles(loss: &Loss) -> bool {
    matches!(loss, Loss::Quantile(_))
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
            lines.push(format!("in {scenarios:<14} {}", self.cost(&plan.cost)));
        }
        if let Some(optimum) = &self.optimum {
            lines.push(format!(
                "optimal decisions {}",
                in_words(decisions, &optimum.decisions)
            ));
            lines.push(format!("in {scenarios:<14} {}", self.cost(&optimum.cost)));
        }
        lines.join("\n")
    }

    /// `10968.7: first stage 6463, mean second stage 676.2, plus 0.5 times first stage and conditional value at risk 1196.1`.
    fn cost(&self, cost: &Cost) -> String {
        let risk = match self.risk_weight > 0.0 {
            true => format!(
                ", plus {} times first stage and conditional value at risk {} at {}",
                Shortest(self.risk_weight),
                Decimals(cost.cvar, PLACES),
                Shortest(self.risk_level)
            ),
            false => String::new(),
        };
        format!(
            "{}: first stage {}, mean second stage {}{risk}",
            Decimals(cost.total, PLACES),
            Decimals(cost.first_stage, PLACES),
            Decimals(cost.mean, PLACES)
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
