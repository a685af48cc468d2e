//! Optimisation over trained ReLU networks:
//!
//! ```text
//! max  c'x + d'y    subject to    A x + B y <= b,    y = NN(x)
//! ```
//!
//! for a network `NN` with inputs `x` and outputs `y`, exactly as it was trained. The library decides whether an
//! input of a region exists that satisfies conditions on the outputs (verification), maximises functions of inputs
//! and outputs, and embeds networks in MILPs that are written by hand. It can train and prune the networks, too.
//!
//! It implements "Optimization over Trained (and Sparse) Neural Networks: A Surrogate within a Surrogate" (arXiv
//! 2505.01985): to optimise over a trained network D, prune it to a sparse surrogate S, solve the MILP of S, and
//! evaluate every solution that the solver finds on D.
//!
//! # How a network is embedded
//!
//! A hidden neuron has the preactivation `g = w'h + b`, where `h` are the activations of the layer before (the
//! inputs `x` in the first layer), and the activation `max(0, g)`. Bounds `l <= g <= u` over the region of the
//! inputs ([`bounds`](mod@bounds)) decide how it is written ([`formulation`]):
//!
//! | | phase | rows |
//! | --- | --- | --- |
//! | `l >= 0` | always active | `h = g` |
//! | `u <= 0` | always inactive | `h = 0`: no column |
//! | otherwise | a binary `z` decides | `h - s = g`, `0 <= h <= u z`, `0 <= s <= -l (1 - z)` |
//!
//! The tighter the bounds, the smaller the big-M coefficients `u` and `-l`, and the fewer the binaries. Outputs are
//! linear in the last hidden layer. They can appear in any row or objective of the problem, beside other columns:
//!
//! ```
//! use pipeline::prelude::*;
//!
//! // y = 2 max(0, x - 0.25) on x in [0, 1].
//! let network = Network::new(vec![
//!     Layer::new(1, vec![1.0], vec![-0.25]),
//!     Layer::new(1, vec![2.0], vec![0.0]),
//! ])?;
//! let bounds = interval(&network, &Region::unit_box(1))?;
//!
//! // max y - x subject to x + y <= 2
//! let mut problem = Problem::new(Sense::Maximize);
//! let x = problem.add_continuous("x".into(), 0.0, 1.0);
//! let embedding = embed(&mut problem, "", &network, &bounds, &[Affine::column(x)]);
//! let y = &embedding.outputs[0];
//! problem.set_objective(y);
//! problem.columns[x.0].cost -= 1.0;
//! let mut row = y.terms.clone();
//! row.push((x, 1.0));
//! problem.add_row("sum".into(), f64::NEG_INFINITY, 2.0 - y.constant, row);
//!
//! let mut best = None;
//! pipeline::solver::solve(&problem, &Default::default(), &mut |event| {
//!     if let pipeline::solver::Event::Solution(solution) = event {
//!         best = Some(solution);
//!     }
//!     std::ops::ControlFlow::Continue(())
//! })?;
//! let x = best.expect("a feasible problem").columns[x.0];
//! assert!((x - 2.5 / 3.0).abs() < 1e-6); // where x + 2 (x - 0.25) = 2
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Questions about one network
//!
//! An [`instance::Instance`] is a region with an objective or a property; a [`search::Strategy`] answers it, and every
//! input that it returns was checked independently on the network itself. `portfolio` combines gradient ascent with
//! branch and bound over the phases; `exact` and `surrogate` solve MILPs.
//!
//! ```
//! use pipeline::prelude::*;
//!
//! let dense = random(20, &[10, 10], 1)?;
//! let sparse = prune(&dense, &Pruning::magnitude(0.5))?.apply(&dense);
//! let instance = Instance::maximization(dense.inputs());
//! let settings = Settings { time_limit: 10.0, ..Settings::default() };
//! let findings = surrogate(&dense, &sparse, &instance, &settings, &mut |_| {})?;
//! let best = findings.best.expect("every point of the box is feasible");
//! assert_eq!(best.value, dense.forward(&best.input)[0]);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # The main path
//!
//! 1. `dataset`: labelled images, or a table of numbers with targets; `training`: a classifier or a regression
//!    network D trained on them; `recipe`: how a model is made. Or [`network::random`]: a random regression network.
//! 2. [`pruning`]: a mask, and with it the sparse network S.
//! 3. [`instance`]: the question: an input region and an objective over the outputs.
//! 4. [`bounds`](mod@bounds): bounds on every preactivation over the region; [`tightening`]: the kinds that use linear
//!    programs; [`presolve`]: the reduced network that a search solves, with its bounds.
//! 5. [`formulation`]: the MILP of a network, as a [`milp::Problem`].
//! 6. [`solver`]: HiGHS, and every feasible point that it finds.
//! 7. [`search`]: `exact` (the MILP of D), `surrogate` (the paper's Algorithms 1 and 2), `gradient`, `prove` (by
//!    [`prover`], branch and bound over D's ReLU phases) and `portfolio`; every candidate is checked on D by
//!    [`instance::check`].
//! 8. [`formats`]: model files and problem files.
//!
//! On top of it, [`linked`]: a MILP of your own, read from a file or written by hand, some of whose columns are outputs of
//! networks at others; bounded, written as one MILP, or solved. Beside it, [`stochastic`]: two-stage problems, where a network of quantiles stands for the cost of the second stage.
//!
//! ARCHITECTURE.md describes the layers and the invariants.
//!
//! # Features
//!
//! All but the GPU's are on by default; without any, the library has what is above except `dataset`, `training` and
//! `recipe`.
//!
//! - `training`: data sets, training on the CPU, finetuning (Burn).
//! - `experiments`: grids of runs, campaigns, reports.
//! - `cli`: the program `pipeline`.
//! - `wgpu`, `cuda`: training on a GPU; `autotune` (default): it tries which kernels are the fastest.

#![warn(missing_docs)]

pub mod bounds;
#[cfg(feature = "experiments")]
#[doc(hidden)]
pub mod campaign;
#[cfg(feature = "cli")]
#[doc(hidden)]
pub mod cli;
#[cfg(feature = "training")]
pub mod dataset;
#[cfg(feature = "experiments")]
#[doc(hidden)]
pub mod document;
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
pub mod linked;
pub mod milp;
#[doc(hidden)]
pub mod named;
pub mod network;
#[doc(hidden)]
pub mod numbers;
#[doc(hidden)]
pub mod numpy;
#[doc(hidden)]
pub mod parallel;
pub mod prelude;
pub mod presolve;
pub mod prover;
pub mod pruning;
#[cfg(feature = "training")]
pub mod recipe;
#[cfg(feature = "training")]
pub mod regularisers;
#[cfg(feature = "experiments")]
#[doc(hidden)]
pub mod report;
pub mod search;
pub mod solver;
pub mod stochastic;
pub mod tightening;
#[cfg(feature = "training")]
pub mod training;
