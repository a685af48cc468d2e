//! `pipeline embed`: networks in problems of the user's own, from files to files.

use std::ops::ControlFlow;

use pipeline::formats::{ModelFile, read_problem, write_model};
use pipeline::milp::Problem;
use pipeline::network::{Layer, Network, random};
use pipeline::solver::{self, Event};

use crate::program::{Scratch, number};

/// `max y - x1` where `y = max(0, x1 - x2)`, `x1 + x2 <= 1` and `y >= 0.25`: 1 at x2 = -1.
const PLANT: &str = "\\ a plant
Maximize
 profit: y - x1 + 3
Subject To
 sum: x1 + x2 <= 1
Bounds
 x1 <= 1
 -1 <= x2 <= 1
 0.25 <= y <= 100
End
";

const LINK: &str = r#"
[[network]]
file = "gain.safetensors"
[[network.copy]]
inputs = ["x1", "x2"]
outputs = ["y"]
"#;

fn save(scratch: &Scratch, name: &str, network: Network) {
    let model = ModelFile {
        network,
        metadata: None,
    };
    write_model(&scratch.path(name), &model).expect("a written model");
}

fn plant() -> Scratch {
    let scratch = Scratch::new();
    let gain = Network::new(vec![
        Layer::new(2, vec![1.0, -1.0], vec![0.0]),
        Layer::new(1, vec![1.0], vec![0.0]),
    ]);
    save(&scratch, "gain.safetensors", gain.expect("a network"));
    scratch.write("plant.lp", PLANT);
    scratch.write("link.toml", LINK);
    scratch
}

/// The optimum of a MILP by HiGHS.
fn optimum(problem: &Problem) -> f64 {
    let mut best = f64::NAN;
    solver::solve(problem, &solver::Settings::default(), &mut |event| {
        if let Event::Solution(solution) = event {
            best = solution.objective;
        }
        ControlFlow::Continue(())
    })
    .expect("a solved problem");
    best
}

#[test]
fn a_plant_is_solved_and_written() {
    let scratch = plant();
    for strategy in ["exact", "portfolio"] {
        for bounds in ["interval", "linear", "alpha", "tightening"] {
            let record = scratch.json(&format!(
                "embed plant.lp --link link.toml --solve --strategy {strategy} --bounds {bounds} --save-solution best.sol"
            ));
            assert_eq!(record["status"], "optimal");
            assert!((number(&record, "objective") - 4.0).abs() < 1e-6);
            assert!((number(&record, "dual_bound") - 4.0).abs() < 1e-5);
            assert!(number(&record, "largest_violation") <= 1e-6);
            assert!((number(&record["solution"], "x2") + 1.0).abs() < 1e-6);
            let copy = &record["networks"][0];
            assert_eq!(
                (&copy["network"], &copy["copy"]),
                (&"gain".into(), &1.into())
            );
            let y = copy["outputs"][0].as_f64().expect("an output");
            assert!((y - number(&record["solution"], "y")).abs() < 1e-9);
        }
    }
    let solution = scratch.text("best.sol");
    assert!(solution.starts_with("# Objective value = "), "{solution}");
    assert_eq!(solution.lines().count(), 4);
    scratch.json("embed plant.lp --link link.toml --solve --save-solution best.json");
    assert!((number(&scratch.json_file("best.json"), "objective") - 4.0).abs() < 1e-6);
    for name in ["full.lp", "full.mps"] {
        let said = scratch.succeed(&format!("embed plant.lp --link link.toml -o {name}"));
        assert!(said.stdout.starts_with(name), "{}", said.stdout);
        let full = read_problem(&scratch.path(name)).expect("a problem");
        assert!((optimum(&full) - 4.0).abs() < 1e-6, "{name}");
        assert!(
            full.columns
                .iter()
                .any(|column| column.name == "gain1_z1_0")
        );
    }
    // An MPS file in the place of the LP file is the same problem.
    scratch.succeed("embed plant.lp --link link.toml -o full.mps");
    scratch.write("empty.toml", "network = []\n");
    let again = scratch.json("embed full.mps --link empty.toml --solve --strategy exact");
    assert!((number(&again, "objective") - 4.0).abs() < 1e-6);
}

