//! The command line: one file per command. Arguments become a checked settings object; nothing
//! below this module sees a flag.

mod arguments;
mod demo;
mod eval;
mod export_problem;
mod output;
mod prune;
mod question;
mod random;
mod solve;
mod terminal;
mod train;

use clap::{Parser, Subcommand};

/// Trains small ReLU networks, prunes them, and optimises over them with an open MILP solver.
///
/// The method is "Optimization over Trained (and Sparse) Neural Networks: A Surrogate within a
/// Surrogate" (arXiv 2505.01985). Results go to stdout, progress and messages to stderr. Exit
/// status: 0 the command did what was asked, 1 it failed, 2 wrong usage.
#[derive(Debug, Parser)]
#[command(name = "pipeline", version, max_term_width = 100)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Train a classifier and write it as a model file
    Train(train::Arguments),
    /// Write a random regression network (function maximization)
    Random(random::Arguments),
    /// Prune a model, with finetuning rounds if asked
    Prune(prune::Arguments),
    /// Report a classifier's accuracy on the test images
    Eval(eval::Arguments),
    /// Optimise over a network: verify a classifier or maximise a regression network
    Solve(solve::Arguments),
    /// Write the MILP of a question as .mps or .lp for other solvers
    ExportProblem(export_problem::Arguments),
    /// Show the whole way in about two minutes: train, prune, solve, no file and no network needed
    Demo(demo::Arguments),
}

impl Cli {
    /// Runs the command.
    pub fn run(self) -> anyhow::Result<()> {
        match self.command {
            Command::Train(arguments) => train::run(&arguments),
            Command::Random(arguments) => random::run(&arguments),
            Command::Prune(arguments) => prune::run(&arguments),
            Command::Eval(arguments) => eval::run(&arguments),
            Command::Solve(arguments) => solve::run(&arguments),
            Command::ExportProblem(arguments) => export_problem::run(&arguments),
            Command::Demo(arguments) => demo::run(&arguments),
        }
    }
}
