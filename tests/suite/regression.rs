//! Regression networks: trained on functions and tables, tested, and optimised over.

use crate::program::{Scratch, number};

/// Small enough for a second, large enough to learn something.
const QUICK: &str =
    "--hidden 8x2 --samples 2000 --validation-samples 500 --epochs 20 --learning-rate 5e-3";

#[test]
fn networks_of_functions_are_optimised_over_their_domain() {
    let scratch = Scratch::new();
    let line = format!(
        "train --function peaks {QUICK} --regulariser none --regulariser bound-width:1e-3,l2:1e-5 --regulariser bw+lp@10 --strength 1e-3 -o {{regulariser}} --json"
    );
    let ran = scratch.run(&line);
    assert!(ran.status.success(), "{}", ran.stderr);
    assert_eq!(ran.stdout.lines().count(), 3);
    for name in [
        "none",
        "bound-width-0.001+l2-0.00001",
        "bound-width-0.001@10+lp-gap-0.001@10",
    ] {
        let errors = scratch.json(&format!("eval {name} --function peaks"));
        let r_squared = errors["errors"]["r_squared"].as_f64().expect("a number");
        assert!(r_squared > 0.5, "{name}: {errors}");
        let mut optima = Vec::new();
        for how in [
            "exact --bounds interval",
            "exact --bounds linear",
            "exact --bounds tightening",
            "prove",
        ] {
            let line = format!("solve minimize --network {name} --strategy {how}");
            let record = scratch.json(&format!("{line} --save-input x --force"));
            optima.push(number(&record, "dense_objective"));
            let input: Vec<f64> =
                serde_json::from_value(scratch.json_file("x")["input"].clone()).expect("the input");
            assert!(input.iter().all(|x| (-2.0..=2.0).contains(x)), "{input:?}");
        }
        let spread = |x: &f64| (x - optima[0]).abs() / optima[0].abs().max(1.0);
        assert!(
            optima.iter().all(|x| spread(x) < 1e-6),
            "{name}: {optima:?}"
        );
        // No network of such an error can be far from the function's own minimum.
        assert!(optima[0] < -2.0 && optima[0] > -20.0, "{name}: {optima:?}");
    }
}

#[test]
fn the_same_seed_gives_the_same_file() {
    let scratch = Scratch::new();
    let alone = format!("train --function ackley:3 {QUICK} --seed 4 --regulariser stable:1e-3");
    let together = alone.replace("--seed 4", "--seed 3..5");
    scratch.succeed(&format!("{alone} -o alone"));
    scratch.succeed(&format!("{together} -o m-{{seed}}"));
    assert!(scratch.read("alone") == scratch.read("m-4"));
    assert!(scratch.read("alone") != scratch.read("m-3"));
}

#[test]
fn tables_are_learned_in_their_own_units() {
    let scratch = Scratch::new();
    // y = 1000 a - 3 b + 5, with inputs of different sizes, and a column that is not used.
    let mut csv = "b,name,a,y\n".to_owned();
    for row in 0..400 {
        let (a, b) = (f64::from(row % 20) / 1e3, f64::from(row / 20) * 100.0);
        csv += &format!("{b},row {row},{a},{}\n", 1000.0 * a - 3.0 * b + 5.0);
    }
    scratch.write("t.csv", csv);
    let record = scratch.json(
        "train --table t.csv --inputs a,b --targets y --hidden 8x1 --epochs 150 --learning-rate 1e-2 -o m",
    );
    let errors = &record["test_errors"];
    assert!(errors["r_squared"].as_f64() > Some(0.98), "{errors}");
    let network = scratch.network("m");
    let output = network.forward(&[0.01, 700.0])[0];
    assert!((output - (15.0 - 2100.0)).abs() < 500.0, "{output}");
    let optimum = scratch.json("solve maximize --network m");
    let value = number(&optimum, "dense_objective");
    assert!((value - 24.0).abs() < 500.0, "{value}");
    let errors = scratch.json("eval m --table t.csv --inputs a,b --targets y");
    assert_eq!(errors["samples"], 400);
}

