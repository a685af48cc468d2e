//! Two-stage stochastic problems: quantile networks, their first stage, and the optimum of the scenarios.

use crate::program::{Scratch, number};

/// Small enough for a second.
const QUICK: &str = "--hidden 8x1 --samples 600 --validation-samples 100 --test-samples 200 --epochs 30 --learning-rate 5e-3 --quantiles 7";

/// The decisions that a network and an enumeration of its forward passes choose, and what they are worth.
#[test]
fn first_stages_are_optimal_for_the_network() {
    let scratch = Scratch::new();
    for (name, how) in [("plain", ""), ("sums", "--increasing")] {
        let line = format!("train --two-stage facility-location {QUICK} {how} -o {name}");
        let trained = scratch.json(&line);
        let errors = &trained["test_errors"];
        assert!(errors["pinball"].as_f64() > Some(0.0), "{errors}");
        let tested = scratch.json(&format!(
            "eval {name} --two-stage facility-location --test-samples 200"
        ));
        assert_eq!(&tested["errors"], errors);
        let network = scratch.network(name);
        let line = format!(
            "solve two-stage facility-location --network {name} --scenarios 20 --risk-weight 0.5 --risk-level 0.5 --crossing 1e9 --optimum"
        );
        let record = scratch.json(&line);
        let plan = &record["plan"];
        assert_eq!(plan["status"], "Optimal");
        let costs = [
            679., 1311., 704., 1083., 1329., 1261., 1089., 1388., 623., 1174.,
        ];
        let of_open = |open: u32| {
            let x: Vec<f64> = (0..10).map(|each| f64::from(open >> each & 1)).collect();
            let first: f64 = x.iter().zip(costs).map(|(x, cost)| x * cost).sum();
            let quantiles = network.forward(&x);
            if name == "sums" {
                assert!(quantiles.is_sorted(), "{quantiles:?}");
            }
            // The worst half of seven quantiles: three and a half of them.
            let tail = (quantiles[3] / 2.0 + quantiles[4..].iter().sum::<f64>()) / 3.5;
            1.5 * first + quantiles.iter().sum::<f64>() / 7.0 + 0.5 * tail
        };
        let best = (0..1024).map(of_open).fold(f64::INFINITY, f64::min);
        let found = number(plan, "objective");
        assert!(
            (found - best).abs() < 1e-6 * best,
            "{name}: {found}, {best}"
        );
        let optimum = number(&record["optimum"], "total");
        assert!(number(&plan["cost"], "total") >= optimum - 1e-9);
    }
    // The ReLU of the first quantile is never at zero, so that it needs no binary.
    let increments = scratch.network("sums");
    assert_eq!(increments.sizes(), [10, 8, 7, 7]);
}

#[test]
fn the_optimum_of_the_scenarios_needs_no_network() {
    let scratch = Scratch::new();
    let record = scratch.json("solve two-stage investment-be --scenarios 9");
    let total = number(&record["optimum"], "total");
    assert!((total + 59.333_333).abs() < 1e-4, "{total}");
    assert!(record["plan"].is_null());
    let said = scratch.succeed("solve two-stage investment-ih");
    assert!(said.stdout.contains("x1 = 3.0000"), "{}", said.stdout);
    assert!(said.stdout.contains("in 36 scenarios"), "{}", said.stdout);
}

#[test]
fn quantiles_of_tables_are_learned_in_their_own_units() {
    let scratch = Scratch::new();
    let mut csv = "a,y\n".to_owned();
    for row in 0..2000 {
        let (a, u) = (f64::from(row % 40), f64::from(row * 7919 % 1000) / 1000.0);
        csv += &format!("{a},{}\n", 500.0 + 10.0 * a + 100.0 * u);
    }
    scratch.write("t.csv", csv);
    let record = scratch.json(
        "train --table t.csv --inputs a --targets y --quantiles 5 --increasing --hidden 8x1 --epochs 200 --learning-rate 5e-3 -o m",
    );
    let errors = &record["test_errors"];
    assert!(errors["miscalibration"].as_f64() < Some(0.15), "{errors}");
    let outputs = scratch.network("m").forward(&[20.0]);
    // (The outermost quantiles take longer.)
    for (output, level) in outputs[1..4].iter().zip([0.255, 0.5, 0.745]) {
        let expected = 700.0 + 100.0 * level;
        assert!((output - expected).abs() < 15.0, "{level}: {outputs:?}");
    }
}

