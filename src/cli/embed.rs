//! `pipeline embed`: networks in a MILP of the user's own.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Context, ensure};
use clap::Args;
use serde::Serialize;

use super::arguments::check_time_limit;
use super::destination::{ForceArguments, Input, check_file, check_text, is_stdout};
use super::interrupt::stop_on_interrupt;
use super::output::{path_as_text, print, print_bytes, print_json, some_path_as_text, tell};
use super::terminal::Meter;
use crate::bounds::BoundKind;
use crate::files::write_whole;
use crate::formats::{
    ProblemFormat, keeps_names, problem_text, read_problem, solution_text, write_problem,
};
use crate::limits::Limits;
use crate::linked::{
    Event, LinkedProblem, LinkedResult, Replay, Settings, Size, Status, Way, bounds, formulate,
    read_link, solve,
};
use crate::numbers::{Decimals, Shortest, count};
use crate::solver;

/// Decimals of the values shown.
const PLACES: usize = 6;

/// Link a MILP of your own with networks, some of its columns being their outputs at others; write it as one MILP
/// for any solver, or solve it.
///
/// The problem is an .lp or .mps file; its columns for inputs and outputs have names. The link file says in TOML which
/// columns belong to which network:
///
///   [[network]]
///   file = "yield.safetensors"     # relative to the link file
///   [[network.copy]]               # one for each copy
///   inputs = ["T", 0.1]            # a column's name or a number
///   outputs = ["Pd"]               # a column's name, or "" for an output that is not read
///
/// and, if needed for a network, `bounds = "linear"`, `surrogate = "sparse.safetensors"` and `[network.scaling]` with
/// `input_offset`, `input_factor` (input = (column - offset) / factor), `output_offset` and `output_factor`
/// (column = output * factor + offset), a list each.
///
/// Every solution is checked with the dense networks: it counts only if every row of the problem holds with their
/// outputs, to 1e-6 of its side or of 1.
///
/// Example: pipeline embed plant.lp --link link.toml --solve --save-solution plant.sol
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub struct Arguments {
    /// Problem: an .lp or .mps file
    #[arg(value_name = "PROBLEM")]
    problem: PathBuf,
    /// Link file: which columns are the inputs and outputs of which network
    #[arg(long, value_name = "TOML")]
    link: PathBuf,
    /// Write the MILP with the networks: a name that ends in .lp or .mps
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Solve it
    #[arg(long)]
    solve: bool,
    /// Strategy: portfolio (the relaxation's point, surrogates, then the MILP with the best point as its start), exact
    /// (the MILP) or surrogate (the MILP of pruned networks, every solution repaired on the dense ones)
    #[arg(long, default_value_t = Way::Portfolio)]
    strategy: Way,
    /// Share of the weights that are pruned for the surrogates of networks without one of their own [default: 0.8;
    /// portfolio: 0.8, then 0.5]
    #[arg(long, allow_negative_numbers = true)]
    rate: Option<f64>,
    /// Bounds on neurons, for big-M coefficients, of networks for which the link file names none: interval (propagated
    /// through rows and networks), linear (inputs bounded by linear programs over the rows, then linear relaxations), alpha
    /// (with optimised slopes) or tightening (by linear programs over the whole problem, for at most a fifth of the time
    /// limit)
    #[arg(long, default_value_t)]
    bounds: BoundKind,
    /// Time limit in seconds
    #[arg(
        long,
        value_name = "SECONDS",
        default_value_t = 300.0,
        allow_negative_numbers = true
    )]
    time_limit: f64,
    /// Number of threads of the MILP solver
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=4096))]
    threads: u32,
    /// Random seed of the MILP solver
    #[arg(long, default_value_t = 0, value_parser = clap::value_parser!(u32).range(..=i64::from(i32::MAX)))]
    seed: u32,
    /// Write the best solution: as JSON if the name ends in .json, else as lines of names and values
    #[arg(long, value_name = "FILE", requires = "solve")]
    save_solution: Option<PathBuf>,
    /// Print one JSON object instead of the summary
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    force: ForceArguments,
}

