use super::*;
use crate::formats::problem::lp::{tests::every_kind, write_lp};
use crate::milp::Kind;

#[test]
fn what_is_written_is_read_back() {
    let problem = every_kind();
    let mut text = Vec::new();
    write_lp(&mut text, &problem).unwrap();
    let read = parse_lp(&String::from_utf8(text).unwrap()).unwrap();
    // The constant of the objective is a column fixed at one.
    assert_eq!(read.columns.len(), problem.columns.len() + 1);
    assert_eq!(read.columns[..problem.columns.len()], problem.columns);
    assert_eq!(read.sense, problem.sense);
    let names: Vec<_> = read.rows.iter().map(|row| row.name.as_str()).collect();
    assert_eq!(
        names,
        [
            "at_least",
            "at_most",
            "equal",
            "between_lower",
            "between_upper",
            "empty"
        ]
    );
}

#[test]
fn every_form_of_a_row_and_a_bound() {
    let text = "\
\\ a comment
Max
 obj: 3 x1 + 2.5e1 y - - z#2 + 7 \\ another
s.t.
 c1: -5 <= x1 + y <= 5
 x1 + 2 z#2
   >= - 3
 7 >= y
 c2: -inf <= x1 <= 1e30
Bounds
 -1 <= x1 <= 4
 y <= 3.5
 z#2 free
 w = 2
 -infinity <= v
General
 y w
Bin
 b
End
";
    let problem = parse_lp(text).unwrap();
    assert_eq!((problem.sense, problem.offset), (Sense::Maximize, 7.0));
    let column = |name: &str| {
        problem
            .columns
            .iter()
            .find(|column| column.name == name)
            .unwrap()
    };
    let costs = ["x1", "y", "z#2"].map(|name| column(name).cost);
    assert_eq!(costs, [3.0, 25.0, 1.0]);
    let rows: Vec<_> = problem
        .rows
        .iter()
        .map(|row| (row.name.as_str(), row.lower, row.upper))
        .collect();
    let infinite = f64::INFINITY;
    assert_eq!(
        rows,
        [
            ("c1", -5.0, 5.0),
            ("R2", -3.0, infinite),
            ("R3", -infinite, 7.0),
            ("c2", -infinite, infinite),
        ]
    );
    assert_eq!(problem.rows[1].terms, [(Column(0), 1.0), (Column(2), 2.0)]);
    let bounds = |name| (column(name).lower, column(name).upper, column(name).kind);
    assert_eq!(bounds("x1"), (-1.0, 4.0, Kind::Continuous));
    assert_eq!(bounds("y"), (0.0, 3.5, Kind::Integer));
    assert_eq!(bounds("z#2"), (-infinite, infinite, Kind::Continuous));
    assert_eq!(bounds("w"), (2.0, 2.0, Kind::Integer));
    assert_eq!(bounds("v"), (-infinite, infinite, Kind::Continuous));
    assert_eq!(bounds("b"), (0.0, 1.0, Kind::Integer));
}

#[test]
fn what_readers_differ_in_is_refused() {
    let text = |rows: &str, rest: &str| format!("min\n x + y\nst\n{rows}\n{rest}\nEnd\n");
    for (rows, rest, line, message) in [
        (
            "c: x + 2 x <= 1",
            "",
            4,
            "column \"x\" has two coefficients in row \"c\", the first in line 4",
        ),
        (
            "c: x >= 1\nc: y >= 1",
            "",
            5,
            "row \"c\" was defined before, in line 4",
        ),
        (
            "c: x + 1 >= 1",
            "",
            4,
            "row \"c\" has a constant among the terms",
        ),
        (
            "c: x >= y",
            "",
            4,
            "found \"y\", expected a number on the right side",
        ),
        (
            "c: x >= 2 y",
            "",
            4,
            "found \"y\", expected the end of row \"c\"",
        ),
        ("c: 1 <= x >= 0", "", 4, "row \"c\" has two relations"),
        (
            "c: 2x >= 1",
            "",
            4,
            "found \"2\", expected a number, with a blank after it",
        ),
        (
            "c: 2 3 x >= 1",
            "",
            4,
            "found \"3\", expected a column in row \"c\"",
        ),
        (
            "c: x >= 1",
            "Bounds\n x <= 5\nBinary\n x",
            6,
            "binary column \"x\" has the upper bound 5",
        ),
        (
            "c: x * y >= 1",
            "",
            4,
            "found \"*\", expected linear terms only",
        ),
        (
            "c: [ x ^ 2 ] >= 1",
            "",
            4,
            "found \"[\", expected linear terms only",
        ),
        (
            "c: x = 1 -> y >= 1",
            "",
            4,
            "found \"-\", expected the end of row \"c\"",
        ),
        ("c: x >< 1", "", 4, "found \">\""),
        (
            "c: x + 1e999 y >= 1",
            "",
            4,
            "found \"1e999\", expected a number or a column",
        ),
        ("c: x y >= 1", "", 4, "found \"y\", expected a relation"),
        ("c: >= 1", "", 4, "row \"c\" has no column"),
        ("c: x", "", 6, "found \"End\", expected a relation"),
        (
            "c: x >= 1",
            "Bounds\n x <= 1\n x <= 2",
            7,
            "the upper bound of column \"x\" was given before, in line 6",
        ),
        (
            "c: x >= 1",
            "Bounds\n x <= -1",
            6,
            "a negative upper bound and no lower one",
        ),
        (
            "c: x >= 1",
            "Bounds\n x <= one",
            6,
            "found \"one\", expected a number",
        ),
        (
            "c: x >= 1",
            "Semi-continuous\n x",
            5,
            "section \"Semi\" is not supported",
        ),
        (
            "c: x >= 1",
            "SOS2\n x",
            5,
            "section \"SOS2\" is not supported",
        ),
        (
            "c: x >= 1",
            "General Constraints\n x",
            5,
            "section \"General\" is not supported",
        ),
        (
            "c: x >= 1",
            "General\n 3",
            6,
            "found \"3\", expected the name of a column",
        ),
        (
            "c: x >= 1",
            "End\n x",
            6,
            "found \"x\", expected nothing after End",
        ),
    ] {
        let fault = parse_lp(&text(rows, rest)).unwrap_err();
        assert!(
            fault.message.contains(message),
            "{rows} {rest}: {}",
            fault.message
        );
        assert_eq!(fault.line, line, "{rows} {rest}: {}", fault.message);
    }
    for text in [
        "",
        "x",
        "min",
        "min\n x",
        "min\n x\nst\n",
        "min\n x\nst\n x >= 1",
    ] {
        assert!(parse_lp(text).is_err(), "{text}");
    }
}
