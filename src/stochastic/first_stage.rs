//! The first stage as a MILP, where a network stands for the cost of the second.

use super::{Decision, Risk, StochasticError, TwoStage};
use crate::bounds::Bounds;
use crate::formulation::embed;
use crate::instance::Region;
use crate::milp::{Affine, Column, Kind, Problem, Sense};
use crate::network::Network;
use crate::solver::{self, Event, Settings, SolveEnd};

/// What the rows of a solver's solution may be violated by.
const VIOLATION: f64 = 1e-6;

/// `min (1 + weight) c'x + sum of coefficients * quantiles`, where the outputs of a network at the decisions `x` are
/// quantiles, in increasing order, of the cost of the second stage. A network with one output stands for the expected
/// cost.
pub struct FirstStage<'a> {
    decisions: Vec<Decision>,
    network: &'a Network,
    risk: Risk,
    /// By how much a quantile may exceed the next one.
    crossing: f64,
}

/// The decisions of an optimal first stage, evaluated on the network in f64.
#[derive(Debug, Clone, PartialEq)]
pub struct FirstStageSolution {
    /// The decisions.
    pub decisions: Vec<f64>,
    /// The network's outputs at them.
    pub quantiles: Vec<f64>,
    /// The objective there.
    pub objective: f64,
}

impl<'a> FirstStage<'a> {
    /// The first stage of a problem with the quantiles of `network`, one of which may exceed the next by at most
    /// `crossing`.
    ///
    /// # Errors
    /// When the network has not one input for each decision, and when it has one output while `risk` has a weight.
    pub fn new(
        problem: &dyn TwoStage,
        network: &'a Network,
        risk: Risk,
        crossing: f64,
    ) -> Result<Self, StochasticError> {
        let decisions = problem.decisions();
        if network.inputs() != decisions.len() {
            return Err(StochasticError::Inputs {
                found: network.inputs(),
                expected: decisions.len(),
            });
        }
        if network.outputs() == 1 && risk.weight() > 0.0 {
            return Err(StochasticError::NoQuantiles);
        }
        Ok(Self {
            decisions,
            network,
            risk,
            crossing,
        })
    }

    /// The box of the decisions, over which the network must be bounded.
    ///
    /// # Panics
    /// When a decision's bounds cross.
    pub fn region(&self) -> Region {
        let sides = self.decisions.iter().map(|each| (each.lower, each.upper));
        let (lower, upper) = sides.unzip();
        Region::new_box(lower, upper).expect("bounds of decisions are in order")
    }

    /// The MILP, and the columns of the decisions.
    pub fn problem(&self, bounds: &Bounds) -> (Problem, Vec<Column>) {
        let mut problem = Problem::new(Sense::Minimize);
        let add = |decision: &Decision| {
            let (lower, upper) = (decision.lower, decision.upper);
            let column = problem.add_continuous(decision.name.clone(), lower, upper);
            if decision.is_integer {
                problem.columns[column.0].kind = Kind::Integer;
            }
            column
        };
        let x: Vec<Column> = self.decisions.iter().map(add).collect();
        let inputs: Vec<Affine> = x.iter().map(|&column| Affine::column(column)).collect();
        let quantiles = embed(&mut problem, "", self.network, bounds, &inputs).outputs;
        for (index, pair) in quantiles.windows(2).enumerate() {
            if self.is_increasing(index) {
                continue;
            }
            let difference = Affine::combination(0.0, [(1.0, &pair[0]), (-1.0, &pair[1])]);
            let largest = self.crossing - difference.constant;
            let name = format!("order{index}");
            problem.add_row(name, f64::NEG_INFINITY, largest, difference.terms);
        }
        let coefficients = self.risk.coefficients(quantiles.len());
        let costs = self.decisions.iter().zip(&inputs);
        let costs = costs.map(|(decision, x)| ((1.0 + self.risk.weight()) * decision.cost, x));
        let objective =
            Affine::combination(0.0, costs.chain(coefficients.into_iter().zip(&quantiles)));
        problem.set_objective(&objective);
        (problem, x)
    }

    /// Whether a quantile can never exceed the next one: it reads no activation with a larger weight.
    fn is_increasing(&self, quantile: usize) -> bool {
        let layers = self.network.layers();
        let last = layers.last().expect("a network has layers");
        let rows = last.row(quantile).iter().zip(last.row(quantile + 1));
        layers.len() > 1
            && last.biases()[quantile] <= last.biases()[quantile + 1]
            && rows.into_iter().all(|(own, next)| own <= next)
    }

    /// What the network says of decisions; `None` where quantiles cross by more than is allowed.
    pub fn evaluated(&self, decisions: Vec<f64>) -> Option<FirstStageSolution> {
        let quantiles = self.network.forward(&decisions);
        let mut pairs = quantiles.windows(2);
        if pairs.any(|pair| pair[0] > pair[1] + self.crossing + VIOLATION * pair[0].abs().max(1.0))
        {
            return None;
        }
        let coefficients = self.risk.coefficients(quantiles.len());
        let terms = coefficients.iter().zip(&quantiles);
        let of_quantiles: f64 = terms
            .map(|(coefficient, quantile)| coefficient * quantile)
            .sum();
        let costs = self.decisions.iter().zip(&decisions);
        let costs: f64 = costs.map(|(decision, x)| decision.cost * x).sum();
        Some(FirstStageSolution {
            objective: (1.0 + self.risk.weight()) * costs + of_quantiles,
            quantiles,
            decisions,
        })
    }

