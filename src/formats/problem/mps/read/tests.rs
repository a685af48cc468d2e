use super::*;
use crate::formats::problem::lp::tests::every_kind;
use crate::formats::problem::mps::write_mps;

fn small(sections: &str) -> String {
    format!(
        "NAME small\nROWS\n N cost\n L r\n G s\nCOLUMNS\n x cost 1 r 2\n x s 1\n y r 1\n{sections}ENDATA\n"
    )
}

#[test]
fn what_is_written_is_read_back() {
    let problem = every_kind();
    let mut text = Vec::new();
    write_mps(&mut text, &problem).unwrap();
    let read = parse_mps(&String::from_utf8(text).unwrap()).unwrap();
    assert_eq!(read.columns, problem.columns);
    assert_eq!((read.sense, read.offset), (problem.sense, problem.offset));
    // Neither rows without sides nor coefficients of zero are written.
    let written = problem
        .rows
        .into_iter()
        .filter(|row| row.lower.is_finite() || row.upper.is_finite());
    for (mut row, read) in written.zip(&read.rows) {
        row.terms.retain(|(_, c)| *c != 0.0);
        row.terms.sort_by_key(|(column, _)| *column);
        assert_eq!(&row, read);
    }
}

#[test]
fn sides_ranges_and_bounds() {
    let text = small(
        "RHS\n RHS r 4 s 1\n cost -7\nRANGES\n RNG r 3\n RNG s 2\nBOUNDS\n MI B x\n UP B x -2\n FX B y 0.5\n",
    );
    let problem = parse_mps(&text.replace(" cost -7", " RHS cost -7")).unwrap();
    assert_eq!(problem.offset, 7.0);
    let sides: Vec<_> = problem
        .rows
        .iter()
        .map(|row| (row.lower, row.upper))
        .collect();
    assert_eq!(sides, [(1.0, 4.0), (1.0, 3.0)]);
    let bounds: Vec<_> = problem.columns.iter().map(|c| (c.lower, c.upper)).collect();
    assert_eq!(bounds, [(f64::NEG_INFINITY, -2.0), (0.5, 0.5)]);
}

#[test]
fn names_with_blanks_are_read_from_fixed_columns() {
    let text = "\
NAME          blanks
ROWS
 N  total co
 L  row one
COLUMNS
    MARKER                 'MARKER'                 'INTORG'
    x 1       total co            1.   row one             2.
    MARKER                 'MARKER'                 'INTEND'
    x 2       row one            -1.
RHS
    RHS       row one            10.
BOUNDS
 UP BND       x 1                 4.
 FR BND       x 2
ENDATA
";
    let problem = parse_mps(text).unwrap();
    let names: Vec<_> = problem
        .columns
        .iter()
        .map(|column| column.name.as_str())
        .collect();
    assert_eq!(names, ["x 1", "x 2"]);
    assert_eq!((problem.integers(), problem.rows[0].upper), (1, 10.0));
    assert_eq!(problem.rows[0].terms, [(Column(0), 2.0), (Column(1), -1.0)]);
    assert_eq!(
        (problem.columns[0].lower, problem.columns[0].upper),
        (0.0, 4.0)
    );
}

#[test]
fn integers_without_bounds_are_binary() {
    let text = "ROWS\n N c\n L r\nCOLUMNS\n M 'MARKER' 'INTORG'\n a r 1\n b r 1\n M 'MARKER' 'INTEND'\nBOUNDS\n LO B b 0\nENDATA";
    let problem = parse_mps(text).unwrap();
    let uppers: Vec<_> = problem.columns.iter().map(|column| column.upper).collect();
    assert_eq!(uppers, [1.0, f64::INFINITY]);
}

#[test]
fn what_readers_differ_in_is_refused() {
    for (sections, line, message) in [
        (
            "QUADOBJ\n x x 1\n",
            10,
            "section \"QUADOBJ\" is not supported",
        ),
        (
            "RHS\n R r 1\n R r 2\n",
            12,
            "the right-hand side of row \"r\" was given before, in line 11",
        ),
        (
            "RHS\n R r 1\n S s 2\n",
            12,
            "found a second set \"S\", expected only \"R\"",
        ),
        ("RHS\n R q 1\n", 11, "there is no row \"q\""),
        ("BOUNDS\n UP B z 1\n", 11, "there is no column \"z\""),
        (
            "BOUNDS\n UP B x 1\n UP B x 2\n",
            12,
            "the upper bound of column \"x\" was given before, in line 11",
        ),
        (
            "BOUNDS\n UP B x -1\n",
            11,
            "a negative upper bound and no lower one",
        ),
        (
            "BOUNDS\n SC B x 1\n",
            11,
            "found \"SC\", expected the kind of a bound",
        ),
        (
            "BOUNDS\n UP B x one\n",
            11,
            "found \"one\", expected a number",
        ),
        (
            "BOUNDS\n UP B x nan\n",
            11,
            "found \"nan\", expected a number",
        ),
        (
            "RHS\n R r -inf\n",
            11,
            "row \"r\" of kind L has the right-hand side -inf",
        ),
        (
            "RANGES\n R cost 1\n",
            11,
            "the objective \"cost\" has a range, expected none",
        ),
        (
            "RHS\nRHS\n",
            11,
            "section RHS occurs twice, first in line 10",
        ),
        (
            " x r 1\n",
            10,
            "column \"x\" occurs again after other columns",
        ),
        (
            " y r 1\n",
            10,
            "column \"y\" has two coefficients in row \"r\"",
        ),
        (" z q 1\n", 10, "there is no row \"q\""),
        (" z r\n", 10, "expected a column, a row and a number"),
        (
            " M 'MARKER' 'INTEND'\n",
            10,
            "marker 'INTEND' without its counterpart",
        ),
    ] {
        let fault = parse_mps(&small(sections)).unwrap_err();
        assert_eq!(fault.line, line, "{sections}: {}", fault.message);
        assert!(
            fault.message.contains(message),
            "{sections}: {}",
            fault.message
        );
    }
    let rows = "ROWS\n N c\n L r\n G r\nCOLUMNS\nENDATA";
    assert!(
        parse_mps(rows)
            .unwrap_err()
            .message
            .contains("row \"r\" was defined before, in line 3")
    );
    for text in [
        "",
        "ROWS\n L r\nCOLUMNS\nENDATA",
        "x",
        " x",
        "ROWS\n N c\nENDATA",
        "ROWS\n N c\nCOLUMNS\n",
    ] {
        assert!(parse_mps(text).is_err(), "{text}");
    }
}
