//! Reading MPS.
//!
//! The text is read as free format, where blanks separate the fields. Where that fails it is read as fixed format, where
//! fields have columns of their own and names may contain blanks. Where readers of MPS differ, and could solve another
//! problem, it is refused: an entry that occurs twice, a second right-hand side, a negative upper bound without a
//! lower one, and every section but those of linear problems.

use std::collections::HashMap;

use super::super::draft::{Draft, Fault, Side, bound, finite};
use super::fields::{Entry, Form, SECTIONS, Section, fields};
use crate::milp::{Column, Kind, Problem, RowData, Sense};

/// The problem in `text`.
pub(in crate::formats::problem) fn parse_mps(text: &str) -> Result<Problem, Fault> {
    let free = Reader::read(text, Form::Free);
    match free {
        Ok(problem) => Ok(problem),
        // The message is that of the usual form.
        Err(fault) => Reader::read(text, Form::Fixed).map_err(|_| fault),
    }
}

struct Reader {
    form: Form,
    draft: Draft,
    /// The row of the objective.
    objective: Option<String>,
    /// Rows without sides, which the file may give values.
    free_rows: Vec<String>,
    relations: Vec<char>,
    /// The line of the first entry of each section.
    sections: HashMap<Section, usize>,
    /// The name of the only right-hand side, and of the only set of ranges and of bounds.
    sets: HashMap<Section, String>,
    /// Lines that gave a row its side or range.
    given: HashMap<(Section, String), usize>,
    /// The column of the last entry, and whether the objective had a coefficient in it.
    last: Option<(Column, bool)>,
    is_integer: bool,
}

impl Reader {
    fn read(text: &str, form: Form) -> Result<Problem, Fault> {
        let mut reader = Self {
            form,
            draft: Draft::new(),
            objective: None,
            free_rows: Vec::new(),
            relations: Vec::new(),
            sections: HashMap::new(),
            sets: HashMap::new(),
            given: HashMap::new(),
            last: None,
            is_integer: false,
        };
        let mut section = None;
        let mut lines = 0;
        let text = text.trim_start_matches('\u{feff}');
        for (line, text) in (1..).zip(text.lines()) {
            lines = line;
            if text.starts_with('*') || text.trim().is_empty() {
                continue;
            }
            if !text.starts_with([' ', '\t']) {
                if text.split_whitespace().next() == Some("ENDATA") {
                    return reader.finished(line);
                }
                section = reader.opened(line, text)?;
                continue;
            }
            let Some(section) = section else {
                return Err(Fault::unexpected(
                    line,
                    text.trim(),
                    "a section such as ROWS",
                ));
            };
            reader.entry(section, line, text)?;
        }
        Err(Fault::new(
            lines.max(1),
            "found the end of the file, expected ENDATA",
        ))
    }

    /// The section that a line opens; `None` where no data may follow.
    fn opened(&mut self, line: usize, text: &str) -> Result<Option<Section>, Fault> {
        let mut words = text.split_whitespace();
        let word = words.next().unwrap_or_default();
        let known = SECTIONS.iter().find(|(name, _)| *name == word);
        let Some(&(_, section)) = known else {
            return Err(Fault::new(
                line,
                format!(
                    "section \"{word}\" is not supported, expected NAME, OBJSENSE, ROWS, COLUMNS, RHS, RANGES, BOUNDS or ENDATA"
                ),
            ));
        };
        if let Some(first) = self.sections.insert(section, line) {
            return Err(Fault::new(
                line,
                format!("section {word} occurs twice, first in line {first}"),
            ));
        }
        match section {
            Section::Name => return Ok(None),
            Section::Sense => {
                if let Some(sense) = words.next() {
                    self.set_sense(line, sense)?;
                    return Ok(None);
                }
            }
            Section::Columns | Section::Sides | Section::Ranges | Section::Bounds => {
                let before = match section {
                    Section::Columns => (Section::Rows, "ROWS"),
                    _ => (Section::Columns, "COLUMNS"),
                };
                if !self.sections.contains_key(&before.0) {
                    return Err(Fault::unexpected(
                        line,
                        word,
                        &format!("the section {} before it", before.1),
                    ));
                }
                if self.is_integer && section != Section::Columns {
                    return Err(Fault::unexpected(
                        line,
                        word,
                        "the marker 'INTEND' before it",
                    ));
                }
            }
            Section::Rows => {}
        }
        match words.next() {
            Some(word) => Err(Fault::unexpected(line, word, "the end of the line")),
            None => Ok(Some(section)),
        }
    }