#[derive(Serialize)]
struct Record<'a> {
    #[serde(flatten)]
    result: Option<ResultRecord>,
    #[serde(flatten)]
    size: Option<SizeRecord>,
    #[serde(serialize_with = "path_as_text")]
    problem: &'a Path,
    #[serde(serialize_with = "path_as_text")]
    link: &'a Path,
    #[serde(serialize_with = "some_path_as_text")]
    output: Option<&'a Path>,
    strategy: Way,
    rate: Option<f64>,
    bounds: BoundKind,
    time_limit: f64,
    threads: u32,
    seed: u32,
    solver: String,
    version: &'static str,
}

#[derive(Serialize)]
struct ResultRecord {
    status: Status,
    objective: Option<f64>,
    dual_bound: Option<f64>,
    largest_violation: Option<f64>,
    violated: Option<String>,
    seconds_to_first: Option<f64>,
    seconds_to_best: Option<f64>,
    seconds_total: f64,
    points: usize,
    solver_status: Option<String>,
    solution: Option<BTreeMap<String, f64>>,
    networks: Option<Vec<CopyRecord>>,
}

/// A copy of a network at the solution.
#[derive(Serialize)]
struct CopyRecord {
    network: String,
    copy: usize,
    inputs: Vec<f64>,
    outputs: Vec<f64>,
}

#[derive(Serialize)]
struct SizeRecord {
    columns: usize,
    integers: usize,
    rows: usize,
    nonzeros: usize,
}

pub fn run(arguments: &Arguments) -> anyhow::Result<()> {
    arguments.check()?;
    let problem = read_problem(&arguments.problem)?;
    let linked = read_link(&arguments.link, problem)?;
    arguments.check_outputs(&linked)?;
    let limits = Limits {
        time_limit: arguments.time_limit,
        threads: arguments.threads,
        seed: arguments.seed,
        stop: stop_on_interrupt()?,
    };
    let mut size = None;
    if let Some(output) = &arguments.output {
        size = Some(arguments.write(&linked, output, &limits)?);
    }
    let result = match arguments.solve {
        true => Some(arguments.solved(&linked, limits)?),
        false => None,
    };
    arguments.report(&linked, size, result)
}

impl Arguments {
    fn check(&self) -> anyhow::Result<()> {
        ensure!(
            self.solve || self.output.is_some(),
            "nothing to do: expected --output FILE, --solve, or both"
        );
        check_time_limit(self.time_limit)?;
        if let Some(rate) = self.rate {
            ensure!(
                (0.0..=1.0).contains(&rate),
                "--rate is {rate}, expected a number from 0 to 1"
            );
        }
        Ok(())
    }

    /// Checks the files to be written, before any long computation.
    fn check_outputs(&self, linked: &LinkedProblem) -> anyhow::Result<()> {
        let mut inputs: Vec<Input> = vec![
            (String::from("the problem"), self.problem.clone()),
            (String::from("the link file"), self.link.clone()),
        ];
        for network in linked.networks() {
            let files = network.files.iter();
            inputs.extend(files.map(|file| (String::from("the network"), file.clone())));
        }
        let outputs: Vec<&PathBuf> = self.output.iter().chain(&self.save_solution).collect();
        self.force
            .check(&inputs, "--output or --save-solution", &outputs)?;
        if let Some(output) = &self.output {
            check_text("--output", output, self.json)?;
            ensure!(
                is_stdout(output) || ProblemFormat::of_file(output).is_some(),
                "--output {}: expected a name that ends in .lp or .mps",
                output.display()
            );
        }
        match &self.save_solution {
            Some(file) => check_file("--save-solution", file),
            None => Ok(()),
        }
    }

