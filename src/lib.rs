//! Optimisation over trained and sparse neural networks.
//!
//! When a trained ReLU network D must be optimised over as it is, prune it to a sparse surrogate
//! S, solve the MILP of S, and test every solution that the solver finds on D. This is the method
//! of "Optimization over Trained (and Sparse) Neural Networks: A Surrogate within a Surrogate"
//! (arXiv 2505.01985), in one program: training, pruning, bounds, formulation, search.
//!
//! # The main path
//!
//! 1. [`dataset`]: labelled images, or a table of numbers with targets; [`training`]: a classifier or a
//!    regression network D from them. Or [`network::random`]: a random regression network.
//! 2. [`pruning`]: a mask, and with it the sparse network S.
//! 3. [`instance`]: the question: a region of inputs and an objective over the outputs.
//! 4. [`bounds`]: bounds on every preactivation over the region; [`tightening`]: those that take linear
//!    programs.
//! 5. [`formulation`]: the MILP of a network, as a [`milp::Problem`].
//! 6. [`solver`]: HiGHS, and every feasible point that it meets.
//! 7. [`search`]: `exact` (the MILP of D), `surrogate` (the paper's Algorithms 1 and 2), `gradient`, `prove` (by
//!    [`prover`], branch and bound over D's phases) and `portfolio`, where every candidate goes through
//!    [`instance::check`] on D. What f64 cannot decide, [`exact`] does without rounding.
//! 8. [`experiment`]: grids of such runs, kept as records; [`report`]: tables and figures of them.
//!
//! [`formats`] reads and writes models and problems, [`cli`] is the command
//! line. ARCHITECTURE.md has the layers and what must hold.
//!
//! # Example
//!
//! Maximise a random network over the unit box through its pruned surrogate:
//!
//! ```
//! use pipeline::bounds::BoundKind;
//! use pipeline::instance::Instance;
//! use pipeline::network::random;
//! use pipeline::pruning::{Pruning, prune};
//! use pipeline::search::{Settings, surrogate};
//! use pipeline::solver::StopFlag;
//!
//! let dense = random(20, &[10, 10], 1)?;
//! let sparse = prune(&dense, &Pruning::magnitude(0.5))?.apply(&dense);
//! let settings = Settings {
//!     time_limit: 10.0,
//!     threads: 1,
//!     seed: 0,
//!     bounds: BoundKind::default(),
//!     relaxation_first: true,
//!     mip_start: false,
//!     stop: StopFlag::default(),
//! };
//! let instance = Instance::maximization(dense.inputs());
//! let findings = surrogate(&dense, &sparse, &instance, &settings, &mut |_| {})?;
//! let best = findings.best.expect("every point of the box is feasible");
//! assert_eq!(best.value, dense.forward(&best.input)[0]);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

pub mod bounds;
pub mod cli;
pub mod dataset;
pub mod exact;
pub mod experiment;
pub mod files;
pub mod formats;
pub mod formulation;
pub mod instance;
pub mod milp;
pub mod named;
pub mod network;
pub mod numbers;
pub mod parallel;
pub mod prover;
pub mod pruning;
pub mod report;
pub mod search;
pub mod solver;
pub mod tightening;
pub mod training;
