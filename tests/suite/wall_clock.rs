//! A time limit holds in wall-clock time, even where the solver would overrun it, and reaching it is a
//! result.

use crate::program::{Scratch, number};

/// Seconds beyond the limit for starting, reading, reporting, the solver's grace, and a busy
/// machine. HiGHS alone overruns the limit on such models by far more.
const SLACK: f64 = 4.0;

fn assert_ends_in_time(scratch: &Scratch, rest: &str, limit: f64) {
    let line = format!("solve maximize --network dense {rest} --time-limit {limit} --json");
    let ran = scratch.succeed(&line);
    assert!(
        ran.seconds <= limit + SLACK,
        "{line}: ended after {} s",
        ran.seconds
    );
    let record = ran.json();
    let total = number(&record, "seconds_total");
    assert!(total <= limit + SLACK, "{line}: {total} s by its own clock");
    let status = record["status"].as_str().unwrap();
    assert_eq!(
        status == "found",
        record["dense_objective"].is_number(),
        "{status}"
    );
    assert!(["found", "not_found"].contains(&status), "{status}");
    if record["strategy"] == "portfolio" {
        return;
    }
    let solver = record["solver_status"].as_str().unwrap();
    let mut ends = ["Time limit reached", "Abandoned"].into_iter();
    assert!(ends.any(|end| solver.starts_with(end)), "{solver}");
}

#[test]
fn a_hard_model_ends_at_its_limit() {
    let scratch = Scratch::new();
    scratch.succeed("random --inputs 1000 --hidden 200x4 --seed 50 -o dense");
    scratch.succeed("prune dense --rate 0.3 -o sparse");
    assert_ends_in_time(&scratch, "--strategy exact", 2.0);
    assert_ends_in_time(&scratch, "--surrogate sparse", 2.0);
    assert_ends_in_time(&scratch, "--strategy exact", 0.1);
    assert_ends_in_time(&scratch, "", 2.0);
    assert_ends_in_time(&scratch, "", 0.1);
}

#[test]
fn a_huge_limit_means_no_limit() {
    let scratch = Scratch::new();
    scratch.succeed("random --inputs 4 --hidden 3x1 --seed 1 -o dense");
    let record = scratch.json("solve maximize --network dense --time-limit 1e300");
    assert_eq!(record["status"], "optimal");
}
