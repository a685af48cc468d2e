//! The stages of the work on a plan.

use crate::named::{Named, in_words};

/// A stage of the work, which needs all stages before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// Dense networks are drawn or trained.
    Dense,
    /// They are pruned and finetuned.
    Pruned,
    /// The runs of the experiment.
    Solve,
}

impl Stage {
    /// All stages in order.
    pub const ALL: [Self; 3] = [Self::Dense, Self::Pruned, Self::Solve];
}

impl Named for Stage {
    const WHAT: &'static str = "stage";
    const NAMES: &'static [(Self, &'static str)] = &[
        (Self::Dense, "dense"),
        (Self::Pruned, "pruned"),
        (Self::Solve, "solve"),
    ];
}

in_words!(Stage);
