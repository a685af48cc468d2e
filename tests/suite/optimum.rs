//! Optima of linear functions of inputs and outputs over boxes, requested on the command line.

use crate::program::{Scratch, number};
use crate::support::model_file;

/// `y0 = relu(x0 - x1)`, `y1 = relu(x0 + x1 - 1) - 1`.
fn two_outputs() -> Scratch {
    let scratch = Scratch::new();
    let file = model_file(&vec![
        ("layers.0.weight", vec![2, 2], vec![1.0, -1.0, 1.0, 1.0]),
        ("layers.0.bias", vec![2], vec![0.0, -1.0]),
        ("layers.1.weight", vec![2, 2], vec![1.0, 0.0, 0.0, 1.0]),
        ("layers.1.bias", vec![2], vec![0.0, -1.0]),
    ]);
    scratch.write("net", file);
    scratch
}

#[test]
fn functions_are_optimised_over_boxes() {
    let scratch = two_outputs();
    scratch.write("upper", "2, 0.5\n");
    for (line, expected) in [
        ("maximize --objective y0", 1.0),
        ("minimize --objective=-2*y0+0.5", -1.5),
        // At (1, 1).
        ("maximize --objective y1+0.25*x1", 0.25),
        ("minimize --objective y1", -1.0),
        ("minimize --objective y0+y1-3*x0 --lower -1 --upper 1", -3.0),
        ("maximize --objective y0-y1 --lower -1 --upper upper", 4.0),
        ("maximize --objective x0", 1.0),
        ("minimize --objective x0-x1 --lower -2 --upper 3", -5.0),
    ] {
        for strategy in ["portfolio", "prove", "exact"] {
            let record = scratch.json(&format!(
                "solve {line} --network net --strategy {strategy} --save-input x.json --force"
            ));
            let (value, bound) = (
                number(&record, "dense_objective"),
                number(&record, "dual_bound"),
            );
            assert_eq!(record["status"], "optimal", "{line} {strategy}: {record}");
            assert!(
                (value - expected).abs() < 1e-5,
                "{line} {strategy}: {value}"
            );
            assert!(
                (bound - expected).abs() < 1e-5,
                "{line} {strategy}: {bound}"
            );
            let is_above = bound >= value;
            assert!(
                is_above == line.starts_with("maximize") || bound == value,
                "{line}: {bound}"
            );
            let checked = scratch.json("check x.json --network net");
            assert_eq!(checked["holds"], true, "{line} {strategy}: {checked}");
        }
    }
}

#[test]
fn questions_that_cannot_be_asked_are_refused() {
    let scratch = two_outputs();
    scratch.write("one", "1\n");
    scratch.write("words", "1 two");
    for (line, status, named) in [
        ("", 1, ["2 outputs", "one to maximise"]),
        ("--objective y2", 1, ["output 2 is asked for", "has 2"]),
        ("--objective x5", 1, ["input 5 is asked for", "has 2"]),
        ("--objective y0*y1", 2, ["y0*y1", "expected terms such as"]),
        ("--objective y0 --lower 2", 1, ["input 0", "lower <= upper"]),
        (
            "--objective y0 --upper nowhere",
            1,
            ["cannot read nowhere", ""],
        ),
        (
            "--objective y0 --upper one",
            1,
            ["one has 1 numbers", "expected 2"],
        ),
        ("--objective y0 --upper words", 1, ["position 1", "two"]),
        ("--objective y0 --upper nan", 1, ["input 0", "NaN"]),
    ] {
        for sense in ["maximize", "minimize"] {
            scratch.refused(
                status,
                &format!("solve {sense} --network net {line}"),
                &named,
            );
        }
    }
}

#[test]
fn a_minimization_is_exported_as_one() {
    let scratch = two_outputs();
    let line = "export-problem minimize --network net --objective y0-2*x1 --format lp -o -";
    let text = scratch.succeed(line).stdout;
    assert!(text.to_lowercase().contains("minimize"), "{text}");
}

#[test]
fn rows_are_asked_on_the_command_line() {
    let scratch = two_outputs();
    for (command, rows, expected) in [
        ("maximize", "--objective y0 --subject-to x0<=0.75", 0.75),
        (
            "maximize",
            "--objective y0 --subject-to x0+x1=1 --subject-to x0<=0.75",
            0.5,
        ),
        ("maximize", "--objective y1 --subject-to y0>=0.5", -0.5),
        ("minimize", "--objective x0 --subject-to y0>=0.25", 0.25),
    ] {
        for strategy in ["portfolio", "exact"] {
            let record = scratch.json(&format!(
                "solve {command} {rows} --network net --strategy {strategy} --save-input x.json --force"
            ));
            // The MILP solver's tolerances may leave a gap.
            let is_optimal = record["status"] == "optimal";
            assert!(is_optimal || strategy == "exact", "{rows}: {record}");
            let value = number(&record, "dense_objective");
            let bound = number(&record, "dual_bound");
            assert!(
                (bound - expected).abs() < 0.03,
                "{rows} {strategy}: {bound}"
            );
            assert!(
                (value - expected).abs() < 1e-5,
                "{rows} {strategy}: {value}"
            );
            let checked = scratch.json("check x.json --network net");
            assert_eq!(checked["holds"], true, "{rows} {strategy}: {checked}");
        }
    }
    let none = scratch.json("solve maximize --objective y0 --subject-to y0>=2 --network net");
    assert_eq!(none["status"], "none_exists", "{none}");
}
