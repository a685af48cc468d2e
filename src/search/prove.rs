//! Branch and bound over the dense network's ReLU phases: the proof, and the inputs found along the way.

use std::ops::ControlFlow;
use std::sync::Arc;

use super::ascent::ascend;
use super::clock::Clock;
use super::concurrent_mip::ConcurrentMip;
use super::dense_search::DenseSearch;
use super::multi_start::MultiStart;
use super::{Event, SearchError, SearchResult, Settings, Verdict};
use crate::instance::Instance;
use crate::limits::{Limits, StopFlag};
use crate::network::Network;
use crate::presolve::Presolved;
use crate::prover::{self, Exact};
use crate::solver::Progress;

/// The first `ALL` maximisers of relaxations start an ascent, then every `FEW`-th: one ascent takes as long as some
/// tens of nodes.
const ALL: u64 = 100;
const FEW: u64 = 16;
/// Fraction of the time spent on ascents in verification, where a proof mostly comes first, and in maximization, which
/// runs to the limit.
const ASCENDING: f64 = 0.1;
const ASCENDING_ON: f64 = 0.5;
/// Seconds of the first proof attempt.
const AT_FIRST: f64 = 0.1;
/// Batches of nodes per hidden neuron's bound in the first refinement, and the factor by which they grow in each
/// further one.
const BATCHES: u32 = 4;
const MORE: u32 = 3;
/// Largest fraction of the time left that one refinement may take.
const REFINEMENT: f64 = 0.3;
/// Seconds of the proof attempt after a refinement, per second of the refinement.
const PROOF: f64 = 4.0;
/// Its minimal duration, as a multiple of that of the previous attempt.
const LONGER: f64 = 1.5;

/// Proves on the dense network that there is no adversarial input, or that the incumbent is optimal, by branch and
/// bound ([`crate::prover`]) over `settings.bounds`. Maximisers of the relaxations are tried, after a short ascent from
/// them.
///
/// # Errors
/// When the network does not fit the instance, or a weight overflows.
pub fn prove(
    dense: &Network,
    instance: &Instance,
    settings: &Settings,
    observer: &mut dyn FnMut(&Event),
) -> Result<SearchResult, SearchError> {
    let mut search = DenseSearch::new(dense, instance, settings)?;
    let ended = branch_and_bound(&mut search, None, observer);
    let ended = ended.and_then(|()| exclude_by_parts(&mut search));
    search.conclude(ended)
}

/// Tries to prove that no input satisfies one of several conditions, if a proof for all of them together has ended
/// without a decision: folding them into one function takes rounding, which leaves ties open.
///
/// # Errors
/// As [`prove`].
pub(super) fn exclude_by_parts(search: &mut DenseSearch<'_>) -> Result<(), SearchError> {
    for part in search.parts() {
        let clock = search.clock();
        if search.is_decided() || clock.is_over() {
            break;
        }
        let settings = Settings {
            time_limit: clock.left(),
            ..search.settings().clone()
        };
        let result = prove(search.dense(), &part, &settings, &mut |_| {})?;
        if result.verdict == Verdict::NoneExists {
            search.exclude(result.dual_bound);
        }
    }
    Ok(())
}

/// Branches until the question is decided or the time is over, interleaved with the ascents of `multi_start`. A problem
/// not decided soon is restarted with tighter bounds on the hidden neurons, each time with more effort spent on these.
///
/// # Errors
/// When a weight or a bound overflows.
pub(super) fn branch_and_bound(
    search: &mut DenseSearch<'_>,
    multi_start: Option<MultiStart>,
    observer: &mut dyn FnMut(&Event),
) -> Result<(), SearchError> {
    let (region, clock) = (search.region(), search.clock());
    if clock.is_over() {
        return Ok(());
    }
    let presolved = search.presolved()?;
    let settings = search.settings().clone();
    let mut observer = ProofObserver::new(search, Arc::clone(&presolved), multi_start, observer);
    let mut bounds = presolved.bounds.clone();
    let (mut seconds, mut batches) = (AT_FIRST, BATCHES);
    while !observer.is_done() && !clock.is_over() {
        observer.until = observer.proving() + seconds;
        let own = Limits {
            threads: settings.threads - observer.concurrent.threads(),
            ..settings.limits(clock.passed())
        };
        let proof = prover::prove(
            &presolved.network,
            region,
            &bounds,
            Exact {
                network: &presolved.compared,
                rounding: presolved.rounding.reduced - presolved.rounding.compared,
            },
            &own,
            &|| clock.is_over(),
            &mut |event| observer.handle(event),
        );
        observer.search.prove(proof.bound);
        if observer.is_done() {
            break;
        }
        let (before, stage) = (clock.passed(), clock.within(REFINEMENT * clock.left()));
        let ended = observer.concurrent.ended();
        let has_ended = || ended.as_ref().is_some_and(StopFlag::is_raised);
        let out_of_time = || stage.is_over() || has_ended();
        let network = &presolved.network;
        let refined = prover::refine(network, region, &bounds, own.threads, batches, &out_of_time);
        observer.exchange();
        if !observer.is_done() && !clock.is_over() {
            let restarted = observer
                .concurrent
                .restart(observer.search, network, &refined);
            observer.note(restarted);
        }
        if refined == bounds {
            if proof.is_complete {
                // Nothing is left to branch on, and a restart would change nothing.
                observer.ascend_until_decided(&clock);
                break;
            }
            // A restart with the same bounds gains nothing either.
            seconds = f64::INFINITY;
        } else {
            seconds = (PROOF * (clock.passed() - before)).max(LONGER * seconds);
        }
        bounds = refined;
        batches = batches.saturating_mul(MORE);
    }
    if observer.concurrent.end() {
        observer.search.note_still_running();
    }
    Ok(())
}

