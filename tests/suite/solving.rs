//! Solving with the built program on built-in data: the record has all documented fields, its claims pass
//! independent checks, and exported problems are those that are solved.

use serde_json::Value;

use crate::program::{Scratch, number};
use crate::support::{digits, trained};
use crate::witness::{Layers, assert_verified, saved_input};

/// Every documented field of a solve's record.
const SOLVE_FIELDS: [&str; 23] = [
    "status",
    "dense_objective",
    "surrogate_objective",
    "dual_bound",
    "solver_status",
    "seconds_to_first",
    "seconds_to_best",
    "seconds_total",
    "solutions",
    "binaries",
    "columns",
    "rows",
    "nonzeros",
    "stable_active",
    "stable_inactive",
    "label",
    "target",
    "epsilon",
    "image",
    "seed",
    "threads",
    "time_limit",
    "strategy",
];

/// Solves one verification problem, checks the record and what it saved, returns the record.
fn verify(scratch: &Scratch, index: usize, rest: &str) -> Value {
    let line = format!("solve verify --network dense.safetensors --dataset digits --image {index}");
    let record = scratch.json(&format!(
        "{line} {rest} --time-limit 20 --save-input x.json"
    ));
    for field in SOLVE_FIELDS {
        assert!(record.get(field).is_some(), "no field {field}");
    }
    assert_eq!(number(&record, "image"), index as f64);
    assert_eq!(number(&record, "time_limit"), 20.0);
    assert_eq!(number(&record, "threads"), 1.0);
    assert!(number(&record, "seconds_total") <= 22.0);
    let without_model = ["gradient", "prove", "portfolio"].map(Value::from);
    if !without_model.contains(&record["strategy"]) {
        let neurons = ["binaries", "stable_active", "stable_inactive"];
        let neurons: f64 = neurons.iter().map(|field| number(&record, field)).sum();
        assert!(neurons <= 32.0, "{neurons} of 32 neurons");
    }
    let dense = Layers::read(&scratch.path("dense.safetensors"));
    let image = digits().train.input(index);
    if record["dense_objective"].is_null() {
        assert!(
            !scratch.path("x.json").exists(),
            "there is no input to save"
        );
        assert_eq!(number(&record, "solutions"), 0.0);
    } else {
        assert_verified(&dense, &image, &record, &scratch.json_file("x.json"));
        assert!(number(&record, "seconds_to_best") <= number(&record, "seconds_total"));
    }
    let found = record["status"] == "found";
    assert_eq!(record["seconds_to_first"].is_number(), found);
    record
}

#[test]
fn verification_of_the_dense_network_decides() {
    let scratch = trained();
    let near = verify(&scratch, 5, "--epsilon 0.05 --strategy exact");
    assert_eq!(near["status"], "none_exists");
    assert!(number(&near, "dual_bound") < 0.0);
    assert_eq!(near["strategy"], "exact");
    let scratch = trained();
    let far = verify(&scratch, 5, "--epsilon 30 --strategy exact");
    assert_eq!(far["status"], "found");
    assert!(number(&far, "dual_bound") >= number(&far, "dense_objective"));
    let dense = Layers::read(&scratch.path("dense.safetensors"));
    let class = dense.class(&digits().train.input(5));
    assert_eq!(
        number(&far, "label"),
        class as f64,
        "the predicted class is left"
    );
}

#[test]
fn verification_through_a_surrogate_is_judged_on_the_dense_network() {
    let scratch = trained();
    scratch.succeed("prune dense.safetensors --rate 0.5 -o sparse");
    let far = verify(&scratch, 5, "--surrogate sparse --epsilon 30");
    assert_eq!(far["status"], "found");
    assert_eq!(far["strategy"], "surrogate");
    assert!(
        far["dual_bound"].is_null(),
        "a surrogate proves nothing of D"
    );
    let direct = verify(
        &scratch,
        5,
        "--surrogate sparse --epsilon 30 --strategy exact",
    );
    assert_eq!(direct["strategy"], "exact");
    assert!(direct["dual_bound"].is_number());
    let scratch = trained();
    scratch.succeed("prune dense.safetensors --rate 0.5 -o sparse");
    let near = verify(&scratch, 5, "--surrogate sparse --epsilon 0.05");
    assert_eq!(near["status"], "not_found", "no proof about D");
    let labels = verify(&scratch, 7, "--epsilon 5 --label 3 --target 4");
    assert_eq!([&labels["label"], &labels["target"]], [3, 4]);
}

