//! `pipeline solve`: optimise over a network, directly or through its surrogate.

use std::path::{Path, PathBuf};

use anyhow::{Context, bail, ensure};
use clap::{Args, Subcommand, ValueEnum};
use serde::Serialize;

use super::output::{print, print_json, tell};
use super::question::{MaximizeArguments, Question, VerifyArguments};
use super::terminal::Meter;
use crate::files::{check_writable, write_whole};
use crate::instance::Labels;
use crate::network::Activity;
use crate::search::{self, Event, Findings, Settings, Verdict};
use crate::solver::{Progress, StopFlag};

/// Optimise over a network: verify a classifier or maximise a regression network.
#[derive(Debug, Args)]
pub struct Arguments {
    #[command(subcommand)]
    question: Ask,
}

#[derive(Debug, Subcommand)]
enum Ask {
    /// Network verification: an input near an image that the dense network takes for another class
    ///
    /// Example: pipeline solve verify --network models/mnist-2x32.safetensors --dataset mnist
    /// --image 2732 --epsilon 5.092845
    #[command(verbatim_doc_comment)]
    Verify {
        #[command(flatten)]
        question: VerifyArguments,
        #[command(flatten)]
        solve: SolveArguments,
        /// Seconds after which the search stops
        #[arg(
            long,
            value_name = "SECONDS",
            default_value_t = 300.0,
            allow_negative_numbers = true
        )]
        time_limit: f64,
    },
    /// Function maximization: an input in [0,1]^n with the largest output of the dense network
    ///
    /// Example: pipeline solve maximize --network dense.safetensors --surrogate pruned.safetensors
    #[command(verbatim_doc_comment)]
    Maximize {
        #[command(flatten)]
        question: MaximizeArguments,
        #[command(flatten)]
        solve: SolveArguments,
        /// Seconds after which the search stops
        #[arg(
            long,
            value_name = "SECONDS",
            default_value_t = 600.0,
            allow_negative_numbers = true
        )]
        time_limit: f64,
    },
}

#[derive(Debug, Clone, Args)]
struct SolveArguments {
    /// How to search; by default `surrogate` with --surrogate, else `exact`
    #[arg(long, value_enum)]
    strategy: Option<Strategy>,
    /// Threads of the solver
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..))]
    threads: u32,
    /// Random seed of the solver
    #[arg(long, default_value_t = 0, value_parser = clap::value_parser!(u32).range(..=i64::from(i32::MAX)))]
    seed: u32,
    /// Print one JSON object in place of the summary
    #[arg(long)]
    json: bool,
    /// Write the best input found as JSON
    #[arg(long, value_name = "FILE")]
    save_input: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Serialize)]
#[serde(rename_all = "lowercase")]
enum Strategy {
    /// The MILP of the dense network
    Exact,
    /// Algorithm 1 or 2: the MILP of the surrogate, every solution tried on the dense network
    Surrogate,
}

pub fn run(arguments: &Arguments) -> anyhow::Result<()> {
    match &arguments.question {
        Ask::Verify {
            question,
            solve,
            time_limit,
        } => run_question(|| question.question(), solve, *time_limit),
        Ask::Maximize {
            question,
            solve,
            time_limit,
        } => run_question(|| question.question(), solve, *time_limit),
    }
}

fn run_question(
    question: impl FnOnce() -> anyhow::Result<Question>,
    arguments: &SolveArguments,
    time_limit: f64,
) -> anyhow::Result<()> {
    ensure!(
        time_limit > 0.0 && time_limit.is_finite(),
        "--time-limit is {time_limit}, expected seconds above 0"
    );
    let question = question()?;
    let strategy = strategy(arguments, &question)?;
    if let Some(path) = &arguments.save_input {
        check_writable(path).with_context(|| format!("cannot write {}", path.display()))?;
    }
    let settings = Settings {
        time_limit,
        threads: arguments.threads,
        seed: arguments.seed,
        stop: stop_on_interrupt()?,
    };
    warn_of_collapse(&question, strategy);
    let findings = search(&question, strategy, &settings)?;
    if let Some(path) = &arguments.save_input {
        save(&findings, path)?;
    }
    if arguments.json {
        print_json(&Record::of(&question, strategy, &settings, &findings))
    } else {
        print(&summary(&question, &findings))
    }
}

