//! Files: models as safetensors, problems as MPS and LP text.
//!
//! Every file is written whole or not at all.

mod lp;
mod metadata;
mod model;
mod mps;
mod names;
mod problem;

pub use lp::write_lp;
pub use metadata::{Metadata, Origin};
pub use model::{ModelError, ModelFile, file_sha256, read_model, write_model};
pub use mps::write_mps;
pub use problem::{ProblemError, ProblemFormat, problem_text, write_problem};
