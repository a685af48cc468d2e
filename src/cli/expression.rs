//! Parsing of linear functions of a network's inputs and outputs, and of linear constraints: `2*y0 - y1 + 0.1*x3`,
//! `x0 + x1 <= 1`.

use std::fmt;
use std::str::FromStr;

use thiserror::Error;

use crate::exact::Dyadic;
use crate::instance::Linear;

/// A linear function with the text it was read from.
#[derive(Debug, Clone, PartialEq)]
pub struct Expression {
    pub text: String,
    pub function: Linear,
}

/// A linear constraint with the text it was read from.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    pub text: String,
    /// Functions that are at most zero where the constraint holds: one, or two for an equation.
    pub functions: Vec<Linear>,
}

/// Why a text is not a linear constraint.
#[derive(Debug, Clone, Error, PartialEq, Eq)]
pub enum RowError {
    #[error("{0:?} has none of <=, >= and =, expected a constraint such as \"x0 + 2*x1 <= 3\"")]
    Sense(String),
    #[error(transparent)]
    Side(#[from] ExpressionError),
}

impl FromStr for Row {
    type Err = RowError;

    fn from_str(text: &str) -> Result<Self, RowError> {
        let senses = ["<=", ">=", "==", "="];
        let sides = senses
            .iter()
            .find_map(|sense| Some((*sense, text.split_once(sense)?)));
        let (sense, (left, right)) = sides.ok_or_else(|| RowError::Sense(text.to_owned()))?;
        let mut sums = Sums::default();
        sums.add(left, 1.0)?;
        sums.add(right, -1.0)?;
        let mut difference = sums.function(text)?;
        difference
            .inputs
            .retain(|(_, coefficient)| *coefficient != 0.0);
        difference
            .outputs
            .retain(|(_, coefficient)| *coefficient != 0.0);
        Ok(Self {
            text: text.to_owned(),
            functions: match sense {
                "<=" => vec![difference],
                ">=" => vec![difference.negated()],
                _ => vec![difference.clone(), difference.negated()],
            },
        })
    }
}

/// Why a text is not a linear function.
#[derive(Debug, Clone, Error, PartialEq, Eq)]
pub enum ExpressionError {
    #[error(
        "{text:?} is not a linear function at {at:?}: expected terms such as 2*y0, -x3 or 0.5 with + or - between them, inputs x0, x1, ... and outputs y0, y1, ..."
    )]
    Syntax {
        text: String,
        /// The rest of the text from the error on.
        at: String,
    },
    #[error(
        "{text:?}: the terms of {symbol} do not add up to a 64-bit floating-point number exactly, expected one term for each input, output and constant"
    )]
    Sum { text: String, symbol: String },
}

impl FromStr for Expression {
    type Err = ExpressionError;

    fn from_str(text: &str) -> Result<Self, ExpressionError> {
        let mut sums = Sums::default();
        sums.add(text, 1.0)?;
        Ok(Self {
            text: text.to_owned(),
            function: sums.function(text)?,
        })
    }
}

/// What a term is a multiple of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Symbol {
    Input(usize),
    Output(usize),
    One,
}

impl fmt::Display for Symbol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Input(index) => write!(f, "x{index}"),
            Self::Output(index) => write!(f, "y{index}"),
            Self::One => f.write_str("the constant"),
        }
    }
}

/// Coefficients while terms are read: exact, since a constraint holds in real arithmetic.
#[derive(Default)]
struct Sums(Vec<(Symbol, Dyadic)>);

impl Sums {
    /// Adds `factor` (1 or -1) times all terms of `text`.
    fn add(&mut self, text: &str, factor: f64) -> Result<(), ExpressionError> {
        let mut rest = text.trim();
        let mut is_first = true;
        while is_first || !rest.is_empty() {
            let error = |at: &str| ExpressionError::Syntax {
                text: text.to_owned(),
                at: at.to_owned(),
            };
            let (sign, after) = sign(rest, is_first).ok_or_else(|| error(rest))?;
            let (symbol, coefficient, left) = term(after).ok_or_else(|| error(after))?;
            let sum = self.of(symbol);
            *sum = &*sum + &Dyadic::of(factor * sign * coefficient);
            rest = left;
            is_first = false;
        }
        Ok(())
    }

    fn of(&mut self, symbol: Symbol) -> &mut Dyadic {
        let known = self.0.iter().position(|(known, _)| *known == symbol);
        let at = known.unwrap_or_else(|| {
            self.0.push((symbol, Dyadic::of(0.0)));
            self.0.len() - 1
        });
        &mut self.0[at].1
    }

    /// The function, if every coefficient is a 64-bit number.
    fn function(&self, text: &str) -> Result<Linear, ExpressionError> {
        let mut function = Linear::default();
        for (symbol, sum) in &self.0 {
            let value = sum.near();
            if !value.is_finite() || Dyadic::of(value) != *sum {
                return Err(ExpressionError::Sum {
                    text: text.to_owned(),
                    symbol: symbol.to_string(),
                });
            }
            match *symbol {
                Symbol::Input(index) => function.inputs.push((index, value)),
                Symbol::Output(index) => function.outputs.push((index, value)),
                Symbol::One => function.constant = value,
            }
        }
        Ok(function)
    }
}

