//! Reading LP text.
//!
//! Where readers differ, and could solve another problem, the text is refused: a column twice in a row, a constant among
//! the terms of a row, columns on both sides of a relation, a bound that is given twice, a file without `End`, and every
//! section but those of mixed-integer linear problems. A section and a row start on a new line.

use std::collections::HashMap;

use super::super::draft::{Draft, Fault, Side, bound};
use super::tokens::{Relation, Token, TokenKind, tokens};
use crate::milp::{Column, Problem, Sense};

/// The problem in `text`.
pub(in crate::formats::problem) fn parse_lp(text: &str) -> Result<Problem, Fault> {
    let tokens = tokens(text.trim_start_matches('\u{feff}'))?;
    let mut reader = Reader {
        last_line: text.lines().count().max(1),
        tokens: &tokens,
        draft: Draft::new(),
        binaries: Vec::new(),
    };
    reader.read()?;
    Ok(reader.draft.problem)
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Section {
    Objective(Sense),
    Rows,
    Bounds,
    Integers,
    Binaries,
    End,
}

/// The words that open a section, in lower case.
const SECTIONS: [(&[&str], Section); 28] = [
    (&["maximize"], Section::Objective(Sense::Maximize)),
    (&["maximise"], Section::Objective(Sense::Maximize)),
    (&["maximum"], Section::Objective(Sense::Maximize)),
    (&["max"], Section::Objective(Sense::Maximize)),
    (&["minimize"], Section::Objective(Sense::Minimize)),
    (&["minimise"], Section::Objective(Sense::Minimize)),
    (&["minimum"], Section::Objective(Sense::Minimize)),
    (&["min"], Section::Objective(Sense::Minimize)),
    (&["subject", "to"], Section::Rows),
    (&["such", "that"], Section::Rows),
    (&["st"], Section::Rows),
    (&["st."], Section::Rows),
    (&["s.t."], Section::Rows),
    (&["bounds"], Section::Bounds),
    (&["bound"], Section::Bounds),
    (&["generals"], Section::Integers),
    (&["general"], Section::Integers),
    (&["gens"], Section::Integers),
    (&["gen"], Section::Integers),
    (&["integers"], Section::Integers),
    (&["integer"], Section::Integers),
    (&["ints"], Section::Integers),
    (&["int"], Section::Integers),
    (&["binaries"], Section::Binaries),
    (&["binary"], Section::Binaries),
    (&["bins"], Section::Binaries),
    (&["bin"], Section::Binaries),
    (&["end"], Section::End),
];

/// The first words of sections of other problems than mixed-integer linear ones.
const UNSUPPORTED: [&str; 13] = [
    "semi",
    "semis",
    "sec",
    "sos",
    "sos1",
    "sos2",
    "lazy",
    "user",
    "pwlobj",
    "gencons",
    "genconstr",
    "scenario",
    "multi",
];

/// A linear expression, with the constant that it has, if any.
#[derive(Default)]
struct Expression {
    terms: Vec<(Column, f64)>,
    constant: Option<f64>,
}

struct Reader<'a> {
    last_line: usize,
    /// What is left.
    tokens: &'a [Token<'a>],
    draft: Draft,
    binaries: Vec<Column>,
}

impl<'a> Reader<'a> {
    fn read(&mut self) -> Result<(), Fault> {
        match self.opened()? {
            Some(Section::Objective(sense)) => self.objective(sense)?,
            _ => return Err(self.unexpected("Minimize or Maximize")),
        }
        match self.opened()? {
            Some(Section::Rows) => self.repeated(Self::row)?,
            _ => return Err(self.unexpected("Subject To")),
        }
        loop {
            match self.opened()? {
                Some(Section::Bounds) => self.repeated(Self::bound)?,
                Some(Section::Integers) => self.repeated(|reader| {
                    let column = reader.listed()?;
                    reader.draft.set_integer(column);
                    Ok(())
                })?,
                Some(Section::Binaries) => self.repeated(|reader| {
                    let column = reader.listed()?;
                    reader.binaries.push(column);
                    Ok(())
                })?,
                Some(Section::End) if self.tokens.is_empty() => break,
                Some(Section::End) => return Err(self.unexpected("nothing after End")),
                _ => return Err(self.unexpected("Bounds, General, Binary or End")),
            }
        }
        self.make_binary()?;
        self.check_bounds()
    }

    /// Reads parts of a section until the next one.
    fn repeated(&mut self, part: impl Fn(&mut Self) -> Result<(), Fault>) -> Result<(), Fault> {
        while !self.tokens.is_empty() && self.section().is_none() {
            part(self)?;
        }
        Ok(())
    }

