//! The solver's interface: every feasible point in the original columns, stopping from all sides,
//! panics that stay out of C, statuses that stay apart, several solves at once.

use std::ops::ControlFlow;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

use pipeline::formulation::NetworkMilp;
use pipeline::instance::Instance;
use pipeline::limits::{Limits, StopFlag};
use pipeline::milp::{Affine, Kind, Problem, Sense};
use pipeline::network::random;
use pipeline::solver::{Background, Event, Settings, SolveEnd, Status, UserSolutions, solve};

use crate::support::{
    model_of, presolved, random_network, random_point, random_verification, rng, solver_settings,
    unhurried,
};

/// A model of many solutions, solved in about a second.
fn model() -> NetworkMilp {
    let network = random(20, &[12, 12], 3).unwrap();
    model_of(&network, &Instance::maximization(20))
}

/// A model that takes longer than any test.
fn hard_model() -> NetworkMilp {
    let network = random(300, &[60, 60, 60], 3).unwrap();
    model_of(&network, &Instance::maximization(300))
}

fn assert_feasible(problem: &Problem, point: &[f64]) {
    assert_eq!(point.len(), problem.columns.len());
    for (column, &value) in problem.columns.iter().zip(point) {
        assert!(
            column.lower - 1e-6 <= value && value <= column.upper + 1e-6,
            "{}",
            column.name
        );
        let integer = (value - value.round()).abs() <= 1e-6;
        assert!(
            column.kind == Kind::Continuous || integer,
            "{} = {value}",
            column.name
        );
    }
    for row in &problem.rows {
        let value: f64 = row
            .terms
            .iter()
            .map(|(column, c)| c * point[column.0])
            .sum();
        assert!(
            row.lower - 1e-6 <= value && value <= row.upper + 1e-6,
            "{}",
            row.name
        );
    }
}

fn objective(problem: &Problem, point: &[f64]) -> f64 {
    let terms = problem.columns.iter().zip(point);
    problem.offset
        + terms
            .map(|(column, value)| column.cost * value)
            .sum::<f64>()
}

fn best_of(problem: &Problem) -> (SolveEnd, f64, usize) {
    let (mut best, mut count) = (f64::NEG_INFINITY, 0);
    let outcome = solve(problem, &solver_settings(), &mut |event| {
        if let Event::Solution(solution) = event {
            count += 1;
            assert_feasible(problem, &solution.columns);
            let value = objective(problem, &solution.columns);
            assert!((value - solution.objective).abs() <= 1e-6);
            best = best.max(value);
        }
        ControlFlow::Continue(())
    })
    .unwrap();
    (outcome, best, count)
}

#[test]
fn every_point_is_feasible_in_the_original_columns() {
    let model = model();
    let (outcome, best, count) = best_of(&model.problem);
    assert!(outcome.status.is_optimal(), "{}", outcome.status);
    assert!(count > 1, "{count} points");
    assert!((outcome.dual_bound.unwrap() - best).abs() <= 1e-6);
    assert!(best <= model.objective.upper() && best >= model.objective.lower());
}

#[test]
fn four_solves_at_once_give_one_optimum() {
    let model = model();
    let optima: Vec<f64> = std::thread::scope(|scope| {
        let solves: Vec<_> = (0..4)
            .map(|_| scope.spawn(|| best_of(&model.problem).1))
            .collect();
        solves
            .into_iter()
            .map(|solve| solve.join().unwrap())
            .collect()
    });
    assert!(
        optima
            .iter()
            .all(|optimum| (optimum - optima[0]).abs() <= 1e-9),
        "{optima:?}"
    );
}

#[test]
fn a_panic_of_the_observer_reaches_the_caller_and_stops_the_solver() {
    let model = model();
    let panic = catch_unwind(AssertUnwindSafe(|| {
        solve(&model.problem, &solver_settings(), &mut |_| {
            panic!("not this time")
        })
    }));
    let payload = panic.expect_err("the panic goes on");
    assert_eq!(payload.downcast_ref::<&str>(), Some(&"not this time"));
    // Nothing remains: the next solve is like any other.
    assert!(best_of(&model.problem).0.status.is_optimal());
}

#[test]
fn the_observer_and_the_flag_stop_the_solver() {
    let model = hard_model();
    let started = Instant::now();
    let mut events = 0;
    let outcome = solve(&model.problem, &solver_settings(), &mut |_| {
        events += 1;
        ControlFlow::Break(())
    })
    .unwrap();
    assert_eq!(events, 1, "nothing comes after the stop");
    assert!(!outcome.status.is_optimal());

    let stop = StopFlag::default();
    let settings = Settings {
        limits: Limits {
            stop: stop.clone(),
            ..unhurried().limits(0.0)
        },
        ..solver_settings()
    };
    std::thread::scope(|scope| {
        scope.spawn(|| {
            std::thread::sleep(Duration::from_millis(300));
            stop.raise();
        });
        let outcome = solve(
            &model.problem,
            &settings,
            &mut |_| ControlFlow::Continue(()),
        )
        .unwrap();
        assert!(!outcome.status.is_optimal());
    });
    assert!(
        started.elapsed() < Duration::from_secs(60),
        "long before the limit"
    );
}

