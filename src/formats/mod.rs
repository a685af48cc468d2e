//! Files: models as safetensors, problems as MPS and LP text, solutions as lines of names and values.
//!
//! Every file is written whole or not at all.

mod metadata;
mod model;
mod problem;
mod solution;

pub use metadata::{Metadata, Origin};
pub use model::{ModelError, ModelFile, file_sha256, read_model, write_model};
pub use problem::{
    ProblemError, ProblemFormat, ReadProblemError, keeps_names, problem_text, read_problem,
    write_lp, write_mps, write_problem,
};
pub use solution::solution_text;