/// A surrogate's solutions count with the dense network alone.
#[test]
fn solutions_of_surrogates_are_repaired_on_the_dense_network() {
    let scratch = Scratch::new();
    let mut feasible = 0;
    for seed in 0..6 {
        let network = random(4, &[12, 10], seed).expect("a network");
        save(&scratch, "dense.safetensors", network.clone());
        scratch.write(
            "p.lp",
            "min\n y + 0.1 a\nst\n r: a + b + c + d >= 1.5\n s: y - 0.2 a >= 0.02\nBounds\n a <= 1\n b <= 1\n c <= 1\n d <= 1\n y free\nGeneral\n d\nEnd\n",
        );
        scratch.write(
            "l.toml",
            "[[network]]\nfile = \"dense.safetensors\"\n[[network.copy]]\ninputs = [\"a\", \"b\", \"c\", \"d\"]\noutputs = [\"y\"]\n",
        );
        let exact = scratch.json("embed p.lp --link l.toml --solve --strategy exact");
        let is_feasible = exact["status"] == "optimal";
        feasible += usize::from(is_feasible);
        for how in ["surrogate --rate 0.3", "surrogate --rate 0.8", "portfolio"] {
            let found = scratch.json(&format!(
                "embed p.lp --link l.toml --solve --strategy {how}"
            ));
            let Some(objective) = found["objective"].as_f64() else {
                assert!(how != "portfolio" || !is_feasible, "seed {seed}");
                continue;
            };
            assert!(is_feasible, "seed {seed}");
            let optimum = number(&exact, "objective");
            assert!(
                objective >= optimum - 1e-6 * optimum.abs().max(1.0),
                "seed {seed} {how}"
            );
            let value = |name: &str| number(&found["solution"], name);
            let x = ["a", "b", "c", "d"].map(value);
            let y = network.forward(&x)[0];
            assert!((y - value("y")).abs() < 1e-9);
            assert!(x.iter().sum::<f64>() >= 1.5 - 2e-6 && y - 0.2 * x[0] >= 0.02 - 2e-6);
            assert_eq!(x[3].fract(), 0.0);
        }
    }
    assert!(feasible > 1);
}

#[test]
fn infeasible_is_proved_and_unknown_is_said() {
    let scratch = plant();
    scratch.write("plant.lp", PLANT.replace("0.25 <= y", "2.5 <= y"));
    for strategy in ["exact", "portfolio"] {
        let record = scratch.json(&format!(
            "embed plant.lp --link link.toml --solve --strategy {strategy}"
        ));
        assert_eq!(record["status"], "infeasible");
        assert!(record["solution"].is_null());
    }
    let line = "embed plant.lp --link link.toml --solve --strategy surrogate --save-solution s.sol";
    let said = scratch.succeed(line).stdout;
    assert!(
        said.contains("status     unknown") && said.contains("s.sol was not written"),
        "{said}"
    );
    assert!(!scratch.path("s.sol").exists());
    scratch.refused(
        1,
        "embed plant.lp --link link.toml -o full.lp",
        &["plant.lp", "no point can satisfy the rows"],
    );
}

#[test]
fn faults_are_named() {
    let scratch = plant();
    let line = "embed plant.lp --link link.toml --solve";
    scratch.refused(
        1,
        "embed plant.lp --link link.toml",
        &["--output FILE, --solve"],
    );
    scratch.refused(
        1,
        "embed plant.txt --link link.toml --solve",
        &["plant.txt", ".mps or .lp"],
    );
    scratch.refused(1, "embed none.lp --link link.toml --solve", &["none.lp"]);
    scratch.refused(1, "embed plant.lp --link none.toml --solve", &["none.toml"]);
    scratch.refused(1, &format!("{line} --rate 1.5"), &["--rate is 1.5"]);
    scratch.refused(
        1,
        "embed plant.lp --link link.toml -o full.txt",
        &["full.txt", ".lp or .mps"],
    );
    scratch.refused(
        1,
        "embed plant.lp --link link.toml -o plant.lp",
        &["would replace the problem"],
    );
    for (from, to, named) in [
        (
            "\"x1\"",
            "\"x11\"",
            &[
                "link.toml",
                "network 1, copy 1",
                "no column \"x11\"",
                "similar: x1",
            ][..],
        ),
        ("\"x1\", \"x2\"", "\"x1\"", &["it has 1 inputs, expected 2"]),
        (
            "gain.safe",
            "pain.safe",
            &["link.toml: network 1", "pain.safetensors"],
        ),
        (
            "[[network.copy]]",
            "[[network.copies]]",
            &["link.toml", "unknown field `copies`"],
        ),
        (
            "[[network.copy]]",
            "bounds = \"best\"\n[[network.copy]]",
            &["unknown kind of bounds \"best\""],
        ),
        (
            "[[network.copy]]",
            "[network.scaling]\ninput_factor = [1.0]\n[[network.copy]]",
            &["scaling.input_factor has 1 numbers, expected 2"],
        ),
        (
            "[[network.copy]]",
            "[network.scaling]\noutput_factor = [0]\n[[network.copy]]",
            &["the factor of output 0 is 0"],
        ),
    ] {
        scratch.write("link.toml", LINK.replace(from, to));
        scratch.refused(1, line, named);
    }
    scratch.write("link.toml", LINK);
    for (from, to, named) in [
        (
            " x1 + x2 <= 1\nBounds\n x1 <= 1\n",
            " x2 <= 1\nBounds\n",
            &["column \"x1\"", "network \"gain\"", "unbounded (above)"][..],
        ),
        (
            "End",
            "SOS\nEnd",
            &["plant.lp, line 10", "section \"SOS\" is not supported"],
        ),
        (
            "x1 + x2 <=",
            "x1 + x2 + x1 <=",
            &["plant.lp, line 5", "column \"x1\" has two coefficients"],
        ),
        (
            "0.25 <= y <= 100",
            "0.25 <= y <= 0.1",
            &["plant.lp", "lower bound 0.25 is above"],
        ),
    ] {
        scratch.write("plant.lp", PLANT.replace(from, to));
        scratch.refused(1, line, named);
    }
}
