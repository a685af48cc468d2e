//! One sentence on how close our shares are to the published ones.

use crate::numbers::count;

/// Difference in percentage points that counts as near.
const NEAR: f64 = 10.0;
/// Maximum number of rows that a sentence names individually.
const NAMED: usize = 4;

/// The sentence on the differences of the named rows; `None` if there are none.
pub fn sentence(rows: &[(String, Vec<f64>)]) -> Option<String> {
    let rows: Vec<_> = rows
        .iter()
        .filter(|(_, differences)| !differences.is_empty())
        .collect();
    let near = |differences: &[f64]| {
        let near = differences
            .iter()
            .filter(|difference| difference.abs() <= NEAR);
        near.count()
    };
    if rows.is_empty() {
        return None;
    }
    let found = if rows.len() <= NAMED {
        let each = rows.iter().map(|(name, differences)| {
            let rates = count(differences.len(), "rate");
            format!("at {} of {rates} (row {name})", near(differences))
        });
        each.collect::<Vec<_>>().join(", ")
    } else {
        let all: Vec<f64> = rows
            .iter()
            .flat_map(|(_, differences)| differences)
            .copied()
            .collect();
        format!("in {} of {}", near(&all), count(all.len(), "cell"))
    };
    Some(format!(
        "Ours is within {NEAR} points of the published share {found}."
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_rows_are_named_and_many_are_summarised() {
        let row = |name: &str| (name.to_owned(), vec![-10.0, 10.5]);
        assert_eq!(sentence(&[(String::from("F"), Vec::new())]), None);
        assert_eq!(
            sentence(&[row("NF")]).unwrap(),
            "Ours is within 10 points of the published share at 1 of 2 rates (row NF)."
        );
        let many: Vec<_> = (0..7).map(|_| row("NF")).collect();
        assert!(sentence(&many).unwrap().ends_with("in 7 of 14 cells."));
    }
}
