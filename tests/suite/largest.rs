//! Time limits and interrupts at the largest published size, with every strategy and every kind of bounds.

use std::env;
use std::process::{Child, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use pipeline::bounds::BoundKind;
use pipeline::named::Named;
use pipeline::search::Strategy;

use crate::interrupt::send;
use crate::program::{Scratch, number};

/// Seconds for everything, and until the interrupt.
const LIMIT: f64 = 1.0;
/// Seconds beyond, where other tests take the cores. `scripts/limits.sh` asks for less, and tries all pairs.
const SLACK: f64 = 2.0;

fn slack() -> f64 {
    env::var("PIPELINE_SLACK").map_or(SLACK, |slack| slack.parse().expect("seconds"))
}

/// All pairs of a strategy and a kind of bounds, or each strategy with one kind.
fn pairs() -> Vec<(Strategy, BoundKind)> {
    let strategies = Strategy::NAMES.iter().map(|&(strategy, _)| strategy);
    let kinds = BoundKind::NAMES.iter().map(|&(kind, _)| kind).rev();
    if env::var_os("PIPELINE_SLACK").is_none() {
        return strategies.zip(kinds.cycle()).collect();
    }
    strategies
        .flat_map(|strategy| kinds.clone().map(move |kind| (strategy, kind)))
        .collect()
}

fn networks() -> Scratch {
    let scratch = Scratch::new();
    scratch.succeed("random --inputs 10000 --hidden 200x5 --seed 50 -o dense");
    scratch.succeed("prune dense --rate 0.9 -o sparse");
    scratch
}

/// A solve of the dense network, with the surrogate where the strategy takes one.
fn line((strategy, kind): (Strategy, BoundKind), limit: f64) -> String {
    let surrogate = match strategy {
        Strategy::Surrogate => " --surrogate sparse",
        _ => "",
    };
    format!(
        "solve maximize --network dense{surrogate} --strategy {strategy} --bounds {kind} --time-limit {limit} --json"
    )
}

#[test]
fn limits_hold_at_the_largest_size() {
    let (scratch, slack) = (networks(), slack());
    for pair in pairs() {
        let line = line(pair, LIMIT);
        let ran = scratch.succeed(&line);
        let total = number(&ran.json(), "seconds_total");
        println!("{line}: {total:.3} s, {:.3} s with reading", ran.seconds);
        assert!(total <= LIMIT + slack, "{line}: {total} s");
    }
}

#[test]
fn interrupts_are_heeded_at_the_largest_size() {
    let (scratch, slack) = (networks(), slack());
    for pair in pairs() {
        let line = line(pair, 300.0);
        let mut command = scratch.command(&line);
        command.stdout(Stdio::piped()).stderr(Stdio::null());
        let mut solve = command.spawn().expect("the program starts");
        sleep(Duration::from_secs_f64(LIMIT));
        let told = Instant::now();
        send("-INT", solve.id());
        let seconds = seconds_to_end(&mut solve, told);
        println!("{line}: {seconds:.3} s after the interrupt");
        assert!(seconds <= slack.max(0.5), "{line}: {seconds} s");
        let ended = solve.wait_with_output().expect("its output");
        assert!(ended.status.success(), "{line}: {}", ended.status);
        assert!(!ended.stdout.is_empty(), "{line}: a record");
    }
}

fn seconds_to_end(child: &mut Child, since: Instant) -> f64 {
    while child.try_wait().expect("a child").is_none() {
        sleep(Duration::from_millis(5));
    }
    since.elapsed().as_secs_f64()
}