    fn entry(&mut self, section: Section, line: usize, text: &str) -> Result<(), Fault> {
        match section {
            Section::Name => Err(Fault::unexpected(
                line,
                text.trim(),
                "a section such as ROWS",
            )),
            Section::Sense => self.set_sense(line, text.trim()),
            Section::Rows => self.row(line, text),
            Section::Columns => {
                let entry = fields(self.form, section, line, text)?;
                if entry
                    .pairs
                    .first()
                    .is_some_and(|(word, _)| *word == "'MARKER'")
                {
                    return self.marker(&entry);
                }
                self.coefficients(&entry)
            }
            Section::Sides | Section::Ranges => {
                let entry = fields(self.form, section, line, text)?;
                self.check_set(section, &entry)?;
                let mut pairs = entry.pairs.iter();
                pairs.try_for_each(|(row, number)| self.side(section, line, row, number))
            }
            Section::Bounds => {
                let entry = fields(self.form, section, line, text)?;
                self.check_set(section, &entry)?;
                self.bounds(&entry)
            }
        }
    }

    fn set_sense(&mut self, line: usize, word: &str) -> Result<(), Fault> {
        self.draft.problem.sense = match word.to_ascii_uppercase().as_str() {
            "MAX" | "MAXIMIZE" | "MAXIMISE" => Sense::Maximize,
            "MIN" | "MINIMIZE" | "MINIMISE" => Sense::Minimize,
            _ => return Err(Fault::unexpected(line, word, "MAX or MIN")),
        };
        Ok(())
    }

    fn row(&mut self, line: usize, text: &str) -> Result<(), Fault> {
        let text = text.trim();
        let (kind, name) = text.split_once([' ', '\t']).unwrap_or((text, ""));
        let name = name.trim();
        if name.is_empty() || (self.form == Form::Free && name.contains([' ', '\t'])) {
            return Err(Fault::unexpected(
                line,
                text,
                "the kind of a row and its name",
            ));
        }
        let (lower, upper) = match kind {
            "N" | "n" if self.objective.is_none() => {
                self.objective = Some(name.to_owned());
                return Ok(());
            }
            "N" | "n" => (f64::NEG_INFINITY, f64::INFINITY),
            "L" | "l" => (f64::NEG_INFINITY, 0.0),
            "G" | "g" => (0.0, f64::INFINITY),
            "E" | "e" => (0.0, 0.0),
            _ => {
                return Err(Fault::unexpected(
                    line,
                    kind,
                    "the kind of a row: N, L, G or E",
                ));
            }
        };
        if self.is_objective(name) {
            return Err(Fault::new(
                line,
                format!("row \"{name}\" was defined before"),
            ));
        }
        self.draft.add_row(line, name, lower, upper)?;
        if kind.eq_ignore_ascii_case("N") {
            self.free_rows.push(name.to_owned());
        }
        self.relations.push(kind.to_ascii_uppercase().remove(0));
        Ok(())
    }

    fn is_objective(&self, name: &str) -> bool {
        self.objective.as_deref() == Some(name)
    }

    fn marker(&mut self, entry: &Entry) -> Result<(), Fault> {
        let opens = match entry.pairs[..] {
            [(_, "'INTORG'")] => true,
            [(_, "'INTEND'")] => false,
            _ => {
                let found = entry.pairs[0].1;
                return Err(Fault::unexpected(entry.line, found, "'INTORG' or 'INTEND'"));
            }
        };
        if opens == self.is_integer {
            return Err(Fault::new(
                entry.line,
                format!("marker {} without its counterpart before", entry.pairs[0].1),
            ));
        }
        self.is_integer = opens;
        Ok(())
    }

