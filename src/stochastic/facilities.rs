//! Capacitated facility location: facilities are opened before the customers' demands are known.

use std::time::Instant;

use super::{Decision, Optimum, Risk, StochasticError, TwoStage};
use crate::limits::Limits;
use crate::numpy::RandomState;
use crate::parallel;

#[cfg(test)]
mod tests;

/// Seed of the published instance.
const PUBLISHED_SEED: u32 = 7;
/// Facilities and customers of the published instance.
const PUBLISHED_SIZE: usize = 10;
/// Total capacity of all facilities as a multiple of the total demand.
const CAPACITY_RATIO: f64 = 2.0;
/// Cost of a customer who is not served, as a multiple of the largest other cost.
const PENALTY_FACTOR: f64 = 2.0;
/// Cost per unit of distance and demand.
const TRANSPORT: f64 = 10.0;
/// Demands are drawn from `LEAST_DEMAND..=LEAST_DEMAND + DEMANDS`.
const LEAST_DEMAND: u32 = 5;
const DEMANDS: u32 = 30;

/// Facilities to open, 0-1 decisions. In the second stage each customer is served by one open facility with enough
/// capacity for its demand, or at a high cost by none (Neur2SP's CFLP).
#[derive(Debug, Clone, PartialEq)]
pub struct FacilityLocation {
    fixed_costs: Vec<f64>,
    capacities: Vec<f64>,
    /// Facilities x customers; that of a customer's mean demand, whatever its demand is.
    transport: Vec<Vec<f64>>,
    penalty: f64,
}

impl FacilityLocation {
    /// Neur2SP's instance of ten facilities and ten customers, number by number.
    pub fn published() -> Self {
        Self::generated(PUBLISHED_SIZE, PUBLISHED_SIZE, PUBLISHED_SEED)
    }

    /// An instance by Neur2SP's generator.
    fn generated(facilities: usize, customers: usize, seed: u32) -> Self {
        let mut random = RandomState::new(seed);
        let mut units = |count: usize| -> Vec<f64> { (0..count).map(|_| random.unit()).collect() };
        let [customer_x, customer_y] = [(); 2].map(|()| units(customers));
        let [facility_x, facility_y] = [(); 2].map(|()| units(facilities));
        let mut integers = |count: usize, least: u32, largest: u32| -> Vec<f64> {
            let draws = (0..count).map(|_| least + random.at_most(largest - least));
            draws.map(f64::from).collect()
        };
        let demands = integers(customers, LEAST_DEMAND, LEAST_DEMAND + DEMANDS);
        let capacities = integers(facilities, 10, 160);
        let of_capacity = integers(facilities, 100, 110);
        let own = integers(facilities, 0, 90);
        let fixed = of_capacity.iter().zip(&capacities).zip(&own);
        let fixed_costs =
            fixed.map(|((factor, capacity), own)| (factor * capacity.sqrt() + own).trunc());
        let scale = CAPACITY_RATIO * demands.iter().sum::<f64>() / capacities.iter().sum::<f64>();
        let cost = |facility: usize, customer: usize| {
            let [x, y] = [
                customer_x[customer] - facility_x[facility],
                customer_y[customer] - facility_y[facility],
            ];
            TRANSPORT * demands[customer] * x.hypot(y)
        };
        let of_facility = |facility| {
            (0..customers)
                .map(|customer| cost(facility, customer))
                .collect()
        };
        let fixed_costs: Vec<f64> = fixed_costs.collect();
        let transport: Vec<Vec<f64>> = (0..facilities).map(of_facility).collect();
        let largest = transport
            .iter()
            .flatten()
            .chain(&fixed_costs)
            .fold(0.0, |a: f64, &b| a.max(b));
        Self {
            penalty: PENALTY_FACTOR * largest,
            capacities: capacities
                .iter()
                .map(|capacity| (capacity * scale).trunc())
                .collect(),
            fixed_costs,
            transport,
        }
    }

    fn customers(&self) -> usize {
        self.transport[0].len()
    }

    /// Every group of customers that a facility can serve with these demands, as a set of bits, with its cost.
    fn groups(&self, facility: usize, demands: &[f64]) -> Vec<(usize, f64)> {
        let costs = &self.transport[facility];
        let sums = |group: usize| {
            let members = (0..costs.len()).filter(|customer| group >> customer & 1 == 1);
            members.fold((0.0, 0.0), |(demand, cost), customer| {
                (demand + demands[customer], cost + costs[customer])
            })
        };
        let groups = (1..1 << costs.len()).map(|group| (group, sums(group)));
        groups
            .filter(|(_, (demand, _))| *demand <= self.capacities[facility])
            .map(|(group, (_, cost))| (group, cost))
            .collect()
    }

    /// The least cost of serving exactly each set of customers by no facility.
    fn unserved(&self) -> Vec<f64> {
        let mut least = vec![f64::INFINITY; 1 << self.customers()];
        least[0] = 0.0;
        least
    }

    /// The least cost of the second stage, from that of serving exactly each set of customers.
    fn completed(&self, least: &[f64]) -> f64 {
        let all = self.customers() as u32;
        let totals = least
            .iter()
            .enumerate()
            .map(|(served, cost)| cost + self.penalty * f64::from(all - served.count_ones()));
        totals.fold(f64::INFINITY, f64::min)
    }

