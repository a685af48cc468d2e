//! The grid: an experiment as data, and the list of models and runs that it expands to.
//!
//! Reading order: `description` (the axes, read from TOML), `finetuning` (one of them), `check`
//! (what is refused), `part` (fewer seeds or label sources), `plan` (the expansion).

mod check;
mod description;
mod finetuning;
mod part;
mod plan;

pub use description::{Application, DescriptionError, Experiment, Preset};
pub use finetuning::FinetuningAxis;
pub use plan::{image_files, plan, solver_seconds};