#[test]
fn what_does_not_fit_is_refused() {
    let scratch = Scratch::new();
    scratch.write("t.csv", "a,b,y\n1,2,3\n2,3,4\n3,4,5\n4,5,6\n");
    scratch.succeed("random --inputs 3 --hidden 4x1 --seed 1 -o three");
    scratch.succeed("random --inputs 10 --hidden 4x1 --seed 1 -o ten");
    for (line, expected) in [
        (
            "train --table t.csv --inputs a --targets b,y --quantiles 3 -o m",
            &["--quantiles needs one target", "names 2"][..],
        ),
        (
            "train --two-stage facilities -o m",
            &["unknown two-stage problem", "facility-location"],
        ),
        (
            "train --two-stage investment-be --samples 0 -o m",
            &["--samples"],
        ),
        ("train --function peaks --increasing -o m", &["--quantiles"]),
        (
            "train --function peaks --quantiles 3 -o m",
            &["--quantiles", "--function"],
        ),
        (
            "train --two-stage investment-be --quantiles 3 --increasing --regulariser l2:1e-3 --samples 9 --validation-samples 9 -o m",
            &["--increasing", "expected l1-weights or l2-weights"],
        ),
        (
            "solve two-stage facility-location --scenarios 10001",
            &["--scenarios", "10000"],
        ),
        (
            "solve two-stage facility-location --network ten --risk-weight 1",
            &["ten", "the network has one output"],
        ),
        (
            "solve two-stage investment-ie --scenarios 400 --time-limit 0.001",
            &["the optimum was not proved"],
        ),
        (
            "train --dataset digits --quantiles 3 -o m",
            &["--quantiles", "--dataset"],
        ),
        (
            "solve two-stage investment-be --scenarios 8",
            &["--scenarios", "8 scenarios", "square"],
        ),
        (
            "solve two-stage facility-location --scenarios 0",
            &["--scenarios", "at least one"],
        ),
        (
            "solve two-stage facility-location --risk-level 1",
            &["--risk-level", "is 1, expected", "below 1"],
        ),
        (
            "solve two-stage facility-location --risk-weight -1",
            &["--risk-weight", "is -1, expected"],
        ),
        (
            "solve two-stage facility-location --network three",
            &["three", "3 inputs, expected 10"],
        ),
        (
            "solve two-stage facility-location --network none",
            &["none"],
        ),
        (
            "solve two-stage facility-location --optimum",
            &["--network"],
        ),
        (
            "eval three --two-stage facility-location",
            &["three has 3 inputs", "expected 10", "facility-location"],
        ),
    ] {
        let ran = scratch.run(line);
        assert!(!ran.status.success(), "{line}");
        for part in expected {
            assert!(ran.stderr.contains(part), "{line}: {}", ran.stderr);
        }
    }
    // A network with one output stands for the expected cost.
    let plan = scratch.json("solve two-stage facility-location --network ten --scenarios 2");
    assert_eq!(plan["plan"]["decisions"], serde_json::json!(vec![0.0; 10]));
    scratch.succeed(
        "train --two-stage investment-be --quantiles 2 --samples 50 --validation-samples 10 --test-samples 10 --epochs 1 --hidden 3x1 -o invested",
    );
    let warned = scratch.succeed("solve two-stage investment-ie --network invested --crossing 1e6");
    let expected = "was trained on investment-be, but is used with investment-ie";
    assert!(warned.stderr.contains(expected), "{}", warned.stderr);
}