#[test]
fn faults_name_the_option_the_line_and_the_column() {
    let scratch = Scratch::new();
    scratch.write("gap.csv", "a,b,y\n1,2,3\n2,,4\n");
    scratch.write("words.csv", "a,b,y\n1,2,3\n2,three,4\n");
    scratch.write("two.csv", "a,b,y\n1,2,3\n2,3,4\n");
    let table = |name: &str| format!("--table {name} --inputs a,b --targets y");
    for (line, status, named) in [
        (
            table("gap.csv"),
            1,
            ["gap.csv, line 3, column \"b\"", "\"\""],
        ),
        (table("words.csv"), 1, ["line 3, column \"b\"", "\"three\""]),
        (
            table("two.csv"),
            1,
            ["two.csv has 2 rows", "at least three"],
        ),
        (
            "--table two.csv --inputs a,c --targets y".to_owned(),
            1,
            ["no column \"c\"", "a, b, y"],
        ),
        (
            "--table two.csv --inputs a".to_owned(),
            2,
            ["--targets", "required"],
        ),
        ("--function peeks".to_owned(), 2, ["peeks", "himmelblau"]),
        (
            "--function peaks --samples 0".to_owned(),
            1,
            ["--samples", "at least one row"],
        ),
        (
            "--function peaks --dataset digits".to_owned(),
            2,
            ["--function", "--dataset"],
        ),
        (
            "--function peaks --regulariser bw".to_owned(),
            1,
            ["--regulariser", "bound-width"],
        ),
        (
            "--function peaks --regulariser stable".to_owned(),
            1,
            ["\"stable\" has no strength", "stable:1e-3"],
        ),
        (
            "--dataset digits --regulariser lp-gap:1".to_owned(),
            1,
            ["lp-gap needs a network with one target", "10"],
        ),
        (String::new(), 2, ["--dataset", "--function"]),
    ] {
        scratch.refused(status, &format!("train {line} -o m"), &named);
    }
}

#[test]
fn classifiers_are_trained_with_regularisers() {
    let scratch = Scratch::new();
    let train = "train --dataset digits --side 8 --hidden 12x2 --epochs 2 --regulariser";
    let widths = |name: &str| {
        let network = scratch.network(name);
        let region = pipeline::instance::Region::unit_box(64);
        let bounds = pipeline::bounds::interval(&network, &region).expect("bounds");
        let hidden = bounds.layers()[..2].iter().flatten();
        hidden
            .map(|bound| bound.upper() - bound.lower())
            .sum::<f64>()
    };
    scratch.succeed(&format!("{train} none -o plain"));
    scratch.succeed(&format!("{train} bound-width:1e-1 -o narrow"));
    assert!(widths("narrow") < 0.5 * widths("plain"));
    let text = String::from_utf8_lossy(&scratch.read("narrow")).into_owned();
    assert!(text.contains("bound-width:0.1"), "the header says so");
}

#[test]
fn the_study_of_regularisers_runs_from_training_to_report() {
    let scratch = Scratch::new();
    let counted = scratch.succeed("reproduce relaxation --preset paper --dry-run");
    assert!(
        counted.stdout.starts_with("3420 dense models"),
        "{}",
        counted.stdout
    );
    let run = "reproduce relaxation --preset smoke --results r";
    let record = scratch.json(&format!("{run} --workers 1"));
    assert_eq!(record["runs_done"], 9, "{record}");
    let again = scratch.json(&format!("{run} --workers 1"));
    assert_eq!(again["runs_done_now"], 0, "{again}");
    let table = scratch.text("r/report/regularisers-peaks-2-networks.csv");
    let lines: Vec<&str> = table.lines().collect();
    assert_eq!(lines.len(), 4, "{table}");
    assert!(lines[1].starts_with("none,1,"), "{table}");
    let cells: Vec<Vec<&str>> = lines.iter().map(|line| line.split(',').collect()).collect();
    let gap = cells[0]
        .iter()
        .position(|name| *name == "LP gap")
        .expect("a column");
    for row in &cells[1..] {
        let gap: f64 = row[gap].parse().expect("a gap");
        assert!(gap >= 0.0, "{table}");
    }
    let report = scratch.text("r/report/REPRODUCTION.md");
    assert!(report.contains("Several runs prove the minimum of 3 networks"));
}