    fn next(&self) -> Option<Token<'a>> {
        self.tokens.first().copied()
    }

    fn kind(&self, place: usize) -> Option<TokenKind> {
        self.tokens.get(place).map(|token| token.kind)
    }

    fn take(&mut self, count: usize) {
        self.tokens = &self.tokens[count..];
    }

    fn line(&self) -> usize {
        self.next().map_or(self.last_line, |token| token.line)
    }

    fn unexpected(&self, expected: &str) -> Fault {
        match self.next() {
            Some(token) => Fault::unexpected(token.line, token.text, expected),
            None => Fault::new(
                self.last_line,
                format!("found the end of the file, expected {expected}"),
            ),
        }
    }

    /// The section whose name is next, and the number of its words.
    fn section(&self) -> Option<(Option<Section>, usize)> {
        let first = self.next()?;
        let is_label = self.kind(1) == Some(TokenKind::Colon);
        if !first.is_first || first.kind != TokenKind::Name || is_label {
            return None;
        }
        let word = |place: usize| {
            let token = self.tokens.get(place)?;
            (token.line == first.line).then(|| token.text.to_ascii_lowercase())
        };
        let first = word(0)?;
        // Constraints of other kinds than rows.
        let second = word(1).unwrap_or_default();
        if UNSUPPORTED.contains(&first.as_str()) || (first == "general" && second == "constraints")
        {
            return Some((None, 1));
        }
        let is_named = |words: &[&str]| {
            (0..)
                .zip(words)
                .all(|(place, name)| word(place).as_deref() == Some(*name))
        };
        let (words, section) = SECTIONS.iter().find(|(words, _)| is_named(words))?;
        Some((Some(*section), words.len()))
    }

    /// Takes the name of the next section.
    fn opened(&mut self) -> Result<Option<Section>, Fault> {
        let Some((section, words)) = self.section() else {
            return Ok(None);
        };
        if section.is_none() {
            let word = self.tokens[0].text;
            return Err(Fault::new(
                self.line(),
                format!(
                    "section \"{word}\" is not supported, expected Subject To, Bounds, General, Binary or End"
                ),
            ));
        }
        self.take(words);
        Ok(section)
    }

    /// The name before a colon.
    fn label(&mut self) -> Option<(usize, &'a str)> {
        let name = self.next().filter(|token| token.kind == TokenKind::Name)?;
        (self.kind(1) == Some(TokenKind::Colon)).then(|| {
            self.take(2);
            (name.line, name.text)
        })
    }

    fn objective(&mut self, sense: Sense) -> Result<(), Fault> {
        self.draft.problem.sense = sense;
        self.label();
        let expression = self.expression("the objective")?;
        for (column, cost) in expression.terms {
            self.draft.problem.columns[column.0].cost = cost;
        }
        self.draft.problem.offset = expression.constant.unwrap_or(0.0);
        Ok(())
    }

    /// `name: terms <= number`, or with a number on both sides, `-1 <= terms <= 1`.
    fn row(&mut self) -> Result<(), Fault> {
        let line = self.line();
        let label = self.label();
        let name = label.map_or_else(|| self.free_name(), |(_, name)| name.to_owned());
        let in_row = format!("row \"{name}\"");
        let left = self.signed_bound_before_relation();
        let first = match left {
            Some(value) => Some((value?, self.relation(&in_row)?)),
            None => None,
        };
        let expression = self.expression(&in_row)?;
        if expression.constant.is_some() || expression.terms.is_empty() {
            let found = match expression.terms.is_empty() {
                true => "no column",
                false => "a constant among the terms",
            };
            return Err(Fault::new(
                line,
                format!("{in_row} has {found}, expected terms such as 2 x"),
            ));
        }
        let is_relation_next = matches!(self.kind(0), Some(TokenKind::Relation(_)));
        let second = match first {
            Some(_) if !is_relation_next => None,
            _ => {
                let relation = self.relation(&in_row)?;
                Some((relation, self.signed_bound("a number on the right side")?))
            }
        };
        self.check_end_of_statement(&in_row)?;
        let (lower, upper) = sides(first, second).ok_or_else(|| {
            Fault::new(
                line,
                format!("{in_row} has two relations, expected <= twice or >= twice"),
            )
        })?;
        let row = self.draft.add_row(line, &name, lower, upper)?;
        self.draft.problem.rows[row].terms = expression.terms;
        Ok(())
    }

    /// A name for a row without one.
    fn free_name(&self) -> String {
        let numbers = self.draft.problem.rows.len() + 1..;
        let names = numbers.map(|number| format!("R{number}"));
        let mut free = names.filter(|name| self.draft.known_row(name).is_none());
        free.next().expect("there are more numbers than rows")
    }

    /// A number that a relation follows, as the left side of a row.
    fn signed_bound_before_relation(&mut self) -> Option<Result<f64, Fault>> {
        let signs = self
            .tokens
            .iter()
            .take_while(|token| is_sign(token.kind))
            .count();
        let is_number = match self.tokens.get(signs)?.kind {
            TokenKind::Number(_) => true,
            TokenKind::Name => is_infinity(self.tokens[signs].text),
            _ => false,
        };
        let is_side = is_number && matches!(self.kind(signs + 1), Some(TokenKind::Relation(_)));
        is_side.then(|| self.signed_bound("a number"))
    }

    /// A number or an infinity, with signs.
    fn signed_bound(&mut self, expected: &str) -> Result<f64, Fault> {
        let sign = self.signs();
        let Some(token) = self.next() else {
            return Err(self.unexpected(expected));
        };
        let number = match token.kind {
            TokenKind::Number(_) => bound(token.line, token.text)?,
            TokenKind::Name if is_infinity(token.text) => f64::INFINITY,
            _ => return Err(self.unexpected(expected)),
        };
        self.take(1);
        Ok(sign * number)
    }

    fn signs(&mut self) -> f64 {
        let mut sign = 1.0;
        while let Some(kind) = self.kind(0).filter(|kind| is_sign(*kind)) {
            if kind == TokenKind::Minus {
                sign = -sign;
            }
            self.take(1);
        }
        sign
    }

    fn relation(&mut self, place: &str) -> Result<Relation, Fault> {
        match self.kind(0) {
            Some(TokenKind::Relation(relation)) => {
                self.take(1);
                Ok(relation)
            }
            _ => Err(self.unexpected(&format!("a relation (<=, >= or =) in {place}"))),
        }
    }

    /// The terms up to a relation, a section or the end.
    fn expression(&mut self, place: &str) -> Result<Expression, Fault> {
        let mut expression = Expression::default();
        let mut lines: HashMap<Column, usize> = HashMap::new();
        while self.section().is_none() {
            let is_first = expression.terms.is_empty() && expression.constant.is_none();
            let has_sign = self.kind(0).is_some_and(is_sign);
            let is_term = matches!(self.kind(0), Some(TokenKind::Number(_) | TokenKind::Name));
            if !has_sign && (!is_first || !is_term) {
                break;
            }
            let sign = self.signs();
            let line = self.line();
            let coefficient = match self.kind(0) {
                Some(TokenKind::Number(number)) if number.is_finite() => {
                    self.take(1);
                    Some(sign * number)
                }
                Some(TokenKind::Name) => None,
                _ => return Err(self.unexpected(&format!("a number or a column in {place}"))),
            };
            if coefficient.is_some() && matches!(self.kind(0), Some(TokenKind::Number(_))) {
                return Err(self.unexpected(&format!("a column in {place}")));
            }
            let name = self.next().filter(|token| {
                let is_label = self.kind(1) == Some(TokenKind::Colon);
                token.kind == TokenKind::Name && !is_label && self.section().is_none()
            });
            match (coefficient, name) {
                (coefficient, Some(name)) => {
                    self.take(1);
                    let column = self.draft.column(name.text);
                    if let Some(first) = lines.insert(column, line) {
                        let message = format!(
                            "column \"{}\" has two coefficients in {place}, the first in line {first}",
                            name.text
                        );
                        return Err(Fault::new(line, message));
                    }
                    expression.terms.push((column, coefficient.unwrap_or(sign)));
                }
                (Some(number), None) => {
                    let sum = expression.constant.get_or_insert(0.0);
                    *sum += number;
                }
                (None, None) => return Err(self.unexpected(&format!("a column in {place}"))),
            }
        }
        Ok(expression)
    }

    fn check_end_of_statement(&self, place: &str) -> Result<(), Fault> {
        match self.next() {
            Some(token) if !token.is_first => Err(Fault::unexpected(
                token.line,
                token.text,
                &format!("the end of {place}, and a new line"),
            )),
            _ => Ok(()),
        }
    }

    /// `x free`, `x <= 1`, `0 <= x` or `0 <= x <= 1`.
    fn bound(&mut self) -> Result<(), Fault> {
        let line = self.line();
        let left = match self.signed_bound_before_relation() {
            Some(value) => {
                let value = value?;
                Some((value, self.relation("the bounds")?))
            }
            None => None,
        };
        let column = self.listed()?;
        let place = format!(
            "the bounds of \"{}\"",
            self.draft.problem.columns[column.0].name
        );
        let is_free = self
            .next()
            .is_some_and(|token| token.text.eq_ignore_ascii_case("free"));
        if left.is_none() && is_free {
            self.take(1);
            self.draft
                .set_bound(line, column, Side::Lower, f64::NEG_INFINITY)?;
            self.draft
                .set_bound(line, column, Side::Upper, f64::INFINITY)?;
            return self.check_end_of_statement(&place);
        }
        if let Some((value, relation)) = left {
            self.set_bounds(line, column, turned(relation), value)?;
        }
        let is_relation_next = matches!(self.kind(0), Some(TokenKind::Relation(_)));
        if left.is_none() || is_relation_next {
            let relation = self.relation(&place)?;
            let value = self.signed_bound("a number")?;
            self.set_bounds(line, column, relation, value)?;
        }
        self.check_end_of_statement(&place)
    }

    /// `column relation value`.
    fn set_bounds(
        &mut self,
        line: usize,
        column: Column,
        relation: Relation,
        value: f64,
    ) -> Result<(), Fault> {
        match relation {
            Relation::AtMost => self.draft.set_bound(line, column, Side::Upper, value),
            Relation::AtLeast => self.draft.set_bound(line, column, Side::Lower, value),
            Relation::Equal => {
                self.draft.set_bound(line, column, Side::Lower, value)?;
                self.draft.set_bound(line, column, Side::Upper, value)
            }
        }
    }

    /// The name of a column.
    fn listed(&mut self) -> Result<Column, Fault> {
        let Some(token) = self.next().filter(|token| token.kind == TokenKind::Name) else {
            return Err(self.unexpected("the name of a column"));
        };
        self.take(1);
        Ok(self.draft.column(token.text))
    }

    /// Makes the listed columns binary. Bounds of theirs that are not those of a binary column are refused: readers keep
    /// or replace them.
    fn make_binary(&mut self) -> Result<(), Fault> {
        for column in std::mem::take(&mut self.binaries) {
            self.draft.set_integer(column);
            let sides = [Side::Lower, Side::Upper];
            let lines = sides.map(|side| self.draft.line_of_bound(column, side));
            let data = &mut self.draft.problem.columns[column.0];
            let values = [data.lower, data.upper];
            for ((line, value), side) in lines.into_iter().zip(values).zip(["lower", "upper"]) {
                let Some(line) = line.filter(|_| !(0.0..=1.0).contains(&value)) else {
                    continue;
                };
                let message = format!(
                    "binary column \"{}\" has the {side} bound {value}, expected 0 or 1, or a column of the section General",
                    data.name
                );
                return Err(Fault::new(line, message));
            }
            data.upper = data.upper.min(1.0);
        }
        Ok(())
    }

    /// Refuses a negative upper bound without a lower one: readers take 0 or minus infinity for that.
    fn check_bounds(&self) -> Result<(), Fault> {
        for (index, data) in self.draft.problem.columns.iter().enumerate() {
            let line = |side| self.draft.line_of_bound(Column(index), side);
            if let (Some(line), None, true) =
                (line(Side::Upper), line(Side::Lower), data.upper < 0.0)
            {
                let message = format!(
                    "column \"{}\" has a negative upper bound and no lower one, expected one, such as -inf",
                    data.name
                );
                return Err(Fault::new(line, message));
            }
        }
        Ok(())
    }
}

