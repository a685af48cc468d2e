//! Ascents from one batch of starts after another, what they bring polished where it is worth it.

use std::collections::HashSet;

use super::ascent::{Point, ascend};
use super::clock::Clock;
use super::dense_search::DenseSearch;
use super::polish::Polish;
use super::starts::Starts;
use super::{Event, SearchError};
use crate::network::Layer;
use crate::presolve::Presolved;

/// Starts of one batch.
const BATCH: usize = 16;
/// Inputs times hidden neurons up to which linear programs over pieces take milliseconds to a second.
const POLISHED: usize = 400_000;
/// Linear programs for one polish.
const PROGRAMS: usize = 50;
/// How near to the best value an ascent must end to be polished, relative to it.
const NEAR: f64 = 0.1;
/// Seconds of linear programs for each second of ascents, beyond which only what is best is polished.
const POLISHING: f64 = 20.0;
/// Ascents before anything is polished: most questions of verification are decided before, and better points
/// come soon.
const UNPOLISHED: usize = 64;

/// Where the ascents of one search stand.
pub(super) struct MultiStart {
    starts: Starts,
    /// Ends that were polished, by their values.
    polished: HashSet<u64>,
    count: usize,
    without_better: usize,
    /// Seconds that went to ascents, and to linear programs.
    ascending: f64,
    polishing: f64,
    /// Seconds of the slowest linear program.
    slowest: f64,
}

impl MultiStart {
    /// Ascends from the default point, which is mostly enough in verification and takes less time than
    /// the bounds, which come second and must have some time left.
    pub fn start(
        run: &mut DenseSearch<'_>,
        clock: &Clock,
        observer: &mut dyn FnMut(&Event),
    ) -> Self {
        let region = run.region();
        let mut starts = Starts::new(region, run.settings().seed);
        let first = [starts.next(None)];
        let first_half = clock.within(0.5 * clock.left());
        for end in ascend(&run.folded(), region, &first, &|| first_half.is_over()) {
            run.offer(end, observer);
        }
        Self {
            starts,
            polished: HashSet::new(),
            count: 1,
            without_better: 0,
            ascending: 0.0,
            polishing: 0.0,
            slowest: 0.0,
        }
    }

    /// Ascends until the question is decided, so many starts have brought nothing better, or the clock says
    /// stop.
    ///
    /// # Errors
    /// When a weight or a bound overflows.
    pub fn climb(
        &mut self,
        run: &mut DenseSearch<'_>,
        clock: &Clock,
        patience: usize,
        observer: &mut dyn FnMut(&Event),
    ) -> Result<(), SearchError> {
        while !run.is_decided() && self.without_better < patience && !clock.is_over() {
            self.batch(run, clock, observer)?;
        }
        Ok(())
    }

    /// Ascends from one batch of starts.
    ///
    /// # Errors
    /// When a weight or a bound overflows.
    pub fn batch(
        &mut self,
        run: &mut DenseSearch<'_>,
        clock: &Clock,
        observer: &mut dyn FnMut(&Event),
    ) -> Result<(), SearchError> {
        let presolved = run.presolved()?;
        if run.is_decided() {
            return Ok(());
        }
        let starts: Vec<_> = (0..BATCH)
            .map(|_| self.starts.next(run.highest()))
            .collect();
        let begun = clock.passed();
        let ends = ascend(&presolved.network, run.region(), &starts, &|| {
            clock.is_over()
        });
        self.ascending += clock.passed() - begun;
        for end in ends {
            self.take_in(run, &presolved, end, clock, observer);
            if run.is_decided() {
                break;
            }
        }
        Ok(())
    }

    /// Offers the end of an ascent, polished where that is worth it.
    pub fn take_in(
        &mut self,
        run: &mut DenseSearch<'_>,
        presolved: &Presolved,
        mut end: Point,
        clock: &Clock,
        observer: &mut dyn FnMut(&Event),
    ) {
        self.count += 1;
        self.without_better += 1;
        if self.is_promising(run, end.1) && self.polished.insert(end.1.to_bits()) {
            end = self.polish(run, presolved, end, clock);
        }
        if run.offer(end, observer) {
            self.without_better = 0;
        }
    }

    /// Whether what an ascent brought is worth some linear programs.
    fn is_promising(&self, run: &DenseSearch<'_>, value: f64) -> bool {
        let best = run.highest_value();
        // Where linear programs take long, what is best already has them first.
        let near = if self.polishing > POLISHING * self.ascending {
            0.0
        } else {
            NEAR
        };
        let is_near = value > best - near * best.abs();
        is_near && self.count > UNPOLISHED
    }

    /// The point itself, or a better one that linear programs lead to.
    fn polish(
        &mut self,
        run: &mut DenseSearch<'_>,
        presolved: &Presolved,
        point: Point,
        clock: &Clock,
    ) -> Point {
        let hidden = presolved.network.hidden();
        let neurons: usize = hidden.iter().map(Layer::outputs).sum();
        if run.region().len() * neurons > POLISHED {
            return point;
        }
        let begun = clock.passed();
        let mut polish = Polish {
            network: &presolved.network,
            region: run.region(),
            bounds: &presolved.bounds,
            clock,
            settings: &run.settings().for_solver(begun),
            slowest: self.slowest,
            failure: None,
        };
        let polished = polish.polish(point, PROGRAMS);
        self.slowest = polish.slowest;
        if let Some(failure) = polish.failure {
            run.note_failure(&failure.into());
        }
        self.polishing += clock.passed() - begun;
        polished
    }
}
