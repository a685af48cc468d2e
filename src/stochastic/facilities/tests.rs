use super::*;
use crate::milp::{Column, Problem, Sense};
use crate::solver::{self, Event, Settings};

/// The numbers and second stages of ../shared/spec/relaxation-informed.md, section 7.
#[test]
fn the_published_instance_is_drawn_number_by_number() {
    let published = FacilityLocation::published();
    let fixed = [
        679., 1311., 704., 1083., 1329., 1261., 1089., 1388., 623., 1174.,
    ];
    assert_eq!(published.fixed_costs, fixed);
    let capacities = [15., 48., 14., 30., 50., 51., 34., 57., 11., 47.];
    assert_eq!(published.capacities, capacities);
    assert_eq!(published.penalty, 2776.0);
    let all = [1.0; 10];
    let mut but_one = all;
    but_one[1] = 0.0;
    for (open, demands, cost) in [
        (
            but_one,
            [11., 26., 17., 32., 12., 22., 15., 20., 10., 9.],
            374.0950110929,
        ),
        (
            all,
            [8., 34., 17., 17., 20., 34., 13., 27., 11., 26.],
            385.7430080282,
        ),
        (
            all,
            [34., 35., 19., 17., 16., 17., 21., 22., 31., 31.],
            459.005071,
        ),
        ([0.0; 10], [5.0; 10], 27760.0),
    ] {
        let found = published.second_stage(&open, &demands);
        assert!((found - cost).abs() < 1e-6, "{found}, not {cost}");
    }
}

/// Means of 500 scenarios of the facilities that the published network opens (section 7).
#[test]
fn scenarios_are_the_published_ones() {
    let published = FacilityLocation::published();
    let mut open = [0.0; 10];
    for facility in [3, 4, 5, 7, 9] {
        open[facility] = 1.0;
    }
    for (seed, mean) in [(500, 910.51), (501, 866.47), (502, 777.78)] {
        let scenarios = published.scenarios(500, seed).unwrap();
        let cost = published.cost(&open, &scenarios, Risk::NEUTRAL);
        assert_eq!(cost.first_stage, 6235.0);
        // Their second stages were solved to a gap of 1e-4.
        assert!(
            (cost.mean / mean - 1.0).abs() < 2e-4,
            "{} not {mean}",
            cost.mean
        );
    }
}

/// The MILP of one second stage.
fn milp(instance: &FacilityLocation, x: &[f64], demands: &[f64]) -> f64 {
    let mut problem = Problem::new(Sense::Minimize);
    let customers = instance.customers();
    let mut served: Vec<Vec<(Column, f64)>> = vec![Vec::new(); customers];
    for (facility, costs) in instance.transport.iter().enumerate() {
        let mut load = Vec::new();
        for (customer, cost) in costs.iter().enumerate() {
            let column = problem.add_binary(format!("y{facility}_{customer}"));
            problem.columns[column.0].cost = *cost;
            problem.columns[column.0].upper = x[facility];
            load.push((column, demands[customer]));
            served[customer].push((column, 1.0));
        }
        let capacity = instance.capacities[facility] * x[facility];
        problem.add_row(format!("load{facility}"), f64::NEG_INFINITY, capacity, load);
    }
    for (customer, mut row) in served.into_iter().enumerate() {
        let column = problem.add_binary(format!("r{customer}"));
        problem.columns[column.0].cost = instance.penalty;
        row.push((column, 1.0));
        problem.add_row(format!("served{customer}"), 1.0, f64::INFINITY, row);
    }
    let mut best = f64::INFINITY;
    let end = solver::solve(&problem, &Settings::default(), &mut |event| {
        if let Event::Solution(solution) = event {
            best = best.min(solution.objective);
        }
        std::ops::ControlFlow::Continue(())
    });
    assert!(end.unwrap().status.is_optimal());
    best
}

#[test]
fn second_stages_are_those_of_their_milp_and_of_the_enumeration() {
    for seed in 0..6 {
        let instance = FacilityLocation::generated(4, 6, seed);
        let mut random = RandomState::new(seed);
        for _ in 0..4 {
            let (x, demands) = instance.draw(&mut random);
            let found = instance.second_stage(&x, &demands);
            let expected = milp(&instance, &x, &demands);
            assert!(
                (found - expected).abs() < 1e-6,
                "seed {seed}: {found}, not {expected}"
            );
            for (open, cost) in instance.costs_of_all(&demands).into_iter().enumerate() {
                let found = instance.second_stage(&instance.decisions_of(open), &demands);
                assert!((found - cost).abs() < 1e-9, "seed {seed}, {open:b}");
            }
        }
    }
}

#[test]
fn the_optimum_is_the_best_of_all_first_stages() {
    let instance = FacilityLocation::generated(5, 5, 3);
    let scenarios = instance.scenarios(7, 1).unwrap();
    let risk = Risk::new(0.5, 0.7).unwrap();
    let optimum = instance
        .optimum(&scenarios, risk, &Limits::default())
        .unwrap();
    let totals = (0..32).map(|open| {
        let x = instance.decisions_of(open);
        instance.cost(&x, &scenarios, risk).total
    });
    let least = totals.fold(f64::INFINITY, f64::min);
    assert!((optimum.cost.total - least).abs() < 1e-9);
    assert!(instance.scenarios(0, 1).is_err());
    let stopped = Limits::default();
    stopped.stop.raise();
    let short = Limits {
        time_limit: 0.0,
        ..Limits::default()
    };
    for (limits, why) in [(stopped, "interrupted"), (short, "time limit reached")] {
        let error = instance.optimum(&scenarios, risk, &limits).unwrap_err();
        assert!(error.to_string().ends_with(why), "{error}");
    }
}
