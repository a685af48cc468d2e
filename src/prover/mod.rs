//! A complete prover: branch and bound over ReLU phases.
//!
//! A node is the subset of the region in which some ReLUs have a fixed phase; its bound is that of the
//! linear relaxation there ([`crate::bounds::relaxation`]). The nodes with the largest bounds are expanded
//! first, many at a time, and split at the most promising ReLU, until every bound is at or below a
//! threshold. So the largest bound of an open node is a proved bound on the objective at any moment.
//! (Branch and bound for ReLU networks: Bunel et al., JMLR 2020; the bounds: beta-CROWN, Wang et al.,
//! NeurIPS 2021.)

mod effort;
mod expand;
mod frontier;
mod leaf;
mod node;
mod pseudo_costs;
mod refine;
mod rows;
#[cfg(test)]
mod tests;

pub use refine::refine;

use std::ops::ControlFlow;
use std::time::{Duration, Instant};

use crate::bounds::Bounds;
use crate::bounds::relaxation::Relaxation;
use crate::exact::sum_up;
use crate::formulation::{PieceMaximum, exact_maximum};
use crate::instance::Region;
use crate::limits::Limits;
use crate::network::Network;
use crate::tightening::RelaxationLp;
use expand::{Expansion, Tree};
use frontier::Frontier;
use leaf::Leaves;
use node::Node;
use pseudo_costs::PseudoCosts;
use rows::with_rows;

/// Number of nodes that one thread splits at a time.
const BATCH: usize = 32;
/// Minimum interval between two progress reports.
const PROGRESS_INTERVAL: Duration = Duration::from_millis(100);

/// What the prover reports to its observer.
#[derive(Debug)]
pub enum Event<'a> {
    /// The point at which the largest bound of a batch of nodes is attained.
    Point(&'a [f64]),
    /// The maximiser of a linear program, usually over a single linear piece.
    Optimum(&'a [f64]),
    /// The proved bound, and the number of nodes bounded so far.
    Progress {
        /// Proved upper bound on the objective over the region.
        bound: f64,
        /// Number of nodes bounded so far.
        nodes: u64,
    },
}

/// The result of a proof.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Proof {
    /// Proved upper bound on the objective over the region.
    pub bound: f64,
    /// Number of nodes bounded.
    pub nodes: u64,
    /// Whether no node is left to split. The bound may still be above the threshold, because of leaves that rounding
    /// keeps there.
    pub is_complete: bool,
}

/// The objective in real arithmetic, which the output of the proved network represents up to rounding.
#[derive(Debug, Clone, Copy)]
pub struct Exact<'a> {
    /// Has the same hidden layers; its output, or its first output minus its second, represents the objective.
    pub network: &'a Network,
    /// By how much the objective may exceed the proved network's output, minus by how much it may exceed `network`'s.
    pub rounding: f64,
}

/// The quantity to bound: `sign` times preactivation `neuron` of the next unbounded layer.
#[derive(Debug, Clone, Copy)]
struct Target {
    neuron: usize,
    sign: f64,
}

