//! `pipeline solve`: optimise over a network, directly or through its surrogate.

mod live;
mod record;
mod summary;
mod two_stage;

use std::path::{Path, PathBuf};

use anyhow::{Context, bail, ensure};
use clap::{Args, Subcommand};

use crate::bounds::BoundKind;
use crate::cli::adversarial::Adversarial;
use crate::cli::arguments::{check_time_limit, side_of};
use crate::cli::destination::{ForceArguments, Input, check_file, check_text, is_stdout};
use crate::cli::interrupt::stop_on_interrupt;
use crate::cli::optimum::OptimumArguments;
use crate::cli::output::{print, print_json, tell};
use crate::cli::question::Question;
use crate::cli::saved_input::SavedInput;
use crate::cli::verification::VerifyArguments;
use crate::files::write_whole;
use crate::instance::Witness;
use crate::milp::Sense;
use crate::network::Activity;
use crate::search::{self, Event, SearchResult, Settings, Strategy, Verdict};
use live::Live;
use record::Record;
use summary::summary;
use two_stage::TwoStageCommand;

/// Optimise over a network: verify a classifier, maximise or minimise a function, or decide under uncertainty
#[derive(Debug, Args)]
pub struct Arguments {
    #[command(subcommand)]
    question: Ask,
}

#[derive(Debug, Subcommand)]
enum Ask {
    /// Network verification: find an input near an image that the dense network assigns to another class
    ///
    /// Example: pipeline solve verify --network models/mnist-2x32.safetensors --dataset mnist
    /// --image 2732 --epsilon 5.092845
    #[command(verbatim_doc_comment)]
    Verify {
        #[command(flatten)]
        question: VerifyArguments,
        /// Search for the largest margin of the target over the label and prove it, instead of stopping at the first
        /// input with a positive margin
        #[arg(long)]
        optimum: bool,
        /// Write a PNG picture of the image, the adversarial input and their difference
        #[arg(long, value_name = "PNG")]
        save_image: Option<PathBuf>,
        #[command(flatten)]
        solve: SolveArguments,
        /// Time limit of the search in seconds
        #[arg(
            long,
            value_name = "SECONDS",
            default_value_t = 300.0,
            allow_negative_numbers = true
        )]
        time_limit: f64,
    },
    /// Function maximization: find an input with the largest output of the dense network
    ///
    /// The inputs are in a box, by default [0,1]^n. Any linear function of inputs and outputs can be optimised
    /// instead of the output.
    ///
    /// Example: pipeline solve maximize --network dense.safetensors --surrogate pruned.safetensors
    #[command(verbatim_doc_comment)]
    Maximize(OptimumCommand),
    /// Function minimization: find an input with the smallest output of the dense network
    ///
    /// The options are those of `maximize`.
    ///
    /// Example: pipeline solve minimize --network dense.safetensors --objective "y0 + 0.1*x3" --lower -1 --upper 1
    #[command(verbatim_doc_comment)]
    Minimize(OptimumCommand),
    /// Two-stage stochastic problem: decide first, with a network in place of the second stage
    ///
    /// The network learned quantiles of the second stage's cost, or its mean; its MILP gives the
    /// decisions, whose true cost is computed in scenarios.
    ///
    /// Example: pipeline solve two-stage facility-location --network costs.safetensors --risk-weight 0.5 --optimum
    #[command(verbatim_doc_comment)]
    TwoStage(TwoStageCommand),
}

#[derive(Debug, Args)]
struct OptimumCommand {
    #[command(flatten)]
    question: OptimumArguments,
    #[command(flatten)]
    solve: SolveArguments,
    /// Time limit of the search in seconds
    #[arg(
        long,
        value_name = "SECONDS",
        default_value_t = 600.0,
        allow_negative_numbers = true
    )]
    time_limit: f64,
}

