//! Solves the dense network's MILP with HiGHS on its own thread beside the prover: its solutions and bounds go to the
//! search, and the search's incumbent goes to HiGHS.

use std::ops::ControlFlow;

use super::dense_search::DenseSearch;
use super::milp_observer::{ROOM, cutoff};
use super::{Event, SearchError};
use crate::bounds::Bounds;
use crate::formulation::{NetworkMilp, formulate};
use crate::limits::{Limits, StopFlag};
use crate::network::Network;
use crate::solver::{self, Background, Tolerances, UserSolutions};

/// Least number of threads for HiGHS to get one of them: a second one is better spent on the prover (PERFORMANCE.md, Threads).
const MIN_THREADS: u32 = 3;

/// The MILP solves of one search, one after another, each with tighter bounds.
pub(super) struct ConcurrentMip {
    is_enabled: bool,
    running: Option<RunningMip>,
    still_running: bool,
}

/// One solve.
struct RunningMip {
    model: NetworkMilp,
    /// Margin for the solver's tolerances in its dual bounds.
    room: f64,
    solver: Background,
    user_solutions: UserSolutions,
    /// The largest value whose input the solver was given.
    shared: f64,
}

impl ConcurrentMip {
    pub fn new(threads: u32) -> Self {
        Self {
            is_enabled: threads >= MIN_THREADS,
            running: None,
            still_running: false,
        }
    }

    /// Number of threads that the solver uses.
    pub fn threads(&self) -> u32 {
        u32::from(self.running.is_some())
    }

    /// A flag that is raised once the running solve has no more events; `None` if none is running.
    pub fn ended(&self) -> Option<StopFlag> {
        self.running.as_ref().map(|running| running.solver.ended())
    }

    /// Restarts the solver on the MILP of `network` with `bounds`, if there is a thread for it.
    ///
    /// # Errors
    /// When no thread can be started.
    pub fn restart(
        &mut self,
        search: &DenseSearch<'_>,
        network: &Network,
        bounds: &Bounds,
    ) -> Result<(), SearchError> {
        self.end();
        if self.is_enabled {
            self.running = Some(RunningMip::start(search, network, bounds)?);
        }
        Ok(())
    }

    /// Passes the incumbent to the solver, and the solver's new solutions and bounds to `search`.
    ///
    /// # Errors
    /// When the solver failed.
    pub fn exchange(
        &mut self,
        search: &mut DenseSearch<'_>,
        network: &Network,
        observer: &mut dyn FnMut(&Event),
    ) -> Result<(), SearchError> {
        if let Some(running) = &mut self.running
            && running.exchange(search, network, observer)?
        {
            // If this solve has decided nothing, another would not either.
            self.running = None;
            self.is_enabled = false;
        }
        Ok(())
    }

    /// Stops the solver. Returns whether it, or one before it, may still be running.
    pub fn end(&mut self) -> bool {
        if let Some(running) = self.running.take() {
            self.still_running |= running.solver.stop();
        }
        self.still_running
    }
}

impl RunningMip {
    fn start(
        search: &DenseSearch<'_>,
        network: &Network,
        bounds: &Bounds,
    ) -> Result<Self, SearchError> {
        let model = formulate(network, search.region(), bounds);
        let user_solutions = UserSolutions::default();
        let tolerances = if search.is_decision() {
            Tolerances::default()
        } else {
            model.room.tolerances(ROOM * search.known().gap())
        };
        let room = model.room.with(tolerances);
        let cutoff = cutoff(search.known().threshold(), room);
        let settings = solver::Settings {
            limits: Limits {
                threads: 1,
                ..search.settings().limits(search.clock().passed())
            },
            tolerances,
            cutoff: search.is_decision().then_some(cutoff),
            user_solutions: user_solutions.clone(),
        };
        Ok(Self {
            solver: Background::start(&model.problem, &settings)?,
            model,
            room,
            user_solutions,
            shared: f64::NEG_INFINITY,
        })
    }