#[test]
fn a_data_seed_is_an_image_and_an_epsilon() {
    let scratch = trained();
    // Those of the published draws whose image the built-in set has.
    for (seed, image, epsilon) in [
        (0, 2732, 5.092845),
        (60, 2253, 5.274651),
        (90, 3931, 5.319253),
    ] {
        let rest = "verify --network dense.safetensors --dataset digits";
        let record = scratch.json(&format!(
            "solve {rest} --data-seed {seed} --time-limit 0.05"
        ));
        assert_eq!(number(&record, "image"), f64::from(image));
        let exact = number(&record, "epsilon");
        assert!((exact - epsilon).abs() <= 5e-7, "{exact} is not {epsilon}");
        let export = format!("export-problem {rest} --format lp");
        scratch.succeed(&format!("{export} --data-seed {seed} -o drawn.lp"));
        scratch.succeed(&format!(
            "{export} --image {image} --epsilon {exact} -o named.lp"
        ));
        assert_eq!(scratch.read("drawn.lp"), scratch.read("named.lp"));
    }
}

/// A random regression network, pruned globally, and the record of maximising it.
fn maximize(seed: u32, rate: f64) -> (Scratch, Value) {
    let scratch = Scratch::new();
    scratch.succeed(&format!(
        "random --inputs 100 --hidden 50x2 --seed {seed} -o dense"
    ));
    scratch.succeed(&format!(
        "prune dense --rate {rate} --scope global -o sparse"
    ));
    let solve = "solve maximize --network dense --surrogate sparse --time-limit 60";
    let record = scratch.json(&format!("{solve} --save-input x.json"));
    (scratch, record)
}

#[test]
fn maximization_gives_the_exact_values() {
    for (seed, rate, optimum) in [
        (50, 0.95, 0.0829831071),
        (51, 0.95, 0.0598892173),
        (50, 0.9, 0.1005351592),
    ] {
        let (scratch, record) = maximize(seed, rate);
        let value = number(&record, "surrogate_objective");
        assert!(
            (value - optimum).abs() <= 1e-6,
            "seed {seed}, rate {rate}: {value}"
        );
        assert_eq!(record["status"], "found");
        let (input, claimed) = saved_input(&scratch.json_file("x.json"));
        assert!(input.iter().all(|x| (0.0..=1.0).contains(x)));
        let output = Layers::read(&scratch.path("dense")).outputs(&input)[0];
        assert!(
            (output - claimed).abs() <= 1e-9,
            "{output}, claimed {claimed}"
        );
        assert_eq!(number(&record, "dense_objective"), claimed);
        for field in SOLVE_FIELDS {
            let asked = !["label", "target", "epsilon", "image", "dual_bound"].contains(&field);
            assert!(record.get(field).is_some(), "no field {field}");
            assert_eq!(!record[field].is_null(), asked, "{field}");
        }
    }
    let (_, record) = maximize(50, 0.95);
    assert!((number(&record, "dense_objective") - 0.0731584).abs() <= 1e-6);
    assert_eq!(number(&record, "solutions"), 1.0);
}

#[test]
fn a_small_maximization_is_proved_optimal() {
    let scratch = Scratch::new();
    scratch.succeed("random --inputs 4 --hidden 5x2 --seed 7 -o dense");
    let record = scratch.json("solve maximize --network dense --strategy exact --time-limit 30");
    assert_eq!(record["status"], "optimal");
    assert_eq!(record["solver_status"], "Optimal");
    let (value, bound) = (
        number(&record, "dense_objective"),
        number(&record, "dual_bound"),
    );
    assert!(
        value <= bound && bound - value <= 1e-6,
        "{value}, bound {bound}"
    );
}

#[test]
fn a_start_for_the_solver_is_asked_for_and_recorded() {
    let scratch = Scratch::new();
    scratch.succeed("random --inputs 200 --hidden 40x3 --seed 7 -o dense");
    let exact = "solve maximize --network dense --strategy exact --time-limit 3";
    let record = scratch.json(&format!("{exact} --mip-start"));
    assert_eq!(record["mip_start"], true);
    assert!(number(&record, "dense_objective") > 0.0, "a start is there");
    assert_eq!(scratch.json(exact)["mip_start"], false);
}

