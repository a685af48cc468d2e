//! `pipeline solve`: optimise over a network, directly or through its surrogate.

mod live;
mod record;
mod summary;

use std::path::{Path, PathBuf};

use anyhow::{Context, bail, ensure};
use clap::{Args, Subcommand};
use serde::Serialize;

use crate::bounds::BoundKind;
use crate::cli::interrupt::stop_on_interrupt;
use crate::cli::output::{print, print_json, tell};
use crate::cli::question::{MaximizeArguments, Question, VerifyArguments};
use crate::files::{check_writable, write_whole};
use crate::network::Activity;
use crate::search::{self, Event, Findings, Settings, Strategy};
use live::Live;
use record::Record;
use summary::summary;

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
    /// How to search: portfolio (gradient, then prove: the best answer soonest; the default), exact (the MILP of
    /// the dense network), surrogate (Algorithm 1 or 2: the MILP of the surrogate, every solution tried on the
    /// dense network; the default with --surrogate), relaxation (the linear relaxation of the surrogate's or the
    /// dense network's MILP, its solution tried on the dense network), gradient (ascent on the dense network from
    /// many starts: finds fast, proves little) or prove (branch and bound over the dense network's phases)
    #[arg(long)]
    strategy: Option<Strategy>,
    /// Threads of the solver
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=1024))]
    threads: u32,
    /// Random seed of the solver
    #[arg(long, default_value_t = 0, value_parser = clap::value_parser!(u32).range(..=i64::from(i32::MAX)))]
    seed: u32,
    /// Bounds on preactivations, for big-M coefficients and proofs: interval, linear (relaxations), alpha (with
    /// optimised slopes) or tightening (then by linear programs, for a fifth of the time at most)
    #[arg(long, default_value_t)]
    bounds: BoundKind,
    /// exact and surrogate: count solutions of the MILP alone, as the paper does; otherwise that of its linear
    /// relaxation is tried before
    #[arg(long)]
    milp_only: bool,
    /// Give the MILP solver of exact or surrogate a start found by gradient ascent on the network that it solves;
    /// otherwise its solutions are its own
    #[arg(long)]
    mip_start: bool,
    /// Print one JSON object in place of the summary
    #[arg(long)]
    json: bool,
    /// Write the best input found as JSON
    #[arg(long, value_name = "FILE")]
    save_input: Option<PathBuf>,
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
    for (flag, is_given) in [
        ("--mip-start", arguments.mip_start),
        ("--milp-only", arguments.milp_only),
    ] {
        ensure!(
            !is_given || strategy.is_milp(),
            "{flag} is for the strategies exact and surrogate, not for {strategy}"
        );
    }
    if let Some(path) = &arguments.save_input {
        check_writable(path).with_context(|| format!("cannot write {}", path.display()))?;
    }
    let settings = Settings {
        time_limit,
        threads: arguments.threads,
        seed: arguments.seed,
        bounds: arguments.bounds,
        relaxation_first: strategy.is_milp() && !arguments.milp_only,
        mip_start: arguments.mip_start,
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
        (None, None) => Ok(Strategy::Portfolio),
        (None, Some(_)) => Ok(Strategy::Surrogate),
        (Some(Strategy::Surrogate), None) => bail!("--strategy surrogate needs --surrogate"),
        (Some(strategy), _) => Ok(strategy),
    }
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
    Ok(search::search(
        strategy,
        &question.dense,
        question.surrogate.as_ref(),
        &question.instance,
        settings,
        &mut observer,
    )?)
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