    /// Writes the MILP.
    fn write(
        &self,
        linked: &LinkedProblem,
        output: &Path,
        limits: &Limits,
    ) -> anyhow::Result<Size> {
        let networks: Vec<_> = linked.networks().iter().map(|each| &each.network).collect();
        let bounds = bounds(linked, &networks, self.bounds, limits)?;
        let bounds = bounds.with_context(|| {
            format!(
                "{}: no point can satisfy the rows with these networks, so there is no MILP to write",
                self.problem.display()
            )
        })?;
        let problem = formulate(linked, &networks, &bounds).problem;
        let format = ProblemFormat::of_file(output).unwrap_or(ProblemFormat::Lp);
        if !keeps_names(&problem, format) {
            tell(&format!(
                "warning: {} cannot have all the names of the problem in this format: its columns are named c0, c1, ... or its rows r0, r1, ...",
                output.display()
            ));
        }
        if is_stdout(output) {
            print_bytes(&problem_text(format, &problem)?)?;
        } else {
            write_problem(output, format, &problem)?;
        }
        Ok(Size::of(&problem))
    }

    fn solved(&self, linked: &LinkedProblem, limits: Limits) -> anyhow::Result<LinkedResult> {
        let settings = Settings {
            way: self.strategy,
            rate: self.rate,
            bounds: self.bounds,
            limits,
        };
        let mut meter = Meter::endless("solving");
        let mut incumbent = String::from("none yet");
        let result = solve(linked, &settings, &mut |event| match event {
            Event::Stage(stage) => meter.print_line(stage),
            Event::Accepted(accepted) => {
                incumbent = Decimals(accepted.replay.objective, PLACES).to_string();
                meter.print_line(&format!(
                    "{:9.3} s  objective {incumbent}",
                    accepted.seconds
                ));
            }
            Event::Progress(bound, nodes) => {
                let bound = match bound.is_finite() {
                    true => Decimals(*bound, PLACES).to_string(),
                    false => String::from("none yet"),
                };
                meter.set(
                    0,
                    &format!("incumbent {incumbent}, dual bound {bound}, {nodes} nodes"),
                );
            }
        })?;
        drop(meter);
        if let (Some(file), Some(best)) = (&self.save_solution, &result.best) {
            save_solution(file, linked, best)?;
        }
        Ok(result)
    }

    fn report(
        &self,
        linked: &LinkedProblem,
        size: Option<Size>,
        result: Option<LinkedResult>,
    ) -> anyhow::Result<()> {
        let size = size.or(result.as_ref().and_then(|result| result.size));
        if self.json {
            return print_json(&Record {
                result: result.map(|result| ResultRecord::of(linked, result)),
                size: size.map(|size| SizeRecord {
                    columns: size.columns,
                    integers: size.integers,
                    rows: size.rows,
                    nonzeros: size.nonzeros,
                }),
                problem: &self.problem,
                link: &self.link,
                output: self.output.as_deref(),
                strategy: self.strategy,
                rate: self.rate,
                bounds: self.bounds,
                time_limit: self.time_limit,
                threads: self.threads,
                seed: self.seed,
                solver: solver::version(),
                version: env!("CARGO_PKG_VERSION"),
            });
        }
        let mut lines = Vec::new();
        if let Some(size) = size {
            let file = self
                .output
                .as_ref()
                .map_or(String::from("MILP"), |path| path.display().to_string());
            lines.push(format!(
                "{file}: {} ({} integer), {}, {} nonzeros",
                count(size.columns, "column"),
                size.integers,
                count(size.rows, "row"),
                size.nonzeros
            ));
        }
        if let Some(result) = result {
            lines.extend(summary(linked, &result, self.save_solution.as_deref()));
        }
        match self.output.as_deref().is_some_and(is_stdout) {
            true => tell(&lines.join("\n")),
            false => print(&lines.join("\n"))?,
        }
        Ok(())
    }
}