    fn coefficients(&mut self, entry: &Entry) -> Result<(), Fault> {
        let (line, name) = (entry.line, entry.head);
        let column = match self.draft.known_column(name) {
            Some(column) if self.last.is_some_and(|(last, _)| last == column) => column,
            Some(_) => {
                let message = format!("column \"{name}\" occurs again after other columns");
                return Err(Fault::new(line, message));
            }
            None => {
                let column = self.draft.column(name);
                if self.is_integer {
                    self.draft.set_integer(column);
                }
                self.last = Some((column, false));
                column
            }
        };
        for &(row, number) in &entry.pairs {
            let number = finite(line, number)?;
            self.coefficient(line, column, row, number)?;
        }
        Ok(())
    }

    fn coefficient(
        &mut self,
        line: usize,
        column: Column,
        row: &str,
        number: f64,
    ) -> Result<(), Fault> {
        let twice = |draft: &Draft| {
            let name = &draft.problem.columns[column.0].name;
            Fault::new(
                line,
                format!("column \"{name}\" has two coefficients in row \"{row}\""),
            )
        };
        if self.is_objective(row) {
            if self.last == Some((column, true)) {
                return Err(twice(&self.draft));
            }
            self.last = Some((column, true));
            self.draft.problem.columns[column.0].cost = number;
            return Ok(());
        }
        let row = self.known_row(line, row)?;
        let terms = &mut self.draft.problem.rows[row].terms;
        if terms.last().is_some_and(|(last, _)| *last == column) {
            return Err(twice(&self.draft));
        }
        terms.push((column, number));
        Ok(())
    }

    fn known_row(&self, line: usize, name: &str) -> Result<usize, Fault> {
        let known = self.draft.known_row(name);
        known.ok_or_else(|| {
            Fault::new(
                line,
                format!("there is no row \"{name}\" in the section ROWS"),
            )
        })
    }

    /// Refuses a second set of right-hand sides, ranges or bounds: readers take the first, or all.
    fn check_set(&mut self, section: Section, entry: &Entry) -> Result<(), Fault> {
        let first = self
            .sets
            .entry(section)
            .or_insert_with(|| entry.head.to_owned());
        match first == entry.head {
            true => Ok(()),
            false => Err(Fault::new(
                entry.line,
                format!(
                    "found a second set \"{}\", expected only \"{first}\"",
                    entry.head
                ),
            )),
        }
    }

    /// A right-hand side or a range.
    fn side(
        &mut self,
        section: Section,
        line: usize,
        name: &str,
        number: &str,
    ) -> Result<(), Fault> {
        let what = match section {
            Section::Sides => "right-hand side",
            _ => "range",
        };
        if let Some(first) = self.given.insert((section, name.to_owned()), line) {
            let message = format!("the {what} of row \"{name}\" was given before, in line {first}");
            return Err(Fault::new(line, message));
        }
        if self.is_objective(name) {
            if section == Section::Ranges {
                let message = format!("the objective \"{name}\" has a range, expected none");
                return Err(Fault::new(line, message));
            }
            // As solvers read it: the objective is its terms less this number.
            self.draft.problem.offset = -finite(line, number)?;
            return Ok(());
        }
        let row = self.known_row(line, name)?;
        let (relation, data) = (self.relations[row], &mut self.draft.problem.rows[row]);
        let number = bound(line, number)?;
        let is_done = match section {
            Section::Sides => shift(data, relation, number),
            _ => widen(data, relation, number),
        };
        is_done.then_some(()).ok_or_else(|| {
            let message = format!(
                "row \"{name}\" of kind {relation} has the {what} {number}, expected another one"
            );
            Fault::new(line, message)
        })
    }