fn strategy(arguments: &SolveArguments, question: &Question) -> anyhow::Result<Strategy> {
    match (arguments.strategy, &question.surrogate) {
        (None, None) => Ok(Strategy::Exact),
        (None, Some(_)) => Ok(Strategy::Surrogate),
        (Some(Strategy::Surrogate), None) => bail!("--strategy surrogate needs --surrogate"),
        (Some(strategy), _) => Ok(strategy),
    }
}

/// The first SIGINT asks the search to stop and report; a second one ends the program.
pub fn stop_on_interrupt() -> anyhow::Result<StopFlag> {
    let stop = StopFlag::default();
    let raised = stop.clone();
    ctrlc::set_handler(move || {
        if raised.is_raised() {
            std::process::exit(130);
        }
        raised.raise();
    })
    .context("cannot listen for interrupts")?;
    Ok(stop)
}

fn warn_of_collapse(question: &Question, strategy: Strategy) {
    if let (Strategy::Surrogate, Some(surrogate)) = (strategy, &question.surrogate)
        && Activity::of(surrogate).is_constant()
    {
        tell(
            "warning: the surrogate has collapsed: it is a constant function, so its only solution says nothing",
        );
    }
}

fn search(
    question: &Question,
    strategy: Strategy,
    settings: &Settings,
) -> anyhow::Result<Findings> {
    let mut live = Live::new();
    let mut observer = |event: &Event| live.show(event);
    let (dense, instance) = (&question.dense, &question.instance);
    let findings = match strategy {
        Strategy::Exact => search::exact(dense, instance, settings, &mut observer),
        Strategy::Surrogate => {
            let sparse = question.solved();
            search::surrogate(dense, sparse, instance, settings, &mut observer)
        }
    };
    Ok(findings?)
}

/// Incumbents and bound on stderr while the solver runs.
struct Live {
    meter: Meter,
    best: Option<f64>,
}

impl Live {
    fn new() -> Self {
        Self {
            meter: Meter::endless("solving"),
            best: None,
        }
    }

    fn show(&mut self, event: &Event) {
        match event {
            Event::ModelBuilt(size) => self.meter.say(&format!(
                "model: {} columns ({} binary), {} rows, {} nonzeros; neurons stable active {}, stable inactive {}",
                size.columns, size.binaries, size.rows, size.nonzeros, size.stable_active, size.stable_inactive
            )),
            Event::Improved(candidate) => {
                self.best = Some(candidate.dense_value);
                self.meter.say(&format!(
                    "{:9.3} s  dense objective {:+.6}  (solved network {:+.6})",
                    candidate.seconds, candidate.dense_value, candidate.surrogate_value
                ));
            }
            Event::Progress(progress) => self.meter.set(0, &self.standing(progress)),
        }
    }

    fn standing(&self, progress: &Progress) -> String {
        let best = self
            .best
            .map_or(String::from("none yet"), |best| format!("{best:+.6}"));
        let bound = match progress.dual_bound {
            bound if bound.is_finite() => format!("{bound:+.6}"),
            _ => String::from("none yet"),
        };
        format!(
            "best dense {best}, solver's bound {bound}, {} nodes",
            progress.nodes
        )
    }
}

#[derive(Serialize)]
struct SavedInput<'a> {
    input: &'a [f64],
    dense_objective: f64,
}

fn save(findings: &Findings, path: &Path) -> anyhow::Result<()> {
    let Some(best) = &findings.best else {
        tell(&format!(
            "no input was found, so {} is not written",
            path.display()
        ));
        return Ok(());
    };
    let saved = SavedInput {
        input: &best.input,
        dense_objective: best.value,
    };
    let text = serde_json::to_vec(&saved).context("cannot write the input as JSON")?;
    write_whole(path, |file| file.write_all(&text))
        .with_context(|| format!("cannot write {}", path.display()))
}