/// Receives the prover's events, and runs further ascents in between.
struct ProofObserver<'a, 'b> {
    search: &'a mut DenseSearch<'b>,
    presolved: Arc<Presolved>,
    multi_start: Option<MultiStart>,
    /// The MILP solver that runs beside the prover.
    concurrent: ConcurrentMip,
    observer: &'a mut dyn FnMut(&Event),
    points: u64,
    started: f64,
    /// Seconds spent on ascents.
    ascending: f64,
    /// Seconds, without those on ascents, after which a proof attempt ends, to be restarted with tighter bounds.
    until: f64,
}

impl<'a, 'b> ProofObserver<'a, 'b> {
    fn new(
        search: &'a mut DenseSearch<'b>,
        presolved: Arc<Presolved>,
        multi_start: Option<MultiStart>,
        observer: &'a mut dyn FnMut(&Event),
    ) -> Self {
        Self {
            started: search.clock().passed(),
            concurrent: ConcurrentMip::new(search.settings().threads),
            search,
            presolved,
            multi_start,
            observer,
            points: 0,
            ascending: 0.0,
            until: f64::INFINITY,
        }
    }

    fn is_done(&self) -> bool {
        self.search.is_decided()
    }

    /// Seconds spent on proofs and refinements.
    fn proving(&self) -> f64 {
        self.search.clock().passed() - self.started - self.ascending
    }

    fn handle(&mut self, event: prover::Event<'_>) -> ControlFlow<(), f64> {
        match event {
            prover::Event::Point(x) => {
                self.points += 1;
                if self.points <= ALL || self.points.is_multiple_of(FEW) {
                    self.try_point(x);
                }
            }
            prover::Event::Optimum(x) => self.try_optimum(x),
            prover::Event::Progress { bound, nodes } => {
                self.search.prove(bound);
                (self.observer)(&Event::Progress(Progress {
                    primal_bound: self.search.known().best_value(),
                    dual_bound: bound,
                    nodes: i64::try_from(nodes).unwrap_or(i64::MAX),
                }));
                self.exchange();
                self.ascend_if_due();
            }
        }
        if self.is_done() || self.proving() >= self.until {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(self.search.known().threshold())
        }
    }

    /// Ascends from `x` if it is worth trying, mostly because it is better than all points before: the optimum of a single linear piece can hardly be
    /// improved, and there are many.
    fn try_optimum(&mut self, x: &[f64]) {
        let x = self.search.region().pull_inside(x);
        let value = self.presolved.network.forward(&x)[0];
        if self.search.is_promising(value) {
            self.search.offer((x.clone(), value), self.observer);
            self.try_point(&x);
        }
    }

    /// Ascends from `x` and offers the end point.
    fn try_point(&mut self, x: &[f64]) {
        let (clock, region) = (self.search.clock(), self.search.region());
        let start = [region.pull_inside(x)];
        for end in ascend(&self.presolved.network, region, &start, &|| clock.is_over()) {
            let Some(multi_start) = &mut self.multi_start else {
                self.search.offer(end, self.observer);
                continue;
            };
            multi_start.add_end(self.search, &self.presolved, end, &clock, self.observer);
        }
    }

    fn exchange(&mut self) {
        let network = &self.presolved.network;
        let exchanged = self
            .concurrent
            .exchange(self.search, network, self.observer);
        self.note(exchanged);
    }

    /// Records the failure of a part, which is omitted from now on; the rest continues.
    fn note(&mut self, result: Result<(), SearchError>) {
        if let Err(failure) = result {
            self.search.note_failure(&failure);
        }
    }

    /// Ascends until the question is decided up to rounding, or the time is over; only a better input can decide it.
    fn ascend_until_decided(&mut self, clock: &Clock) {
        while self.multi_start.is_some()
            && !self.search.region().may_be_empty()
            && !self.is_done()
            && !self.search.known().is_within_rounding()
            && !clock.is_over()
        {
            self.exchange();
            self.ascend_batch(clock);
        }
    }

    fn ascend_if_due(&mut self) {
        let clock = self.search.clock();
        let before = clock.passed();
        let share = if self.search.is_decision() {
            ASCENDING
        } else {
            ASCENDING_ON
        };
        if self.ascending <= share * (before - self.started) {
            self.ascend_batch(&clock);
            self.ascending += clock.passed() - before;
        }
    }

    fn ascend_batch(&mut self, clock: &Clock) {
        if let Some(multi_start) = &mut self.multi_start {
            let result = multi_start.batch(self.search, clock, self.observer);
            self.note(result);
        }
    }
}