#[derive(Debug, Clone, Args)]
struct SolveArguments {
    /// Search strategy: portfolio (gradient, then prove: usually the fastest; default without --surrogate), exact (the
    /// MILP of the dense network), surrogate (Algorithm 1 or 2: the MILP of the surrogate, every solution evaluated on
    /// the dense network; default with --surrogate), relaxation (the linear relaxation of the surrogate's or the dense
    /// network's MILP, its solution evaluated on the dense network), gradient (ascent on the dense network from many
    /// starting points: finds inputs fast, proves little) or prove (branch and bound over the ReLU phases of the dense
    /// network)
    #[arg(long)]
    strategy: Option<Strategy>,
    /// Number of threads
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=1024))]
    threads: u32,
    /// Random seed of the MILP solver
    #[arg(long, default_value_t = 0, value_parser = clap::value_parser!(u32).range(..=i64::from(i32::MAX)))]
    seed: u32,
    /// Preactivation bounds, for big-M coefficients and proofs: box (interval arithmetic over the region's box
    /// alone, as in the published runs), interval (interval arithmetic, exact for the first layer), linear (linear
    /// relaxations), alpha (relaxations with optimised slopes) or tightening (alpha, then linear programs, for at
    /// most a fifth of the time limit)
    #[arg(long, default_value_t)]
    bounds: BoundKind,
    /// With the strategies exact and surrogate: evaluate only solutions of the MILP, as in the paper; by default, the
    /// solution of its linear relaxation is evaluated first
    #[arg(long)]
    milp_only: bool,
    /// With the strategies exact and surrogate: start the MILP solver from a point found by gradient ascent on the
    /// network whose MILP it solves
    #[arg(long)]
    mip_start: bool,
    /// Print one JSON object instead of the summary
    #[arg(long)]
    json: bool,
    /// Write the best input found with its question as JSON, for `pipeline check`; - for stdout, with the summary on
    /// stderr
    #[arg(long, value_name = "FILE")]
    save_input: Option<PathBuf>,
    #[command(flatten)]
    force: ForceArguments,
}

pub fn run(arguments: &Arguments) -> anyhow::Result<()> {
    match &arguments.question {
        Ask::Verify {
            question,
            optimum,
            save_image,
            solve,
            time_limit,
        } => run_question(
            &question.inputs(),
            || match optimum {
                true => Ok(question.question()?.seeking_optimum()),
                false => question.question(),
            },
            solve,
            *time_limit,
            save_image.as_deref(),
        ),
        Ask::Maximize(command) => command.run(Sense::Maximize),
        Ask::Minimize(command) => command.run(Sense::Minimize),
        Ask::TwoStage(command) => command.run(),
    }
}

impl OptimumCommand {
    fn run(&self, sense: Sense) -> anyhow::Result<()> {
        let question = || self.question.question(sense);
        run_question(
            &self.question.inputs(),
            question,
            &self.solve,
            self.time_limit,
            None,
        )
    }
}

/// Why a question with an equation may stay open.
const EQUATIONS: &str = "note: an equation counts only where 64-bit numbers satisfy it exactly, which may leave few inputs or none; two inequalities, such as x0 + x1 <= 1.000001 and x0 + x1 >= 0.999999, leave room";

