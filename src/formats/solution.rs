//! Solutions as text: a comment with the objective, then a line for each column with its name and value, as Gurobi
//! writes and reads them.

use std::fmt::Write;

use crate::milp::Problem;
use crate::numbers::Shortest;

/// The text of the point `columns` of `problem`, with every value in full f64 precision.
///
/// # Panics
/// When there is not one value for each column.
pub fn solution_text(problem: &Problem, columns: &[f64], objective: f64) -> String {
    assert_eq!(
        columns.len(),
        problem.columns.len(),
        "a value for each column"
    );
    let mut text = format!("# Objective value = {}\n", Shortest(objective));
    for (column, value) in problem.columns.iter().zip(columns) {
        writeln!(text, "{} {}", column.name, Shortest(*value)).expect("memory can be written");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::milp::Sense;

    #[test]
    fn a_line_for_each_column() {
        let mut problem = Problem::new(Sense::Minimize);
        problem.add_continuous(String::from("x"), 0.0, 1.0);
        problem.add_binary(String::from("b"));
        let text = solution_text(&problem, &[0.1, 1.0], -1e-7);
        assert_eq!(text, "# Objective value = -1e-7\nx 0.1\nb 1\n");
    }
}