    fn bounds(&mut self, entry: &Entry) -> Result<(), Fault> {
        let line = entry.line;
        let &[(name, number)] = &entry.pairs[..] else {
            return Err(Fault::new(line, "expected one column"));
        };
        let Some(column) = self.draft.known_column(name) else {
            return Err(Fault::new(
                line,
                format!("there is no column \"{name}\" in the section COLUMNS"),
            ));
        };
        let kind = entry.kind.to_ascii_uppercase();
        let mut set = |side, value| self.draft.set_bound(line, column, side, value);
        match kind.as_str() {
            "LO" => set(Side::Lower, bound(line, number)?),
            "UP" => set(Side::Upper, bound(line, number)?),
            "FX" => {
                let value = finite(line, number)?;
                set(Side::Lower, value)?;
                set(Side::Upper, value)
            }
            "FR" => {
                set(Side::Lower, f64::NEG_INFINITY)?;
                set(Side::Upper, f64::INFINITY)
            }
            "MI" => set(Side::Lower, f64::NEG_INFINITY),
            "PL" => set(Side::Upper, f64::INFINITY),
            "BV" => {
                set(Side::Lower, 0.0)?;
                set(Side::Upper, 1.0)?;
                self.draft.set_integer(column);
                Ok(())
            }
            "LI" => {
                set(Side::Lower, bound(line, number)?)?;
                self.draft.set_integer(column);
                Ok(())
            }
            "UI" => {
                set(Side::Upper, bound(line, number)?)?;
                self.draft.set_integer(column);
                Ok(())
            }
            _ => Err(Fault::unexpected(
                line,
                entry.kind,
                "the kind of a bound: LO, UP, FX, FR, MI, PL, BV, LI or UI",
            )),
        }
    }

    /// The problem, where ENDATA was found.
    fn finished(mut self, line: usize) -> Result<Problem, Fault> {
        for (section, name) in [(Section::Rows, "ROWS"), (Section::Columns, "COLUMNS")] {
            if !self.sections.contains_key(&section) {
                return Err(Fault::new(
                    line,
                    format!("found ENDATA, expected the section {name} before it"),
                ));
            }
        }
        if self.objective.is_none() {
            return Err(Fault::new(
                line,
                "found no row of kind N, expected one, the objective",
            ));
        }
        for index in 0..self.draft.problem.columns.len() {
            self.default_bounds(Column(index))?;
        }
        Ok(self.draft.problem)
    }

    /// An integer column without bounds is a 0-1 column. A negative upper bound without a lower one is refused: readers
    /// take 0 or minus infinity for that.
    fn default_bounds(&mut self, column: Column) -> Result<(), Fault> {
        let lower = self.draft.line_of_bound(column, Side::Lower);
        let upper = self.draft.line_of_bound(column, Side::Upper);
        let data = &mut self.draft.problem.columns[column.0];
        match (lower, upper) {
            (None, None) if data.kind == Kind::Integer => data.upper = 1.0,
            (None, Some(line)) if data.upper < 0.0 => {
                return Err(Fault::new(
                    line,
                    format!(
                        "column \"{}\" has a negative upper bound and no lower one, expected one (LO or MI)",
                        data.name
                    ),
                ));
            }
            _ => {}
        }
        Ok(())
    }
}

/// Gives a row its side; whether a row of that kind can have it.
fn shift(row: &mut RowData, relation: char, side: f64) -> bool {
    match relation {
        'N' => return false,
        _ if side.is_finite() => {
            row.lower += side;
            row.upper += side;
        }
        // Solvers take such a side for none.
        'L' if side > 0.0 => row.upper = side,
        'G' if side < 0.0 => row.lower = side,
        _ => return false,
    }
    true
}

/// Gives a row its second side; whether a row of that kind can have it.
fn widen(row: &mut RowData, relation: char, range: f64) -> bool {
    match relation {
        'L' => row.lower = row.upper - range.abs(),
        'G' => row.upper = row.lower + range.abs(),
        'E' if range < 0.0 => row.lower = row.upper + range,
        'E' => row.upper = row.lower + range,
        _ => return false,
    }
    true
}

#[cfg(test)]
mod tests;