fn run_question(
    inputs: &[Input],
    question: impl FnOnce() -> anyhow::Result<Question>,
    arguments: &SolveArguments,
    time_limit: f64,
    save_image: Option<&Path>,
) -> anyhow::Result<()> {
    check_time_limit(time_limit)?;
    if let Some(path) = save_image {
        arguments.force.check(inputs, "--save-image", &[path])?;
        check_file("--save-image", path)?;
    }
    if let Some(path) = &arguments.save_input {
        arguments.force.check(inputs, "--save-input", &[path])?;
    }
    let both: Vec<&Path> = arguments
        .save_input
        .as_deref()
        .into_iter()
        .chain(save_image)
        .collect();
    arguments
        .force
        .check(&[], "--save-image and --save-input", &both)?;
    let mut question = question()?;
    if save_image.is_some() {
        side_of(question.dense.inputs()).context("--save-image")?;
    }
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
        check_text("--save-input", path, arguments.json)?;
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
    let mut findings = search(&mut question, strategy, &settings)?;
    let is_adversarial = findings.best.as_ref().is_some_and(Witness::is_adversarial);
    if question.verification.is_some() && findings.verdict == Verdict::Found && !is_adversarial {
        // The best margin so far, but no adversarial input.
        findings.verdict = Verdict::NotFound;
    }
    if question.has_equation() && matches!(findings.verdict, Verdict::Found | Verdict::NotFound) {
        tell(EQUATIONS);
    }
    let saved_to = arguments.save_input.as_deref();
    let saved = saved_to.map_or(Ok(()), |path| save(&question, &findings, path));
    let drawn = save_image.map_or(Ok(()), |path| draw(&question, &findings, path));
    // The result of a long search is reported even if it could not be saved.
    if arguments.json {
        print_json(&Record::of(&question, strategy, &settings, &findings))?;
    } else if saved_to.is_some_and(is_stdout) {
        tell(&summary(&question, &findings));
    } else {
        print(&summary(&question, &findings))?;
    }
    saved.and(drawn)
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
            "warning: the surrogate has collapsed: it is a constant function, so every input is a solution of its MILP",
        );
    }
}

fn search(
    question: &mut Question,
    strategy: Strategy,
    settings: &Settings,
) -> anyhow::Result<SearchResult> {
    let has_surrogate = match strategy {
        Strategy::Surrogate | Strategy::Relaxation => question.surrogate.is_some(),
        _ => false,
    };
    let mut live = Live::new(has_surrogate, question.sense);
    let mut observer = |event: &Event| live.show(event);
    let (dense, surrogate) = (&question.dense, question.surrogate.as_ref());
    let (index, findings) = match &question.constrained {
        Some(constrained) => {
            let findings = search::constrained(
                strategy,
                dense,
                surrogate,
                constrained,
                settings,
                &mut observer,
            )?;
            (0, findings)
        }
        None => search::any(
            strategy,
            dense,
            surrogate,
            &question.instances,
            settings,
            &mut observer,
        )?,
    };
    question.answered_by(index);
    Ok(match question.sense {
        Sense::Maximize => findings,
        Sense::Minimize => findings.negated(),
    })
}

fn save(question: &Question, findings: &SearchResult, path: &Path) -> anyhow::Result<()> {
    let Some(best) = &findings.best else {
        let not_written = match is_stdout(path) {
            true => String::from("nothing is written to stdout"),
            false if path.exists() => format!(
                "{} is not written, its content is from an earlier question",
                path.display()
            ),
            false => format!("{} is not written", path.display()),
        };
        tell(&format!("no input was found, so {not_written}"));
        return Ok(());
    };
    let saved = SavedInput::new(question, best);
    let text = serde_json::to_string(&saved).context("cannot write the input as JSON")?;
    if is_stdout(path) {
        return print(&text);
    }
    write_whole(path, |file| file.write_all(text.as_bytes()))
        .with_context(|| format!("cannot write {}", path.display()))
}

/// Draws the adversarial input next to its image.
fn draw(question: &Question, findings: &SearchResult, path: &Path) -> anyhow::Result<()> {
    let best = findings.best.as_ref().filter(|best| best.is_adversarial());
    let found = (
        question.verification.as_ref(),
        best,
        question.found_class(best),
    );
    let (Some(asked), Some(best), Some(class)) = found else {
        tell(&format!(
            "no adversarial input was found, so {} is not written",
            path.display()
        ));
        return Ok(());
    };
    let ball = question
        .instance()
        .region()
        .ball()
        .context("a verification has a ball")?;
    let adversarial = Adversarial {
        title: format!(
            "{}: classified as {}, an input near it as {class}",
            asked.centre, asked.predicted
        ),
        side: side_of(best.input.len())?,
        image: &asked.image,
        input: &best.input,
        image_class: asked.predicted,
        label: asked.label,
        target: asked.target(),
        class,
        margin: best.value,
        is_strict: asked.strict,
        distance: asked.distance,
        length: ball.distance(&best.input),
        epsilon: asked.epsilon,
    };
    Ok(adversarial.picture().write(path)?)
}
