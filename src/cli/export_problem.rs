//! `pipeline export-problem`: the MILP of a question, for other solvers.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use serde::Serialize;

use super::interrupt::stop_on_interrupt;
use super::output::{print, print_json};
use super::question::{MaximizeArguments, Question, VerifyArguments};
use crate::bounds::BoundKind;
use crate::formats::{ProblemFormat, write_problem};
use crate::formulation::{ModelSize, formulate};
use crate::solver;
use crate::tightening::Bounded;

/// Write the MILP of a question as .mps or .lp for other solvers: that of the surrogate where one
/// is given, else that of the dense network.
#[derive(Debug, Args)]
pub struct Arguments {
    #[command(subcommand)]
    question: Ask,
}

#[derive(Debug, Subcommand)]
enum Ask {
    /// Network verification, paper (7)
    ///
    /// Example: pipeline export-problem verify --network models/mnist-2x32.safetensors
    /// --dataset mnist --image 2732 --epsilon 5.092845 --format mps -o problem.mps
    #[command(verbatim_doc_comment)]
    Verify {
        #[command(flatten)]
        question: VerifyArguments,
        #[command(flatten)]
        file: FileArguments,
    },
    /// Function maximization, paper (8)
    ///
    /// Example: pipeline export-problem maximize --network dense.safetensors --format lp -o problem.lp
    #[command(verbatim_doc_comment)]
    Maximize {
        #[command(flatten)]
        question: MaximizeArguments,
        #[command(flatten)]
        file: FileArguments,
    },
}

#[derive(Debug, Args)]
struct FileArguments {
    /// mps (free format) or lp
    #[arg(long)]
    format: ProblemFormat,
    /// The file to write
    #[arg(short, long, value_name = "FILE")]
    output: PathBuf,
    /// Bounds on preactivations, for big-M coefficients: interval, linear (relaxations), alpha (with optimised
    /// slopes) or tightening (then by linear programs)
    #[arg(long, default_value_t)]
    bounds: BoundKind,
    /// Seconds after which tightening stops
    #[arg(long, value_name = "SECONDS", default_value_t = 60.0)]
    time_limit: f64,
    /// Print one JSON object in place of the summary
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Record<'a> {
    file: &'a PathBuf,
    format: String,
    #[serde(flatten)]
    size: ModelSize,
}

pub fn run(arguments: &Arguments) -> anyhow::Result<()> {
    match &arguments.question {
        Ask::Verify { question, file } => export(&question.question()?, file),
        Ask::Maximize { question, file } => export(&question.question()?, file),
    }
}

fn export(question: &Question, file: &FileArguments) -> anyhow::Result<()> {
    let settings = solver::Settings {
        time_limit: file.time_limit,
        threads: 1,
        seed: 0,
        cutoff: None,
        tolerances: solver::Tolerances::default(),
        feed: solver::Feed::default(),
        stop: stop_on_interrupt()?,
    };
    let instance = &question.instance;
    let bounded = Bounded::of(question.solved(), instance, file.bounds, &settings)?;
    let model = formulate(&bounded.network, instance.region(), &bounded.bounds);
    write_problem(&file.output, file.format, &model.problem)?;
    let size = model.size;
    if file.json {
        return print_json(&Record {
            file: &file.output,
            format: file.format.to_string(),
            size,
        });
    }
    print(&format!(
        "{}: {} columns ({} binary), {} rows, {} nonzeros; maximise",
        file.output.display(),
        size.columns,
        size.binaries,
        size.rows,
        size.nonzeros
    ))
}
