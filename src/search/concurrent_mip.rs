//! HiGHS on the dense network's MILP, on a thread of its own beside the prover; each is told what the other
//! finds and proves.

use std::ops::ControlFlow;

use super::dense_search::DenseSearch;
use super::milp_observer::{ROOM, cutoff};
use super::{Event, SearchError};
use crate::bounds::Bounds;
use crate::formulation::{NetworkMilp, formulate};
use crate::network::Network;
use crate::solver::{self, Background, StopFlag, Tolerances, UserSolutions};

/// Threads from which on one is the solver's: a second one serves the prover better (PERFORMANCE.md).
const RACING: u32 = 3;

/// The solver's side of one search: one solve after another, each with tighter bounds.
pub(super) struct ConcurrentMip {
    may_go_on: bool,
    lap: Option<RunningMip>,
    still_running: bool,
}

/// One solve.
struct RunningMip {
    model: NetworkMilp,
    /// What the solver's tolerances may amount to in its bounds.
    room: f64,
    solver: Background,
    user_solutions: UserSolutions,
    /// The best value that the solver knows of.
    shared: f64,
}

impl ConcurrentMip {
    pub fn new(threads: u32) -> Self {
        Self {
            may_go_on: threads >= RACING,
            lap: None,
            still_running: false,
        }
    }

    /// Threads that the solver has.
    pub fn threads(&self) -> u32 {
        u32::from(self.lap.is_some())
    }

    /// Raised once the solver has nothing more to say.
    pub fn ended(&self) -> Option<StopFlag> {
        self.lap.as_ref().map(|lap| lap.solver.ended())
    }

    /// Starts the solver anew, on the MILP of `network` with these bounds, where there is a thread for it.
    ///
    /// # Errors
    /// When no thread can be started.
    pub fn begin_anew(
        &mut self,
        run: &DenseSearch<'_>,
        network: &Network,
        bounds: &Bounds,
    ) -> Result<(), SearchError> {
        self.end();
        if self.may_go_on {
            self.lap = Some(RunningMip::start(run, network, bounds)?);
        }
        Ok(())
    }

    /// Tells the solver of the best input, and takes in what it found and proved since.
    ///
    /// # Errors
    /// When the solver failed.
    pub fn exchange(
        &mut self,
        run: &mut DenseSearch<'_>,
        network: &Network,
        observer: &mut dyn FnMut(&Event),
    ) -> Result<(), SearchError> {
        if let Some(lap) = &mut self.lap
            && lap.exchange(run, network, observer)?
        {
            // Where that has decided nothing, another lap would not either.
            self.lap = None;
            self.may_go_on = false;
        }
        Ok(())
    }

    /// Stops the solver; whether one had to be left behind.
    pub fn end(&mut self) -> bool {
        if let Some(lap) = self.lap.take() {
            self.still_running |= lap.solver.stop();
        }
        self.still_running
    }
}

impl RunningMip {
    fn start(
        run: &DenseSearch<'_>,
        network: &Network,
        bounds: &Bounds,
    ) -> Result<Self, SearchError> {
        let model = formulate(network, run.region(), bounds);
        let user_solutions = UserSolutions::default();
        let tolerances = if run.is_decision() {
            Tolerances::default()
        } else {
            model.room.tolerances(ROOM * run.known().gap())
        };
        let room = model.room.with(tolerances);
        let cutoff = cutoff(run.known().threshold(), room);
        let settings = solver::Settings {
            tolerances,
            threads: 1,
            cutoff: run.is_decision().then_some(cutoff),
            user_solutions: user_solutions.clone(),
            ..run.settings().for_solver(run.clock().passed())
        };
        Ok(Self {
            solver: Background::start(&model.problem, &settings)?,
            model,
            room,
            user_solutions,
            shared: f64::NEG_INFINITY,
        })
    }

