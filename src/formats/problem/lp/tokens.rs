//! The words and signs of LP text.

use super::super::draft::Fault;
use super::super::names::is_of_lp_name;

/// A word or sign, with the line that it is in.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Token<'a> {
    pub line: usize,
    /// Whether it is the first one in its line.
    pub is_first: bool,
    pub text: &'a str,
    pub kind: TokenKind,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum TokenKind {
    Number(f64),
    Name,
    Plus,
    Minus,
    Colon,
    Relation(Relation),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Relation {
    AtMost,
    AtLeast,
    Equal,
}

/// All tokens; a backslash begins a comment, which ends with its line.
pub(super) fn tokens(text: &str) -> Result<Vec<Token<'_>>, Fault> {
    let mut tokens = Vec::new();
    for (line, text) in (1..).zip(text.lines()) {
        let mut rest = text.split('\\').next().unwrap_or_default().trim_start();
        let mut is_first = true;
        while let Some(first) = rest.chars().next() {
            let (kind, length) = token(rest, first).ok_or_else(|| {
                let what = match first {
                    '0'..='9' | '.' => "a number, with a blank after it",
                    '[' | ']' | '*' | '^' => "linear terms only",
                    _ => "a number, a name, a sign or a relation",
                };
                Fault::unexpected(line, first, what)
            })?;
            tokens.push(Token {
                line,
                is_first,
                text: &rest[..length],
                kind,
            });
            is_first = false;
            rest = rest[length..].trim_start();
        }
    }
    Ok(tokens)
}

/// The token at the start of `rest`, and its length.
fn token(rest: &str, first: char) -> Option<(TokenKind, usize)> {
    match first {
        '+' => Some((TokenKind::Plus, 1)),
        '-' => Some((TokenKind::Minus, 1)),
        ':' => Some((TokenKind::Colon, 1)),
        '<' | '>' | '=' => {
            let length = rest
                .bytes()
                .take_while(|byte| b"<>=".contains(byte))
                .count();
            let relation = match &rest[..length] {
                "<" | "<=" | "=<" => Relation::AtMost,
                ">" | ">=" | "=>" => Relation::AtLeast,
                "=" => Relation::Equal,
                _ => return None,
            };
            Some((TokenKind::Relation(relation), length))
        }
        '0'..='9' | '.' => {
            let length = length_of_number(rest);
            let number = rest[..length].parse().ok()?;
            // Gurobi reads `2x` as a name, HiGHS and SCIP as a term.
            let is_apart = !rest[length..].starts_with(is_of_lp_name);
            is_apart.then_some((TokenKind::Number(number), length))
        }
        _ if is_of_lp_name(first) => {
            let length = rest.find(|c| !is_of_lp_name(c)).unwrap_or(rest.len());
            Some((TokenKind::Name, length))
        }
        _ => None,
    }
}

fn length_of_number(rest: &str) -> usize {
    let digits = |from: usize| rest[from..].bytes().take_while(u8::is_ascii_digit).count();
    let mut length = digits(0);
    if rest[length..].starts_with('.') {
        length += 1 + digits(length + 1);
    }
    if rest[length..].starts_with(['e', 'E']) {
        let signed = usize::from(rest[length + 1..].starts_with(['+', '-']));
        let exponent = digits(length + 1 + signed);
        if exponent > 0 {
            length += 1 + signed + exponent;
        }
    }
    length
}
