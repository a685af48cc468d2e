//! `pipeline export-problem`: the MILP of a question, for other solvers.

use std::path::{Path, PathBuf};

use anyhow::ensure;
use clap::{Args, Subcommand};
use serde::Serialize;

use super::arguments::check_time_limit;
use super::destination::{ForceArguments, Input, check_text, is_stdout};
use super::interrupt::stop_on_interrupt;
use super::optimum::OptimumArguments;
use super::output::{path_as_text, print, print_bytes, print_json, tell};
use super::question::Question;
use super::verification::VerifyArguments;
use crate::bounds::BoundKind;
use crate::formats::{ProblemFormat, problem_text, write_problem};
use crate::formulation::{ModelSize, formulate};
use crate::instance::Constrained;
use crate::limits::Limits;
use crate::milp::Sense;
use crate::presolve::Presolved;

/// Write the MILP of a question as .mps or .lp for other solvers
///
/// With --surrogate it is the MILP of the surrogate, otherwise that of the dense network.
#[derive(Debug, Args)]
pub struct Arguments {
    #[command(subcommand)]
    question: Ask,
}

#[derive(Debug, Subcommand)]
enum Ask {
    /// Network verification, problem (7) of the paper
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
    /// Function maximization, problem (8) of the paper
    ///
    /// Example: pipeline export-problem maximize --network dense.safetensors --format lp -o problem.lp
    #[command(verbatim_doc_comment)]
    Maximize {
        #[command(flatten)]
        question: OptimumArguments,
        #[command(flatten)]
        file: FileArguments,
    },
    /// Function minimization
    ///
    /// Example: pipeline export-problem minimize --network dense.safetensors --format lp -o problem.lp
    #[command(verbatim_doc_comment)]
    Minimize {
        #[command(flatten)]
        question: OptimumArguments,
        #[command(flatten)]
        file: FileArguments,
    },
}

#[derive(Debug, Args)]
struct FileArguments {
    /// File format: mps (free format) or lp
    #[arg(long)]
    format: ProblemFormat,
    /// File to write; - for stdout, with the summary on stderr
    #[arg(short, long, value_name = "FILE")]
    output: PathBuf,
    #[command(flatten)]
    force: ForceArguments,
    /// Preactivation bounds, for big-M coefficients: box (interval arithmetic over the region's box alone, as
    /// in the published runs), interval (interval arithmetic, exact for the first layer), linear (linear
    /// relaxations), alpha (relaxations with optimised slopes) or tightening (alpha, then linear programs)
    #[arg(long, default_value_t)]
    bounds: BoundKind,
    /// Time limit for computing the bounds in seconds
    #[arg(
        long,
        value_name = "SECONDS",
        default_value_t = 60.0,
        allow_negative_numbers = true
    )]
    time_limit: f64,
    /// Print one JSON object instead of the summary
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Record<'a> {
    #[serde(serialize_with = "path_as_text")]
    file: &'a Path,
    format: String,
    #[serde(flatten)]
    size: ModelSize,
}

pub fn run(arguments: &Arguments) -> anyhow::Result<()> {
    match &arguments.question {
        Ask::Verify { question, file } => {
            file.check(&question.inputs())?;
            export(&question.question()?, file)
        }
        Ask::Maximize { question, file } => {
            file.check(&question.inputs())?;
            export(&question.question(Sense::Maximize)?, file)
        }
        Ask::Minimize { question, file } => {
            file.check(&question.inputs())?;
            export(&question.question(Sense::Minimize)?, file)
        }
    }
}

impl FileArguments {
    fn check(&self, inputs: &[Input]) -> anyhow::Result<()> {
        check_time_limit(self.time_limit)?;
        self.force.check(inputs, "--output", &[&self.output])
    }
}

fn export(question: &Question, file: &FileArguments) -> anyhow::Result<()> {
    check_text("--output", &file.output, file.json)?;
    let limits = Limits {
        time_limit: file.time_limit,
        threads: 1,
        seed: 0,
        stop: stop_on_interrupt()?,
    };
    let rows = question
        .constrained
        .as_ref()
        .map_or(&[][..], Constrained::rows);
    ensure!(
        rows.is_empty(),
        "--subject-to has a constraint on outputs, which an exported problem cannot have, expected constraints on inputs"
    );
    ensure!(
        question.instances.len() == 1,
        "--target all gives one problem per class, expected the number of a class"
    );
    let instance = question.instance();
    let presolved = Presolved::of(question.solved(), instance, file.bounds, &limits, 1.0)?;
    let model = formulate(&presolved.network, instance.region(), &presolved.bounds);
    let size = model.size;
    let problem = match question.sense {
        Sense::Maximize => model.problem,
        Sense::Minimize => model.problem.turned(),
    };
    if size.columns == 0 {
        tell(
            "warning: the objective is constant: the problem written has one column, fixed at zero",
        );
    }
    if is_stdout(&file.output) {
        print_bytes(&problem_text(file.format, &problem)?)?;
    } else {
        write_problem(&file.output, file.format, &problem)?;
    }
    if file.json {
        return print_json(&Record {
            file: &file.output,
            format: file.format.to_string(),
            size,
        });
    }
    let summary = format!(
        "{}: {} columns ({} binary), {} rows, {} nonzeros; {}",
        file.output.display(),
        size.columns,
        size.binaries,
        size.rows,
        size.nonzeros,
        question.sense
    );
    if is_stdout(&file.output) {
        tell(&summary);
        return Ok(());
    }
    print(&summary)
}