    /// The cost of the second stage for each set of open facilities.
    fn costs_of_all(&self, demands: &[f64]) -> Vec<f64> {
        let groups: Vec<_> = (0..self.capacities.len())
            .map(|facility| self.groups(facility, demands))
            .collect();
        let mut costs = vec![0.0; 1 << groups.len()];
        self.fill(&groups, &self.unserved(), 0, 0, &mut costs);
        costs
    }

    /// Fills in the costs of all sets of open facilities with `open` among those before `next`.
    fn fill(
        &self,
        groups: &[Vec<(usize, f64)>],
        least: &[f64],
        next: usize,
        open: usize,
        costs: &mut [f64],
    ) {
        if next == groups.len() {
            costs[open] = self.completed(least);
            return;
        }
        self.fill(groups, least, next + 1, open, costs);
        let with_it = with_facility(least, &groups[next]);
        self.fill(groups, &with_it, next + 1, open | 1 << next, costs);
    }

    fn decisions_of(&self, open: usize) -> Vec<f64> {
        let facilities = 0..self.capacities.len();
        facilities
            .map(|facility| (open >> facility & 1) as f64)
            .collect()
    }
}

/// The least cost of serving exactly each set of customers, with one more facility.
fn with_facility(least: &[f64], groups: &[(usize, f64)]) -> Vec<f64> {
    let all = least.len() - 1;
    let mut next = least.to_vec();
    for &(group, cost) in groups {
        // Every set of other customers, served by the facilities before.
        let others = all & !group;
        let mut served = others;
        loop {
            let sum = least[served] + cost;
            let with_group = &mut next[served | group];
            *with_group = with_group.min(sum);
            if served == 0 {
                break;
            }
            served = (served - 1) & others;
        }
    }
    next
}

impl TwoStage for FacilityLocation {
    fn decisions(&self) -> Vec<Decision> {
        let decision = |(facility, &cost): (usize, &f64)| Decision {
            name: format!("open{facility}"),
            lower: 0.0,
            upper: 1.0,
            is_integer: true,
            cost,
        };
        self.fixed_costs.iter().enumerate().map(decision).collect()
    }

    /// By dynamic programming over the sets of customers that are served; a decision of at least a half is open.
    fn second_stage(&self, x: &[f64], scenario: &[f64]) -> f64 {
        let open = (0..x.len()).filter(|&facility| x[facility] >= 0.5);
        let least = open.fold(self.unserved(), |least, facility| {
            with_facility(&least, &self.groups(facility, scenario))
        });
        self.completed(&least)
    }

    /// The customers' demands, drawn by NumPy's `RandomState(seed)`.
    fn scenarios(&self, count: usize, seed: u32) -> Result<Vec<Vec<f64>>, StochasticError> {
        if count == 0 {
            return Err(StochasticError::Scenarios {
                count,
                expected: "at least one",
            });
        }
        let mut random = RandomState::new(seed);
        Ok((0..count)
            .map(|_| demands(&mut random, self.customers()))
            .collect())
    }

    /// Each facility is closed with one probability, itself drawn from 0.1, 0.2, ..., 0.9.
    fn draw(&self, random: &mut RandomState) -> (Vec<f64>, Vec<f64>) {
        let closed = f64::from(1 + random.at_most(8)) / 10.0;
        let mut open = || f64::from(u8::from(random.unit() >= closed));
        let x = (0..self.capacities.len()).map(|_| open()).collect();
        (x, demands(random, self.customers()))
    }

    /// By enumeration, on the threads of the limits.
    fn optimum(
        &self,
        scenarios: &[Vec<f64>],
        risk: Risk,
        limits: &Limits,
    ) -> Result<Optimum, StochasticError> {
        let started = Instant::now();
        let is_over = || started.elapsed().as_secs_f64() >= limits.time_limit;
        let costs = |demands: &Vec<f64>| {
            let goes_on = !limits.stop.is_raised() && !is_over();
            goes_on.then(|| self.costs_of_all(demands))
        };
        let costs = parallel::map_while(scenarios, limits.threads as usize, costs);
        if costs.len() < scenarios.len() {
            let why = match limits.stop.is_raised() {
                true => "interrupted",
                false => "time limit reached",
            };
            return Err(StochasticError::NotSolved(why.to_owned()));
        }
        let optima = (0..1 << self.capacities.len()).map(|open: usize| {
            let decisions = self.decisions_of(open);
            let of_open = costs.iter().map(|costs| costs[open]).collect();
            Optimum {
                cost: risk.cost(self.first_stage_cost(&decisions), of_open),
                decisions,
            }
        });
        let best = optima.min_by(|a, b| a.cost.total.total_cmp(&b.cost.total));
        Ok(best.expect("there is a set of facilities: none"))
    }
}

fn demands(random: &mut RandomState, customers: usize) -> Vec<f64> {
    let mut demand = || f64::from(LEAST_DEMAND + random.at_most(DEMANDS));
    (0..customers).map(|_| demand()).collect()
}
