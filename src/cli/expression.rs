//! Linear functions of a network's inputs and outputs, as they are written: `2*y0 - y1 + 0.1*x3`.

use std::str::FromStr;

use thiserror::Error;

use crate::instance::Linear;

/// A linear function with the text it was read from.
#[derive(Debug, Clone, PartialEq)]
pub struct Expression {
    pub text: String,
    pub function: Linear,
}

/// Why a text is no linear function.
#[derive(Debug, Clone, Error, PartialEq, Eq)]
#[error(
    "{text:?} is not a linear function at {at:?}: expected terms such as 2*y0, -x3 or 0.5 with + or - between them, inputs x0, x1, ... and outputs y0, y1, ..."
)]
pub struct ExpressionError {
    text: String,
    /// What is left from there on.
    at: String,
}

impl FromStr for Expression {
    type Err = ExpressionError;

    fn from_str(text: &str) -> Result<Self, ExpressionError> {
        let mut rest = text.trim();
        let mut function = Linear::default();
        let mut is_first = true;
        while is_first || !rest.is_empty() {
            let error = |at: &str| ExpressionError {
                text: text.to_owned(),
                at: at.to_owned(),
            };
            let (sign, after) = sign(rest, is_first).ok_or_else(|| error(rest))?;
            rest = term(after, sign, &mut function).ok_or_else(|| error(after))?;
            is_first = false;
        }
        Ok(Self {
            text: text.to_owned(),
            function,
        })
    }
}

/// The sign before a term, which the first one need not have.
fn sign(text: &str, is_first: bool) -> Option<(f64, &str)> {
    if let Some(rest) = text.strip_prefix('-') {
        Some((-1.0, rest.trim_start()))
    } else if let Some(rest) = text.strip_prefix('+') {
        Some((1.0, rest.trim_start()))
    } else {
        is_first.then_some((1.0, text))
    }
}

/// Adds the term that a text begins with; what comes after it.
fn term<'a>(text: &'a str, sign: f64, function: &mut Linear) -> Option<&'a str> {
    let (number, rest) = number(text);
    let rest = match number {
        None => rest,
        Some(value) => match rest.strip_prefix('*') {
            Some(rest) => rest.trim_start(),
            None => {
                function.constant += sign * value;
                return Some(rest);
            }
        },
    };
    let coefficient = sign * number.unwrap_or(1.0);
    let (terms, rest) = match (rest.strip_prefix('x'), rest.strip_prefix('y')) {
        (Some(rest), _) => (&mut function.inputs, rest),
        (_, Some(rest)) => (&mut function.outputs, rest),
        _ => return None,
    };
    let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
    let index = rest[..digits].parse().ok()?;
    match terms.iter_mut().find(|(known, _)| *known == index) {
        Some((_, sum)) => *sum += coefficient,
        None => terms.push((index, coefficient)),
    }
    Some(rest[digits..].trim_start())
}

/// The finite number that a text begins with, if it does, and what comes after it.
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
    fn what_is_no_linear_function_is_refused() {
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