/// The sign before a term, optional for the first term.
fn sign(text: &str, is_first: bool) -> Option<(f64, &str)> {
    if let Some(rest) = text.strip_prefix('-') {
        Some((-1.0, rest.trim_start()))
    } else if let Some(rest) = text.strip_prefix('+') {
        Some((1.0, rest.trim_start()))
    } else {
        is_first.then_some((1.0, text))
    }
}

/// The leading term of a text, and the rest of the text.
fn term(text: &str) -> Option<(Symbol, f64, &str)> {
    let (number, rest) = number(text);
    let rest = match number {
        None => rest,
        Some(value) => match rest.strip_prefix('*') {
            Some(rest) => rest.trim_start(),
            None => return Some((Symbol::One, value, rest)),
        },
    };
    let (symbol, rest): (fn(usize) -> Symbol, _) =
        match (rest.strip_prefix('x'), rest.strip_prefix('y')) {
            (Some(rest), _) => (Symbol::Input, rest),
            (_, Some(rest)) => (Symbol::Output, rest),
            _ => return None,
        };
    let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
    let index = rest[..digits].parse().ok()?;
    Some((
        symbol(index),
        number.unwrap_or(1.0),
        rest[digits..].trim_start(),
    ))
}

/// The leading finite number of a text, if any, and the rest of the text.
fn number(text: &str) -> (Option<f64>, &str) {
    let is_part = |(at, c): &(usize, char)| {
        let before = text[..*at].chars().next_back();
        c.is_ascii_digit()
            || *c == '.'
            || (matches!(c, 'e' | 'E') && *at > 0)
            || (matches!(c, '+' | '-') && matches!(before, Some('e' | 'E')))
    };
    let end = text.char_indices().take_while(is_part).last();
    let end = end.map_or(0, |(at, c)| at + c.len_utf8());
    match text[..end].parse::<f64>() {
        Ok(value) if value.is_finite() => (Some(value), text[end..].trim_start()),
        _ => (None, text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Linear {
        text.parse::<Expression>().unwrap().function
    }

    #[test]
    fn terms_are_read_with_their_signs() {
        let expected = Linear {
            inputs: vec![(3, 0.1)],
            outputs: vec![(0, 2.0), (1, -1.0)],
            constant: -0.5,
        };
        assert_eq!(parse("2*y0 - y1 + 0.1*x3 - 0.5"), expected);
        assert_eq!(parse(" 2 * y0-y1+1e-1*x3-5E-1 "), expected);
        assert_eq!(parse("-y2"), Linear::output(2).negated());
        assert_eq!(parse("y0 + y0").outputs, [(0, 2.0)]);
        assert_eq!(parse("3").constant, 3.0);
    }

    #[test]
    fn rows_have_both_sides_on_the_left() {
        let row = |text: &str| text.parse::<Row>().unwrap().functions;
        assert_eq!(row("x0 + 2*y1 <= 3"), [parse("x0 + 2*y1 - 3")]);
        assert_eq!(row("x0 >= y1"), [parse("y1 - x0")]);
        assert_eq!(row("x0 = 1"), [parse("x0 - 1"), parse("1 - x0")]);
        assert_eq!(row("2*x0 - x1 <= x0"), [parse("x0 - x1")]);
        assert_eq!(row("x0 == 1"), row("x0 = 1"));
        for text in ["x0 + x1", "x0 <= ", "x0 <= x1 <= 2", "x0 < 1"] {
            assert!(text.parse::<Row>().is_err(), "{text}");
        }
    }

    #[test]
    fn repeated_terms_are_summed_exactly_or_refused() {
        let row = |text: &str| text.parse::<Row>().map(|row| row.functions);
        let exact = [
            ("1e20*x0 + x0 - 1e20*x0 <= 0.5", "x0 - 0.5"),
            ("x0 + 1e16 + 1 - 1e16 <= 1", "x0"),
            ("x0 + 1e16 <= 1e16 + 1", "x0 - 1"),
            ("0.1*x0 + 0.2*x0 + 0.4*x0 <= 0.2*x0 + 0.4*x0", "0.1*x0"),
        ];
        for (text, same) in exact {
            let mut same = parse(same);
            same.outputs.clear();
            assert_eq!(row(text), Ok(vec![same]), "{text}");
        }
        for (text, symbol) in [
            ("0.1*x0 + 0.2*x0 <= 1", "x0"),
            ("x0 + 1e16 + 1 <= 0", "the constant"),
            ("1e308*y1 + 1e308*y1 <= 1", "y1"),
        ] {
            let error = row(text).unwrap_err().to_string();
            assert!(
                error.contains(&format!("the terms of {symbol} do not")),
                "{error}"
            );
        }
        assert!("1e308*x0 + 1e308*x0".parse::<Expression>().is_err());
    }

    #[test]
    fn other_texts_are_refused() {
        for text in [
            "",
            "+",
            "y",
            "z0",
            "y0 y1",
            "2*",
            "y0*y1",
            "2**y0",
            "1e999",
            "y0 +",
            "x-1",
            "y99999999999999999999",
        ] {
            let error = text.parse::<Expression>().unwrap_err().to_string();
            assert!(error.contains("expected terms such as 2*y0"), "{error}");
        }
    }
}
