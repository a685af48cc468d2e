//! Time limits and interrupts at the largest published size, with every strategy and every kind of bounds.

use std::env;
use std::fs::File;
use std::process::Stdio;
use std::thread::sleep;
use std::time::{Duration, Instant};

use pipeline::bounds::BoundKind;
use pipeline::named::Named;
use pipeline::search::Strategy;

use crate::program::{Scratch, number, send, wait_until};

/// Seconds for a solve or until the interrupt, and the slack when other tests use the cores. `scripts/limits.sh` sets a
/// smaller slack, with a limit of one second, and tests every kind of bounds.
const QUICK: (f64, f64) = (0.5, 4.0);

fn limit_and_slack() -> (f64, f64) {
    env::var("PIPELINE_SLACK").map_or(QUICK, |slack| (1.0, slack.parse().expect("seconds")))
}

/// A strategy, its bounds and its threads.
type Way = (Strategy, BoundKind, u32);

/// Each strategy with one kind of bounds, or with every kind; those that run HiGHS concurrently have threads for it.
fn ways() -> Vec<Way> {
    let kinds = BoundKind::NAMES.iter().map(|&(kind, _)| kind).rev();
    let is_complete = env::var_os("PIPELINE_SLACK").is_some();
    let mut ways = Vec::new();
    for (index, &(strategy, _)) in Strategy::NAMES.iter().enumerate() {
        let one = kinds.clone().cycle().skip(index).take(1);
        let kinds: Vec<_> = if is_complete {
            kinds.clone().collect()
        } else {
            one.collect()
        };
        let races = matches!(strategy, Strategy::Prove | Strategy::Portfolio);
        for kind in kinds {
            ways.push((strategy, kind, 1));
            if races {
                ways.push((strategy, kind, 3));
            }
        }
    }
    ways
}

fn networks() -> Scratch {
    let scratch = Scratch::new();
    scratch.succeed("random --inputs 10000 --hidden 200x5 --seed 50 -o dense");
    scratch.succeed("prune dense --rate 0.9 -o sparse");
    scratch
}

/// A solve of the dense network, with the surrogate where the strategy takes one.
fn line((strategy, kind, threads): Way, limit: f64) -> String {
    let surrogate = match strategy {
        Strategy::Surrogate => " --surrogate sparse",
        _ => "",
    };
    format!(
        "solve maximize --network dense{surrogate} --strategy {strategy} --bounds {kind} --threads {threads} --time-limit {limit} --json"
    )
}

#[test]
fn limits_hold_at_the_largest_size() {
    let (scratch, (limit, slack)) = (networks(), limit_and_slack());
    for way in ways() {
        let line = line(way, limit);
        let ran = scratch.succeed(&line);
        let total = number(&ran.json(), "seconds_total");
        println!("{line}: {total:.3} s, {:.3} s with reading", ran.seconds);
        assert!(total <= limit + slack, "{line}: {total} s");
    }
}

#[test]
fn interrupts_end_solves_at_the_largest_size() {
    let (scratch, (limit, slack)) = (networks(), limit_and_slack());
    for way in ways() {
        let line = line(way, 300.0);
        let mut command = scratch.command(&line);
        let log = File::create(scratch.path("log")).expect("a log");
        command.stdout(Stdio::piped()).stderr(log);
        let mut solve = command.spawn().expect("the program starts");
        // While the program reads the network, an interrupt ends it at once.
        wait_until(30.0, "the search begins", || {
            scratch.text("log").contains("solving")
        });
        sleep(Duration::from_secs_f64(limit));
        let sent = Instant::now();
        send("-INT", solve.id());
        wait_until(30.0, "the search ends", || {
            solve.try_wait().expect("a child").is_some()
        });
        let seconds = sent.elapsed().as_secs_f64();
        println!("{line}: {seconds:.3} s after the interrupt");
        assert!(seconds <= slack.max(0.5), "{line}: {seconds} s");
        let ended = solve.wait_with_output().expect("its output");
        assert!(ended.status.success(), "{line}: {}", ended.status);
        assert!(!ended.stdout.is_empty(), "{line}: a record");
    }
}