#[test]
fn statuses_stay_apart() {
    let mut problem = Problem::new(Sense::Maximize);
    let empty = best_of(&problem);
    assert_eq!(empty.0.status.to_string(), "Empty");
    assert_eq!((empty.1, empty.0.dual_bound), (0.0, Some(0.0)));

    let x = problem.add_continuous("x".into(), 0.0, f64::INFINITY);
    problem.set_objective(&Affine::column(x));
    let unbounded = best_of(&problem).0;
    assert_eq!(unbounded.status.to_string(), "Unbounded");
    assert_eq!(unbounded.dual_bound, None);

    problem.add_row("at most 3".into(), f64::NEG_INFINITY, 3.0, vec![(x, 1.0)]);
    let (optimal, best, _) = best_of(&problem);
    assert_eq!(optimal.status.to_string(), "Optimal");
    assert_eq!((best, optimal.dual_bound), (3.0, Some(3.0)));

    problem.add_row("at least 4".into(), 4.0, f64::INFINITY, vec![(x, 1.0)]);
    let infeasible = best_of(&problem).0;
    assert!(infeasible.status.is_infeasible(), "{}", infeasible.status);

    let hard = hard_model();
    let settings = Settings {
        limits: Limits {
            time_limit: 0.5,
            ..unhurried().limits(0.0)
        },
        ..solver_settings()
    };
    let late = solve(&hard.problem, &settings, &mut |_| ControlFlow::Continue(())).unwrap();
    let words = late.status.to_string();
    assert!(
        words.starts_with("Time limit reached") || late.status == Status::Abandoned,
        "{words}"
    );
}

#[test]
fn nothing_worse_than_the_cutoff_is_searched() {
    let model = model();
    let optimum = best_of(&model.problem).1;
    let with = |cutoff: f64| {
        let settings = Settings {
            cutoff: Some(cutoff),
            ..solver_settings()
        };
        let (mut best, mut bounds) = (None, Vec::new());
        let outcome = solve(&model.problem, &settings, &mut |event| {
            match event {
                Event::Solution(solution) => best = Some(solution.objective),
                Event::Progress(progress) => bounds.push(progress.dual_bound),
            }
            ControlFlow::Continue(())
        });
        assert!(bounds.iter().all(|bound| *bound >= cutoff));
        (outcome.unwrap(), best)
    };
    // Whether or not the solver found worse points, it proves no more than the cutoff.
    let (above, best) = with(optimum + 0.01);
    assert_eq!(above.dual_bound, Some(optimum + 0.01));
    assert!(best.is_none_or(|best| best <= optimum + 1e-6));
    let (below, best) = with(optimum - 0.01);
    assert!(below.status.is_optimal(), "{}", below.status);
    assert!((best.unwrap() - optimum).abs() <= 1e-6);
    assert!((below.dual_bound.unwrap() - optimum).abs() <= 1e-6);
}

#[test]
fn every_input_is_a_point_of_the_model() {
    let mut rng = rng(8);
    for (sizes, is_ball) in [([4, 6, 4, 3], true), ([5, 4, 3, 1], false)] {
        let network = random_network(&sizes, 0.2, &mut rng);
        let instance = if is_ball {
            random_verification(&network, &mut rng)
        } else {
            Instance::maximization(5)
        };
        let (model, bounded) = (
            model_of(&network, &instance),
            presolved(&network, &instance),
        );
        for _ in 0..20 {
            let x = random_point(sizes[0], &mut rng);
            let x = instance.region().pull_inside(&x);
            let point = model.point(&bounded.network, &x);
            assert_feasible(&model.problem, &point);
            let value = objective(&model.problem, &point);
            assert!((value - bounded.network.forward(&x)[0]).abs() <= 1e-9);
        }
    }
}

#[test]
fn the_solver_accepts_user_solutions() {
    let network = random(300, &[60, 60, 60], 3).unwrap();
    let instance = Instance::maximization(300);
    let (model, bounded) = (hard_model(), presolved(&network, &instance));
    let point = model.point(&bounded.network, &[0.5; 300]);
    let value = objective(&model.problem, &point);
    let user_solutions = UserSolutions::default();
    user_solutions.offer(point);
    let settings = Settings {
        user_solutions,
        ..solver_settings()
    };
    let mut first = None;
    let outcome = solve(&model.problem, &settings, &mut |event| match event {
        Event::Solution(solution) => {
            first = Some(solution.objective);
            ControlFlow::Break(())
        }
        Event::Progress(_) => ControlFlow::Continue(()),
    });
    assert_eq!(outcome.unwrap().status, Status::Stopped);
    assert!((first.unwrap() - value).abs() <= 1e-6);
}

#[test]
fn a_solve_in_the_background_ends_as_any_other() {
    let model = model();
    let optimum = best_of(&model.problem).1;
    let mut solve = Background::start(&model.problem, &solver_settings()).unwrap();
    let ended = solve.ended();
    let mut best = f64::NEG_INFINITY;
    let outcome = loop {
        let seen = solve.poll(&mut |event| {
            if let Event::Solution(solution) = event {
                best = best.max(solution.objective);
            }
            ControlFlow::Continue(())
        });
        if let Some(outcome) = seen.unwrap() {
            break outcome;
        }
        std::thread::sleep(Duration::from_millis(5));
    };
    assert!(ended.is_raised() && outcome.status.is_optimal());
    assert!((best - optimum).abs() <= 1e-6);
}
