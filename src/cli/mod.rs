//! The command line: one file per command. Arguments become a validated settings object; no lower
//! module sees a flag.

mod adversarial;
mod arguments;
mod campaign;
mod check;
mod demo;
mod destination;
mod devices;
mod embed;
mod eval;
mod export_problem;
mod expression;
mod hints;
mod interrupt;
mod losses;
mod models;
mod number_file;
mod optimum;
mod origins;
mod output;
mod picture;
mod prune;
mod question;
mod random;
mod regularisers;
mod report;
mod samples;
mod saved_input;
mod solve;
mod terminal;
mod test_errors;
mod train;
mod training_meter;
mod verification;

use std::ffi::OsString;

use clap::{CommandFactory, Parser, Subcommand};

/// Train small ReLU networks, prune them, and optimise over them with an open-source MILP solver.
///
/// The method is that of "Optimization over Trained (and Sparse) Neural Networks: A Surrogate within a
/// Surrogate" (arXiv 2505.01985). Results go to stdout, progress and messages to stderr. Exit
/// status: 0 the command did what was asked, whatever it found; 1 it failed; 2 wrong usage.
#[derive(Debug, Parser)]
#[command(name = "pipeline", version, max_term_width = 100)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
}

// No doc comments here, so that each command's own description and example become its help.
#[derive(Debug, Subcommand)]
enum Command {
    Train(train::Arguments),
    Random(random::Arguments),
    Prune(prune::Arguments),
    Eval(eval::Arguments),
    Solve(solve::Arguments),
    Check(check::Arguments),
    Embed(embed::Arguments),
    ExportProblem(export_problem::Arguments),
    Report(report::Arguments),
    Reproduce(campaign::reproduce::Arguments),
    Work(campaign::work::Arguments),
    Status(campaign::status::Arguments),
    Pack(campaign::pack::Arguments),
    #[command(hide = true)]
    Worker(campaign::worker::Arguments),
    Slurm(campaign::slurm::Arguments),
    Devices(devices::Arguments),
    Demo(demo::Arguments),
}

impl Cli {
    /// The command line of this process. Exits if it asks for help or is invalid.
    pub fn of_this_process() -> Self {
        let arguments: Vec<OsString> = std::env::args_os().collect();
        Self::try_parse_from(&arguments)
            .unwrap_or_else(|error| hints::with_hints(error, Self::command(), &arguments).exit())
    }

    /// Runs the command.
    pub fn run(self) -> anyhow::Result<()> {
        match self.command {
            Command::Train(arguments) => train::run(&arguments),
            Command::Random(arguments) => random::run(&arguments),
            Command::Prune(arguments) => prune::run(&arguments),
            Command::Eval(arguments) => eval::run(&arguments),
            Command::Solve(arguments) => solve::run(&arguments),
            Command::Check(arguments) => check::run(&arguments),
            Command::Embed(arguments) => embed::run(&arguments),
            Command::ExportProblem(arguments) => export_problem::run(&arguments),
            Command::Report(arguments) => report::run(&arguments),
            Command::Reproduce(arguments) => campaign::reproduce::run(&arguments),
            Command::Work(arguments) => campaign::work::run(&arguments),
            Command::Status(arguments) => campaign::status::run(&arguments),
            Command::Pack(arguments) => campaign::pack::run(&arguments),
            Command::Worker(arguments) => campaign::worker::run(&arguments),
            Command::Slurm(arguments) => campaign::slurm::run(&arguments),
            Command::Devices(arguments) => devices::run(&arguments),
            Command::Demo(arguments) => demo::run(&arguments),
        }
    }
}