fn save_solution(file: &Path, linked: &LinkedProblem, best: &Replay) -> anyhow::Result<()> {
    let problem = linked.problem();
    let is_json = file
        .extension()
        .is_some_and(|ending| ending.eq_ignore_ascii_case("json"));
    let text = match is_json {
        true => {
            let record = serde_json::json!({
                "objective": best.objective,
                "largest_violation": best.violation,
                "solution": values(linked, best),
            });
            format!("{}\n", serde_json::to_string_pretty(&record)?)
        }
        false => solution_text(problem, &best.columns, best.objective),
    };
    write_whole(file, |out| out.write_all(text.as_bytes()))
        .with_context(|| format!("cannot write {}", file.display()))
}

/// The value of each column, by its name.
fn values(linked: &LinkedProblem, replay: &Replay) -> BTreeMap<String, f64> {
    let columns = linked.problem().columns.iter().zip(&replay.columns);
    columns
        .map(|(column, value)| (column.name.clone(), *value))
        .collect()
}

impl ResultRecord {
    fn of(linked: &LinkedProblem, result: LinkedResult) -> Self {
        let best = result.best.as_ref();
        let copies = |replay: &Replay| {
            let copies = linked.evaluations(&replay.columns).into_iter();
            let records = copies.map(|each| CopyRecord {
                network: each.network.to_owned(),
                copy: each.copy + 1,
                inputs: each.inputs,
                outputs: each.outputs,
            });
            records.collect()
        };
        Self {
            status: result.status,
            objective: best.map(|best| best.objective),
            dual_bound: result.dual_bound,
            largest_violation: best.map(|best| best.violation),
            violated: best.and_then(|best| best.violated.clone()),
            seconds_to_first: result.seconds_to_first,
            seconds_to_best: result.seconds_to_best,
            seconds_total: result.seconds_total,
            points: result.points,
            solver_status: result.solver_status.map(|status| status.to_string()),
            solution: best.map(|best| values(linked, best)),
            networks: best.map(copies),
        }
    }
}

/// The result in words, a line each.
fn summary(linked: &LinkedProblem, result: &LinkedResult, file: Option<&Path>) -> Vec<String> {
    let bound = result.dual_bound.map_or(String::from("none"), |bound| {
        Decimals(bound, PLACES).to_string()
    });
    let mut lines = vec![format!("status     {}", result.status)];
    match &result.best {
        Some(best) => {
            lines.push(format!(
                "objective  {}, dual bound {bound}",
                Decimals(best.objective, PLACES)
            ));
            let violation = match &best.violated {
                Some(what) => format!("{:.0e} of its side or of 1, in {what}", best.violation),
                None => String::from("none"),
            };
            lines.push(format!("violation  {violation}"));
        }
        None => lines.push(format!("dual bound {bound}")),
    }
    if let Some(status) = result.solver_status {
        lines.push(format!("solver     {status}"));
    }
    let first = result.seconds_to_first.zip(result.seconds_to_best);
    let found = first.map_or(String::new(), |(first, best)| {
        format!("; first solution after {first:.3} s, best after {best:.3} s")
    });
    lines.push(format!("time       {:.3} s{found}", result.seconds_total));
    match (&result.best, file) {
        (Some(_), Some(file)) => lines.push(format!("solution   {}", file.display())),
        (Some(best), None) => {
            let columns = linked.problem().columns.iter().zip(&best.columns);
            let nonzero = columns.filter(|(_, value)| **value != 0.0);
            let shown: Vec<String> = nonzero
                .map(|(column, value)| format!("{} = {}", column.name, Shortest(*value)))
                .collect();
            let more = shown.len().saturating_sub(SHOWN);
            let rest = if more > 0 {
                format!(", and {more} more")
            } else {
                String::new()
            };
            lines.push(format!(
                "solution   {}{rest}",
                shown[..shown.len() - more].join(", ")
            ));
        }
        (None, Some(file)) => lines.push(format!(
            "solution   none, so {} was not written",
            file.display()
        )),
        (None, None) => {}
    }
    lines
}

/// Most columns that the summary shows.
const SHOWN: usize = 20;