    /// Exchanges incumbent, solutions and bounds; returns whether the solver has ended.
    fn exchange(
        &mut self,
        search: &mut DenseSearch<'_>,
        network: &Network,
        observer: &mut dyn FnMut(&Event),
    ) -> Result<bool, SearchError> {
        if let Some((x, value)) = search.highest()
            && *value > self.shared
        {
            self.user_solutions.offer(self.model.point(network, x));
            self.shared = *value;
        }
        let mut bound = f64::INFINITY;
        let ended = self.solver.poll(&mut |event| {
            match event {
                solver::Event::Progress(progress) => bound = progress.dual_bound,
                solver::Event::Solution(solution) => {
                    let x = self.model.inputs.at(&solution.columns);
                    let x = search.region().pull_inside(&x);
                    let value = network.forward(&x)[0];
                    search.offer((x, value), observer);
                }
            }
            ControlFlow::Continue(())
        })?;
        if let Some(end) = &ended {
            bound = end.dual_bound.unwrap_or(bound);
        }
        // The bound needs a margin for the solver's tolerances; one that the incumbent refutes nevertheless proves
        // nothing.
        let bound = bound + self.room;
        if search.known().best_value() <= bound {
            search.prove(bound);
        }
        Ok(ended.is_some())
    }
}

#[cfg(test)]
mod tests {
    use std::thread::sleep;
    use std::time::Duration;

    use super::*;
    use crate::instance::Instance;
    use crate::network::{Layer, random};
    use crate::search::{SearchResult, Settings, Verdict, exact};

    fn settings() -> Settings {
        Settings {
            time_limit: 60.0,
            threads: MIN_THREADS,
            relaxation_first: false,
            ..Settings::default()
        }
    }

    /// Searches with HiGHS alone, from the input `known` if there is one.
    fn alone(network: &Network, instance: &Instance, known: Option<&[f64]>) -> SearchResult {
        let settings = settings();
        let mut search = DenseSearch::new(network, instance, &settings).unwrap();
        let presolved = search.presolved().unwrap();
        if let Some(x) = known {
            let value = presolved.network.forward(x)[0];
            search.offer((x.to_vec(), value), &mut |_| {});
        }
        let mut concurrent = ConcurrentMip::new(settings.threads);
        let restarted = concurrent.restart(&search, &presolved.network, &presolved.bounds);
        restarted.unwrap();
        while concurrent.threads() > 0 {
            concurrent
                .exchange(&mut search, &presolved.network, &mut |_| {})
                .unwrap();
            sleep(Duration::from_millis(1));
        }
        assert!(!concurrent.end(), "no solver is still running");
        search.conclude(Ok(())).unwrap()
    }

    #[test]
    fn solutions_and_bounds_of_the_solver_reach_the_search() {
        let network = random(20, &[12, 12], 3).unwrap();
        let instance = Instance::maximization(20);
        let expected = exact(&network, &instance, &settings(), &mut |_| {}).unwrap();
        let optimum = expected.best.unwrap();
        let result = alone(&network, &instance, None);
        assert_eq!(result.verdict, Verdict::Optimal);
        assert!((result.best.unwrap().value - optimum.value).abs() <= 1e-6);
        // The solver is given the optimum and need not find it.
        let result = alone(&network, &instance, Some(&optimum.input));
        assert_eq!(result.verdict, Verdict::Optimal);
        assert_eq!(result.best.unwrap().value, optimum.value);
    }

    #[test]
    fn a_proof_of_the_solver_reaches_the_search() {
        let network = random(20, &[12, 12], 3).unwrap();
        let instance = Instance::maximization(20);
        let optimum = exact(&network, &instance, &settings(), &mut |_| {}).unwrap();
        let optimum = optimum.best.unwrap().value;
        // Two classes; the margin of the second is the output minus a constant.
        for (ahead, verdict) in [(1e-3, Verdict::Found), (-1e-3, Verdict::NoneExists)] {
            let mut layers = network.layers().to_vec();
            let last = layers.pop().unwrap();
            let mut weights = vec![0.0; last.inputs()];
            weights.extend_from_slice(last.weights());
            let bias = last.biases()[0] - optimum + ahead;
            layers.push(Layer::new(last.inputs(), weights, vec![0.0, bias]));
            let classes = Network::new(layers).unwrap();
            let whole_box = Instance::verification(vec![0.5; 20], 10.0, 0, 1).unwrap();
            let result = alone(&classes, &whole_box, None);
            assert_eq!(result.verdict, verdict);
        }
    }
}
