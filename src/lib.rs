//! Optimisation over trained and sparse neural networks.
//!
//! To optimise over a trained ReLU network D, prune it to a sparse surrogate S, solve the MILP of
//! S, and evaluate every solution that the solver finds on D. This is the method
//! of "Optimization over Trained (and Sparse) Neural Networks: A Surrogate within a Surrogate"
//! (arXiv 2505.01985), in one program: training, pruning, bounds, formulation, search.
//!
//! # The main path
//!
//! 1. [`dataset`]: labelled images, or a table of numbers with targets; [`training`]: a classifier or a
//!    regression network D trained on them. Or [`network::random`]: a random regression network.
//! 2. [`pruning`]: a mask, and with it the sparse network S.
//! 3. [`instance`]: the question: an input region and an objective over the outputs.
//! 4. [`bounds`]: bounds on every preactivation over the region; [`tightening`]: the kinds that use linear
//!    programs; [`presolve`]: the reduced network that a search solves, with its bounds.
//! 5. [`formulation`]: the MILP of a network, as a [`milp::Problem`].
//! 6. [`solver`]: HiGHS, and every feasible point that it finds.
//! 7. [`search`]: `exact` (the MILP of D), `surrogate` (the paper's Algorithms 1 and 2), `gradient`, `prove` (by
//!    [`prover`], branch and bound over D's ReLU phases) and `portfolio`; every candidate is checked on D by
//!    [`instance::check`]. What f64 cannot decide, [`exact`] decides without rounding.
//! 8. [`experiment`]: grids of such runs, stored as records; [`report`]: tables and figures from them.
//!
//! [`formats`] reads and writes models and problems, [`cli`] is the command
//! line. ARCHITECTURE.md describes the layers and the invariants.
//!
//! # Example
//!
//! Maximise a random network over the unit box through its pruned surrogate:
//!
//! ```
//! use pipeline::instance::Instance;
//! use pipeline::network::random;
//! use pipeline::pruning::{Pruning, prune};
//! use pipeline::search::{Settings, surrogate};
//!
//! let dense = random(20, &[10, 10], 1)?;
//! let sparse = prune(&dense, &Pruning::magnitude(0.5))?.apply(&dense);
//! let settings = Settings { time_limit: 10.0, ..Settings::default() };
//! let instance = Instance::maximization(dense.inputs());
//! let findings = surrogate(&dense, &sparse, &instance, &settings, &mut |_| {})?;
//! let best = findings.best.expect("every point of the box is feasible");
//! assert_eq!(best.value, dense.forward(&best.input)[0]);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

#![warn(missing_docs)]

pub mod bounds;
#[cfg(feature = "cli")]
#[doc(hidden)]
pub mod cli;
#[cfg(feature = "training")]
pub mod dataset;
#[doc(hidden)]
pub mod exact;
#[cfg(feature = "experiments")]
#[doc(hidden)]
pub mod experiment;
#[doc(hidden)]
pub mod files;
pub mod formats;
pub mod formulation;
pub mod instance;
pub mod limits;
pub mod milp;
#[doc(hidden)]
pub mod named;
pub mod network;
#[doc(hidden)]
pub mod numbers;
#[doc(hidden)]
pub mod parallel;
pub mod prelude;
pub mod presolve;
pub mod prover;
pub mod pruning;
#[cfg(feature = "training")]
pub mod recipe;
#[cfg(feature = "experiments")]
#[doc(hidden)]
pub mod report;
pub mod search;
pub mod solver;
pub mod tightening;
#[cfg(feature = "training")]
pub mod training;