fn is_sign(kind: TokenKind) -> bool {
    matches!(kind, TokenKind::Plus | TokenKind::Minus)
}

fn is_infinity(word: &str) -> bool {
    word.eq_ignore_ascii_case("inf") || word.eq_ignore_ascii_case("infinity")
}

/// `b >= a` for `a <= b`.
fn turned(relation: Relation) -> Relation {
    match relation {
        Relation::AtMost => Relation::AtLeast,
        Relation::AtLeast => Relation::AtMost,
        Relation::Equal => Relation::Equal,
    }
}

/// The sides of `value relation terms relation value`; `None` where the relations do not make a range.
fn sides(left: Option<(f64, Relation)>, right: Option<(Relation, f64)>) -> Option<(f64, f64)> {
    let one = |relation, value| match relation {
        Relation::AtMost => (f64::NEG_INFINITY, value),
        Relation::AtLeast => (value, f64::INFINITY),
        Relation::Equal => (value, value),
    };
    match (left, right) {
        (None, None) => None,
        (None, Some((relation, value))) => Some(one(relation, value)),
        (Some((value, relation)), None) => Some(one(turned(relation), value)),
        (Some((lower, Relation::AtMost)), Some((Relation::AtMost, upper))) => Some((lower, upper)),
        (Some((upper, Relation::AtLeast)), Some((Relation::AtLeast, lower))) => {
            Some((lower, upper))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests;