    /// Solves the MILP: the best decisions found, and how it ended. Each of the solver's solutions is evaluated on the
    /// network, its integers rounded.
    ///
    /// # Errors
    /// When the solver fails, and when no decisions give quantiles in their order.
    pub fn solve(
        &self,
        (problem, x): &(Problem, Vec<Column>),
        settings: &Settings,
        observer: &mut dyn FnMut(&Event),
    ) -> Result<(Option<FirstStageSolution>, SolveEnd), StochasticError> {
        let mut best: Option<FirstStageSolution> = None;
        let end = solver::solve(problem, settings, &mut |event| {
            observer(&event);
            if let Event::Solution(solution) = &event {
                let found = self.evaluated(self.rounded(x, &solution.columns));
                let better = |plan: &FirstStageSolution| {
                    best.as_ref()
                        .is_none_or(|best| plan.objective < best.objective)
                };
                if let Some(plan) = found.filter(better) {
                    best = Some(plan);
                }
            }
            std::ops::ControlFlow::Continue(())
        })?;
        if end.status.is_infeasible() {
            return Err(StochasticError::Crossing {
                tolerance: self.crossing,
            });
        }
        Ok((best, end))
    }

    fn rounded(&self, x: &[Column], columns: &[f64]) -> Vec<f64> {
        let both = self.decisions.iter().zip(x);
        both.map(|(decision, column)| {
            let value = columns[column.0].clamp(decision.lower, decision.upper);
            if decision.is_integer {
                value.round()
            } else {
                value
            }
        })
        .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bounds::{interval, linear};
    use crate::network::{Layer, random};
    use crate::stochastic::FacilityLocation;

    fn risk() -> Risk {
        Risk::new(0.5, 0.6).unwrap()
    }

    /// A network with three outputs.
    fn three_outputs(seed: u32) -> Network {
        let mut layers = random(10, &[9, 6, 3], seed).unwrap().layers().to_vec();
        layers.pop();
        // Outputs of the size of the first stage's costs.
        let last = layers.pop().unwrap();
        let large = |values: &[f64]| values.iter().map(|value| value * 3000.0).collect();
        let last = Layer::new(last.inputs(), large(last.weights()), large(last.biases()));
        layers.push(last);
        Network::new(layers).unwrap()
    }

    fn all_decisions() -> impl Iterator<Item = Vec<f64>> {
        (0..1024).map(|open| (0..10).map(|each| f64::from(open >> each & 1)).collect())
    }

    #[test]
    fn optima_are_those_of_all_first_stages() {
        let facilities = FacilityLocation::published();
        let mut cut_off = 0;
        for seed in 0..12 {
            let network = three_outputs(seed);
            for crossing in [1e6, 200.0] {
                let stage = FirstStage::new(&facilities, &network, risk(), crossing).unwrap();
                let plans = all_decisions().filter_map(|x| stage.evaluated(x));
                let best = plans.map(|plan| plan.objective).reduce(f64::min);
                let all_bounds = [
                    interval(&network, &stage.region()).unwrap(),
                    linear(&network, &stage.region(), &|| false).unwrap(),
                ];
                for bounds in all_bounds {
                    let milp = stage.problem(&bounds);
                    let solved = stage.solve(&milp, &Settings::default(), &mut |_| {});
                    let Some(best) = best else {
                        assert!(matches!(solved, Err(StochasticError::Crossing { .. })));
                        cut_off += 1;
                        continue;
                    };
                    let (plan, end) = solved.unwrap();
                    let found = plan.unwrap().objective;
                    assert!(end.status.is_optimal(), "{}", end.status);
                    assert!(
                        (found - best).abs() < 1e-6 * best.abs(),
                        "seed {seed}: {found}, {best}"
                    );
                    let bound = end.dual_bound.unwrap();
                    assert!(
                        (found - bound).abs() < 1e-4 * best.abs(),
                        "{found}, {bound}"
                    );
                }
            }
        }
        assert!(cut_off > 0, "quantiles cross everywhere in some networks");
    }

    #[test]
    fn increasing_quantiles_need_no_rows() {
        let facilities = FacilityLocation::published();
        let mut layers = three_outputs(1).layers().to_vec();
        layers.push(Layer::new(
            3,
            vec![2., 0., 0., 2., 2., 0., 2., 2., 2.],
            vec![-5.0; 3],
        ));
        let network = Network::new(layers).unwrap();
        let stage = FirstStage::new(&facilities, &network, risk(), 0.0).unwrap();
        let bounds = interval(&network, &stage.region()).unwrap();
        let (problem, x) = stage.problem(&bounds);
        assert!(!problem.rows.iter().any(|row| row.name.starts_with("order")));
        assert_eq!(x.len(), 10);
        assert!(all_decisions().all(|x| stage.evaluated(x).is_some()));
        let mean = random(10, &[3], 0).unwrap();
        let refused = FirstStage::new(&facilities, &mean, risk(), 0.0).err();
        assert!(matches!(refused, Some(StochasticError::NoQuantiles)));
        assert!(FirstStage::new(&facilities, &mean, Risk::NEUTRAL, 0.0).is_ok());
        let narrow = random(9, &[3], 0).unwrap();
        let refused = FirstStage::new(&facilities, &narrow, risk(), 0.0);
        assert!(matches!(
            refused.err(),
            Some(StochasticError::Inputs {
                found: 9,
                expected: 10
            })
        ));
    }
}
