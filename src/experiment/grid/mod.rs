//! The grid: an experiment as data, and the list of models and runs that it expands to.
//!
//! Read on in this order: `description` (the axes, read from TOML), `finetuning` (one of them),
//! `check` (what is refused), `plan` (the expansion).

mod check;
mod description;
mod finetuning;
mod plan;

pub use description::{Application, DescriptionError, Experiment, Preset};
pub use finetuning::FinetuningAxis;
pub use plan::{Plan, Stage};