/// The machine-readable record of a solve.
#[derive(Serialize)]
struct Record<'a> {
    status: &'static str,
    dense_objective: Option<f64>,
    surrogate_objective: Option<f64>,
    dual_bound: Option<f64>,
    solver_status: String,
    seconds_to_first: Option<f64>,
    seconds_to_best: Option<f64>,
    seconds_total: f64,
    solutions: usize,
    binaries: usize,
    columns: usize,
    rows: usize,
    nonzeros: usize,
    stable_active: usize,
    stable_inactive: usize,
    label: Option<usize>,
    target: Option<usize>,
    epsilon: Option<f64>,
    image: Option<usize>,
    dataset: Option<&'static str>,
    class: Option<usize>,
    correctly_classified: Option<bool>,
    seed: u32,
    threads: u32,
    time_limit: f64,
    strategy: Strategy,
    network: &'a Path,
    surrogate: Option<&'a Path>,
    version: &'static str,
}

impl<'a> Record<'a> {
    fn of(
        question: &'a Question,
        strategy: Strategy,
        settings: &Settings,
        findings: &Findings,
    ) -> Self {
        let (image, size) = (question.image.as_ref(), findings.size);
        Self {
            status: findings.verdict.as_str(),
            dense_objective: findings.best.as_ref().map(|best| best.value),
            surrogate_objective: findings.surrogate_objective,
            dual_bound: findings.dual_bound,
            solver_status: findings.solver_status.to_string(),
            seconds_to_first: findings.seconds_to_first,
            seconds_to_best: findings.seconds_to_best,
            seconds_total: findings.seconds_total,
            solutions: findings.candidates.len(),
            binaries: size.binaries,
            columns: size.columns,
            rows: size.rows,
            nonzeros: size.nonzeros,
            stable_active: size.stable_active,
            stable_inactive: size.stable_inactive,
            label: image.map(|image| image.labels.label),
            target: image.map(|image| image.labels.target),
            epsilon: image.map(|image| image.epsilon),
            image: image.map(|image| image.index),
            dataset: image.map(|image| image.dataset.as_str()),
            class: image.map(|image| image.class),
            correctly_classified: image.map(|image| image.correctly_classified),
            seed: settings.seed,
            threads: settings.threads,
            time_limit: settings.time_limit,
            strategy,
            network: &question.paths.network,
            surrogate: question.paths.surrogate.as_deref(),
            version: env!("CARGO_PKG_VERSION"),
        }
    }
}

fn summary(question: &Question, findings: &Findings) -> String {
    let mut lines = vec![headline(question, findings)];
    if let Some(best) = &findings.best {
        let seconds = findings.seconds_to_best.unwrap_or(findings.seconds_total);
        lines.push(format!(
            "best dense objective  {:.9} after {seconds:.3} s",
            best.value
        ));
    }
    if let Some(bound) = findings.dual_bound {
        lines.push(format!("proved bound          {bound:.9}"));
    }
    lines.push(format!(
        "solver                {}; {} inputs tried, {:.3} s in all",
        findings.solver_status,
        findings.candidates.len(),
        findings.seconds_total
    ));
    lines.join("\n")
}

fn headline(question: &Question, findings: &Findings) -> String {
    let status = findings.verdict.as_str();
    let Some(image) = &question.image else {
        let meaning = match findings.verdict {
            Verdict::Optimal => "the best input is proved optimal",
            Verdict::Found => "a feasible input, not proved optimal",
            _ => "no feasible input within the limits",
        };
        return format!("{status}: {meaning}");
    };
    let Labels { label, target } = image.labels;
    let what = format!(
        "an input within {} of image {} that is class {target} rather than {label}",
        image.epsilon, image.index
    );
    match findings.verdict {
        Verdict::Found => format!("{status}: {what}"),
        Verdict::NoneExists => format!("{status}: proved that there is no {}", &what[3..]),
        _ => format!("{status}: neither {what} nor a proof that there is none"),
    }
}
