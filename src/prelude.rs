//! What most programs need: `use pipeline::prelude::*;`
//!
//! Everything here is also in its own module, beside what is needed less often.

pub use crate::bounds::{BoundKind, Bounds, interval};
pub use crate::formats::{ModelFile, read_model, write_model};
pub use crate::formulation::{Embedding, embed};
pub use crate::instance::{
    Distance, ImageQuestion, Instance, Linear, Objective, Property, Region, Target, Witness, check,
};
pub use crate::limits::{Limits, StopFlag};
pub use crate::milp::{Affine, Column, Problem, Sense};
pub use crate::network::{Layer, Network, random};
pub use crate::pruning::{Pruning, prune};
pub use crate::search::{SearchResult, Settings, Strategy, Verdict, portfolio, surrogate};
pub use crate::tightening::bounds;