/// The solution of the linear relaxation, which is no solution of the MILP, has a value on the dense network.
#[test]
fn the_relaxation_is_tried_before_the_milp_unless_only_that_is_asked_for() {
    let scratch = Scratch::new();
    scratch.succeed("random --inputs 200 --hidden 40x3 --seed 7 -o dense");
    let relaxed = scratch.json("solve maximize --network dense --strategy relaxation");
    let exact = "solve maximize --network dense --strategy exact --time-limit 3";
    let first = scratch.json(exact);
    assert_eq!(first["relaxation_first"], true);
    let value = |record| number(record, "dense_objective");
    assert!(value(&first) >= value(&relaxed));
    assert!(number(&first, "dual_bound") <= number(&relaxed, "dual_bound") + 1e-6);
    let alone = scratch.json(&format!("{exact} --milp-only"));
    assert_eq!(alone["relaxation_first"], false);
}

#[test]
fn exported_problems_are_the_ones_that_are_solved() {
    let scratch = trained();
    scratch.succeed("random --inputs 20 --hidden 5x2 --seed 7 -o regression");
    scratch.succeed("prune dense.safetensors --rate 0.5 -o sparse");
    let verify = "verify --network dense.safetensors --dataset digits --image 5 --epsilon 3";
    for (ask, strategy) in [
        (verify, "--strategy exact"),
        (&format!("{verify} --surrogate sparse"), ""),
        ("maximize --network regression", "--strategy exact"),
    ] {
        let solved = scratch.json(&format!("solve {ask} {strategy} --time-limit 5"));
        for (format, end) in [("mps", "ENDATA"), ("lp", "End")] {
            let line = format!("export-problem {ask} --format {format}");
            let record = scratch.json(&format!("{line} -o first"));
            scratch.succeed(&format!("{line} -o again"));
            assert_eq!(scratch.read("first"), scratch.read("again"));
            assert!(scratch.text("first").trim_end().ends_with(end));
            for field in ["columns", "binaries", "rows", "nonzeros"] {
                assert_eq!(record[field], solved[field], "{ask}: {field}");
            }
        }
    }
}

#[test]
fn the_bounds_alone_decide_what_is_far_from_any_border() {
    let scratch = trained();
    for bounds in ["interval", "linear", "alpha", "tightening"] {
        let record = verify(
            &scratch,
            30,
            &format!("--epsilon 0.001 --strategy exact --bounds {bounds}"),
        );
        assert_eq!(record["status"], "none_exists");
        assert_eq!(record["bounds"], bounds);
        assert_eq!(number(&record, "solutions"), 0.0);
    }
}

#[test]
fn the_gradient_ascent_needs_no_model() {
    let scratch = trained();
    let record = verify(&scratch, 30, "--epsilon 8 --strategy gradient");
    assert_eq!(record["status"], "found");
    assert_eq!(record["strategy"], "gradient");
    for field in ["binaries", "columns", "rows", "solver_status", "dual_bound"] {
        assert!(record[field].is_null(), "{field}: {}", record[field]);
    }
    let again = verify(&scratch, 30, "--epsilon 8 --strategy gradient");
    assert_eq!(again["dense_objective"], record["dense_objective"]);
    let none = verify(&scratch, 30, "--epsilon 0.001 --strategy gradient");
    assert_eq!(none["status"], "none_exists");
}

#[test]
fn the_portfolio_is_the_default_strategy() {
    let scratch = trained();
    let found = verify(&scratch, 30, "--epsilon 8");
    assert_eq!(found["strategy"], "portfolio");
    assert_eq!(found["status"], "found");
    let none = verify(&scratch, 30, "--epsilon 0.001");
    assert_eq!(none["status"], "none_exists");
    scratch.succeed("random --inputs 4 --hidden 5x2 --seed 7 -o regression");
    let best = scratch.json("solve maximize --network regression --time-limit 30");
    assert_eq!(best["status"], "optimal");
    let exact = scratch.json("solve maximize --network regression --strategy exact");
    let difference = number(&best, "dense_objective") - number(&exact, "dense_objective");
    assert!(difference.abs() <= 1e-6, "{difference}");
}

#[test]
fn a_relaxation_is_tried_on_the_dense_network() {
    let scratch = trained();
    scratch.succeed("prune dense.safetensors --rate 0.5 -o sparse");
    let dense = verify(&scratch, 30, "--epsilon 8 --strategy relaxation");
    let sparse = verify(
        &scratch,
        30,
        "--epsilon 8 --strategy relaxation --surrogate sparse",
    );
    assert!(sparse["dual_bound"].is_null(), "a surrogate proves nothing");
    for record in [dense, sparse] {
        assert_eq!(record["solutions"], 1);
    }
    let none = verify(&trained(), 30, "--epsilon 0.05 --strategy relaxation");
    assert_eq!(none["status"], "none_exists");
}