/// Proves an upper bound on the single output of `network` over `region` by branch and bound, until every node is at or
/// below the threshold or `out_of_time()` is true. `bounds` are those of `network` over `region`; linear pieces that
/// they and f64 cannot decide are decided by `exact`; `limits` give the number of threads; `observer` returns the
/// current threshold, or breaks to stop the proof.
///
/// # Panics
/// When network, region and bounds do not fit each other.
pub fn prove(
    network: &Network,
    region: &Region,
    bounds: &Bounds,
    exact: Exact<'_>,
    limits: &Limits,
    out_of_time: &(dyn Fn() -> bool + Sync),
    observer: &mut dyn FnMut(Event<'_>) -> ControlFlow<(), f64>,
) -> Proof {
    let (hidden, output) = bounds.layers().split_at(network.hidden().len());
    let known = output[0][0].upper();
    if hidden.is_empty() {
        return of_affine(network, region, known, exact, limits, out_of_time, observer);
    }
    let with_rows = with_rows(network, region, hidden);
    let (extended, hidden) = match &with_rows {
        Some(with_rows) => (&with_rows.network, &with_rows.bounds[..]),
        None => (network, hidden),
    };
    let relaxation = Relaxation::with_bounds(extended, region, hidden);
    let rows = with_rows
        .as_ref()
        .map_or(&[][..], |with_rows| &with_rows.scales);
    let target = Target {
        neuron: 0,
        sign: 1.0,
    };
    let tree = Tree::new(&relaxation, target, rows, out_of_time);
    let leaves = Leaves::new(network, region, bounds, exact, limits);
    let mut search = Search::new(&tree, Some(leaves));
    let threads = limits.threads as usize;
    let _ = search.run(&tree, known, threads, observer);
    search.proof()
}

/// Does the same for a network without hidden layers.
fn of_affine(
    network: &Network,
    region: &Region,
    known: f64,
    exact: Exact<'_>,
    limits: &Limits,
    out_of_time: &(dyn Fn() -> bool + Sync),
    observer: &mut dyn FnMut(Event<'_>) -> ControlFlow<(), f64>,
) -> Proof {
    let mut bound = known;
    let mut best = region.argmax(network.output().row(0));
    match exact_maximum(exact.network, region, &[], out_of_time) {
        Some(PieceMaximum::At { value, input }) => {
            bound = bound.min(sum_up(value, -exact.rounding));
            best = input;
        }
        Some(PieceMaximum::Empty) => bound = f64::NEG_INFINITY,
        None if region.rows().is_empty() => {}
        None => {
            // The region also has rows, which `argmax` ignores.
            let relaxation = RelaxationLp::new(network, region, &[], limits);
            let optimum =
                relaxation.and_then(|mut lp| lp.maximise((0, 1.0), &[], 0.0, limits.time_limit));
            if let Ok(Some(optimum)) = optimum {
                bound = bound.min(optimum.bound);
                best = optimum.input;
            }
        }
    }
    if observer(Event::Optimum(&best)).is_continue() {
        let _ = observer(Event::Progress { bound, nodes: 1 });
    }
    Proof {
        bound,
        nodes: 1,
        is_complete: true,
    }
}

struct Search<'a> {
    frontier: Frontier,
    /// The largest bound of a closed node.
    closed: f64,
    nodes: u64,
    last_report: Option<Instant>,
    /// `None`: leaves keep the bounds that they have.
    leaves: Option<Leaves<'a>>,
    pseudo_costs: PseudoCosts,
}

impl<'a> Search<'a> {
    fn new(tree: &Tree<'_>, leaves: Option<Leaves<'a>>) -> Self {
        Self {
            frontier: Frontier::default(),
            closed: f64::NEG_INFINITY,
            nodes: 0,
            last_report: None,
            leaves,
            pseudo_costs: PseudoCosts::none(tree.neurons()),
        }
    }

    /// Splits nodes until none is left, time is up or the observer breaks.
    fn run(
        &mut self,
        tree: &Tree<'_>,
        known: f64,
        threads: usize,
        observer: &mut dyn FnMut(Event<'_>) -> ControlFlow<(), f64>,
    ) -> ControlFlow<()> {
        let mut threshold = f64::NEG_INFINITY;
        let mut expansions = vec![tree.root(known)];
        while !expansions.is_empty() {
            // Until all nodes of the expansions are inserted, they count as open.
            let bounds = expansions.iter().map(Expansion::bound);
            let open = bounds.fold(f64::NEG_INFINITY, f64::max);
            self.frontier.keep(open);
            for expansion in &expansions {
                threshold = self.report(&expansion.point, observer)?;
            }
            for improvement in expansions
                .iter()
                .flat_map(|expansion| &expansion.improvements)
            {
                self.pseudo_costs.note(improvement);
            }
            for node in expansions.into_iter().flat_map(|expansion| expansion.nodes) {
                threshold = self.insert(tree, node, threshold, observer)?;
            }
            self.frontier.keep(f64::NEG_INFINITY);
            if tree.is_out_of_time() {
                break;
            }
            let nodes = self.frontier.pop(BATCH * threads.max(1));
            let bounds = nodes.iter().map(|node| node.bound);
            self.frontier.keep(bounds.fold(f64::NEG_INFINITY, f64::max));
            expansions = tree.expand(nodes, threads, threshold, &self.pseudo_costs);
        }
        ControlFlow::Continue(())
    }

    /// Reports a promising point and, at intervals, progress; returns the threshold.
    fn report(
        &mut self,
        point: &[f64],
        observer: &mut dyn FnMut(Event<'_>) -> ControlFlow<(), f64>,
    ) -> ControlFlow<(), f64> {
        let now = Instant::now();
        if self
            .last_report
            .is_none_or(|last| now.duration_since(last) >= PROGRESS_INTERVAL)
        {
            self.last_report = Some(now);
            let (bound, nodes) = (self.bound(), self.nodes);
            observer(Event::Progress { bound, nodes })?;
        }
        observer(Event::Point(point))
    }

    /// Adds `node` to the frontier if it is to be split, closes it otherwise; returns the threshold.
    fn insert(
        &mut self,
        tree: &Tree<'_>,
        mut node: Node,
        mut threshold: f64,
        observer: &mut dyn FnMut(Event<'_>) -> ControlFlow<(), f64>,
    ) -> ControlFlow<(), f64> {
        self.nodes += 1;
        if node.bound > threshold && self.needs_lp(&node) && !tree.is_out_of_time() {
            threshold = self.bound_by_lp(tree, &mut node, threshold, observer)?;
        }
        if node.bound > threshold && node.branching.is_some() {
            self.frontier.push(node);
        } else {
            self.closed = self.closed.max(node.bound);
        }
        ControlFlow::Continue(threshold)
    }

    /// Whether a linear program is to bound `node`.
    fn needs_lp(&self, node: &Node) -> bool {
        let leaves = self.leaves.as_ref();
        node.branching.is_none() || leaves.is_some_and(|leaves| leaves.are_worthwhile(node.stale))
    }

    /// Bounds `node` by a linear program if descent on its multipliers no longer helps, or if its relaxation gives no
    /// neuron a branching score. The latter alone does not make it a leaf: a fixed phase depends on neurons that are
    /// not fixed, whatever its multiplier is. Only when all such neurons are fixed is the maximum that of the node
    /// itself, not of a relaxation.
    fn bound_by_lp(
        &mut self,
        tree: &Tree<'_>,
        node: &mut Node,
        mut threshold: f64,
        observer: &mut dyn FnMut(Event<'_>) -> ControlFlow<(), f64>,
    ) -> ControlFlow<(), f64> {
        let Some(leaves) = &mut self.leaves else {
            return ControlFlow::Continue(threshold);
        };
        let could_branch = node.branching.is_some();
        let begun = Instant::now();
        let optimum = leaves.relaxed(tree, node);
        if let Some(optimum) = &optimum {
            node.bound = node.bound.min(optimum.bound);
            tree.adopt(node, optimum);
        }
        let relaxed = begun.elapsed().as_secs_f64();
        if let Some(optimum) = &optimum {
            threshold = observer(Event::Optimum(&optimum.input))?;
        }
        node.stale = 0;
        // Without an optimum, the branching neuron that is already known stays.
        if optimum.is_some() || !could_branch {
            node.branching = leaves.branching(tree, node, optimum.as_ref());
        }
        if node.bound > threshold
            && (node.branching.is_none()
                || leaves.is_doubtful(node.bound, threshold, optimum.as_ref()))
        {
            let begun = Instant::now();
            let maximum = leaves.exact(tree, node);
            let seconds = begun.elapsed().as_secs_f64();
            match maximum {
                None => {}
                Some(PieceMaximum::Empty) => node.bound = f64::NEG_INFINITY,
                Some(PieceMaximum::At { value, input }) => {
                    node.bound = node.bound.min(value);
                    threshold = observer(Event::Optimum(&input))?;
                }
            }
            if node.branching.is_some() {
                leaves.exact_effort.note(seconds, node.bound <= threshold);
            }
        }
        if could_branch {
            // Counts exact arithmetic as well, which is tried where linear programs come close.
            leaves.lp_effort.note(relaxed, node.bound <= threshold);
        }
        ControlFlow::Continue(threshold)
    }

    fn bound(&self) -> f64 {
        self.frontier.bound().max(self.closed)
    }

    fn proof(&self) -> Proof {
        Proof {
            bound: self.bound(),
            nodes: self.nodes,
            is_complete: self.frontier.is_empty() && self.frontier.bound() == f64::NEG_INFINITY,
        }
    }
}