    /// Whether the solver has ended.
    fn exchange(
        &mut self,
        run: &mut DenseSearch<'_>,
        network: &Network,
        observer: &mut dyn FnMut(&Event),
    ) -> Result<bool, SearchError> {
        if let Some((x, value)) = run.highest()
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
                    let x = run.region().pull_inside(&x);
                    let value = network.forward(&x)[0];
                    run.offer((x, value), observer);
                }
            }
            ControlFlow::Continue(())
        })?;
        if let Some(outcome) = &ended {
            bound = outcome.dual_bound.unwrap_or(bound);
        }
        // For its tolerances the bound needs room; one that the best input refutes nevertheless proves nothing.
        let bound = bound + self.room;
        if run.known().best_value() <= bound {
            run.prove(bound);
        }
        Ok(ended.is_some())
    }
}

#[cfg(test)]
mod tests {
    use std::thread::sleep;
    use std::time::Duration;

    use super::*;
    use crate::bounds::BoundKind;
    use crate::instance::Instance;
    use crate::network::{Layer, random};
    use crate::search::{SearchResult, Settings, Verdict, exact};

    fn settings() -> Settings {
        Settings {
            time_limit: 60.0,
            threads: RACING,
            seed: 0,
            bounds: BoundKind::default(),
            relaxation_first: false,
            mip_start: false,
            stop: StopFlag::default(),
        }
    }

    /// What the solver alone finds and proves for a run.
    fn alone(network: &Network, instance: &Instance, known: Option<&[f64]>) -> SearchResult {
        let settings = settings();
        let mut run = DenseSearch::new(network, instance, &settings).unwrap();
        let presolved = run.presolved().unwrap();
        if let Some(x) = known {
            let value = presolved.network.forward(x)[0];
            run.offer((x.to_vec(), value), &mut |_| {});
        }
        let mut race = ConcurrentMip::new(settings.threads);
        let begun = race.begin_anew(&run, &presolved.network, &presolved.bounds);
        begun.unwrap();
        while race.threads() > 0 {
            race.exchange(&mut run, &presolved.network, &mut |_| {})
                .unwrap();
            sleep(Duration::from_millis(1));
        }
        assert!(!race.end(), "nothing is left behind");
        run.conclude(Ok(())).unwrap()
    }

    #[test]
    fn a_run_takes_in_what_the_solver_finds_and_proves() {
        let network = random(20, &[12, 12], 3).unwrap();
        let instance = Instance::maximization(20);
        let expected = exact(&network, &instance, &settings(), &mut |_| {}).unwrap();
        let optimum = expected.best.unwrap();
        let raced = alone(&network, &instance, None);
        assert_eq!(raced.verdict, Verdict::Optimal);
        assert!((raced.best.unwrap().value - optimum.value).abs() <= 1e-6);
        // The solver is told of the optimum and need not find it.
        let told = alone(&network, &instance, Some(&optimum.input));
        assert_eq!(told.verdict, Verdict::Optimal);
        assert_eq!(told.best.unwrap().value, optimum.value);
    }

    #[test]
    fn a_run_takes_in_that_there_is_nothing() {
        let network = random(20, &[12, 12], 3).unwrap();
        let instance = Instance::maximization(20);
        let optimum = exact(&network, &instance, &settings(), &mut |_| {}).unwrap();
        let optimum = optimum.best.unwrap().value;
        // Two classes, the second one ahead by the output less a constant.
        for (ahead, verdict) in [(1e-3, Verdict::Found), (-1e-3, Verdict::NoneExists)] {
            let mut layers = network.layers().to_vec();
            let last = layers.pop().unwrap();
            let mut weights = vec![0.0; last.inputs()];
            weights.extend_from_slice(last.weights());
            let bias = last.biases()[0] - optimum + ahead;
            layers.push(Layer::new(last.inputs(), weights, vec![0.0, bias]));
            let classes = Network::new(layers).unwrap();
            let whole_box = Instance::verification(vec![0.5; 20], 10.0, 0, 1).unwrap();
            let raced = alone(&classes, &whole_box, None);
            assert_eq!(raced.verdict, verdict);
        }
    }
}
