//! The fields of a line of MPS.

use super::super::draft::Fault;

/// What separates the fields of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// By the blanks between them.
    Free,
    /// By the columns of the text that they are in.
    Fixed,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Section {
    Name,
    Sense,
    Rows,
    Columns,
    Sides,
    Ranges,
    Bounds,
}

/// The sections of linear problems.
pub(super) const SECTIONS: [(&str, Section); 7] = [
    ("NAME", Section::Name),
    ("OBJSENSE", Section::Sense),
    ("ROWS", Section::Rows),
    ("COLUMNS", Section::Columns),
    ("RHS", Section::Sides),
    ("RANGES", Section::Ranges),
    ("BOUNDS", Section::Bounds),
];

/// A line of the sections from COLUMNS on.
pub(super) struct Entry<'a> {
    pub line: usize,
    /// The kind of a bound.
    pub kind: &'a str,
    /// The column, or the name of a set of sides, ranges or bounds; empty if it has none.
    pub head: &'a str,
    /// A row or column, each with a number; with an empty text where a kind of bound has no number.
    pub pairs: Vec<(&'a str, &'a str)>,
}

/// Kinds of bounds without a number.
const WITHOUT_NUMBER: [&str; 4] = ["FR", "MI", "PL", "BV"];

/// The fields of a line of a section from COLUMNS on.
pub(super) fn fields(
    form: Form,
    section: Section,
    line: usize,
    text: &str,
) -> Result<Entry<'_>, Fault> {
    // A marker has the same words in both forms, in other columns.
    let found = match form {
        Form::Fixed if !text.contains("'MARKER'") => fixed(section, text),
        _ => free(section, text),
    };
    let (kind, head, words) = found.ok_or_else(|| {
        let expected = match section {
            Section::Bounds => "the kind of a bound, the name of the set, a column and a number",
            Section::Columns => "a column, a row and a number, at most twice",
            _ => "the name of the set, a row and a number, at most twice",
        };
        Fault::unexpected(line, text.trim(), expected)
    })?;
    Ok(Entry {
        line,
        kind,
        head,
        pairs: words.chunks(2).map(|pair| (pair[0], pair[1])).collect(),
    })
}

/// The kind, the head, and the words of the pairs.
type Words<'a> = (&'a str, &'a str, Vec<&'a str>);

fn free(section: Section, text: &str) -> Option<Words<'_>> {
    // A dollar sign begins a comment.
    let words = text.split_whitespace();
    let words: Vec<&str> = words.take_while(|word| !word.starts_with('$')).collect();
    if section == Section::Bounds {
        let (&kind, rest) = words.split_first()?;
        return Some(match (is_without_number(kind), rest) {
            (true, &[name]) => (kind, "", vec![name, ""]),
            (true, &[set, name]) => (kind, set, vec![name, ""]),
            (false, &[name, number]) => (kind, "", vec![name, number]),
            (_, &[set, name, number]) => (kind, set, vec![name, number]),
            _ => return None,
        });
    }
    // Sides and ranges need no name of a set.
    let has_head = section == Section::Columns || words.len() % 2 == 1;
    let (head, pairs) = match (has_head, words.split_first()) {
        (true, Some((head, pairs))) => (*head, pairs.to_vec()),
        _ => ("", words),
    };
    matches!(pairs.len(), 2 | 4).then_some(("", head, pairs))
}

/// Columns of the text of the fixed form, counted from 0: the kind, three names, two numbers.
const FIXED: [(usize, usize); 6] = [(1, 3), (4, 12), (14, 22), (24, 36), (39, 47), (49, 61)];

fn fixed(section: Section, text: &str) -> Option<Words<'_>> {
    let field = |(from, to): (usize, usize)| {
        let to = to.min(text.len());
        text.get(from.min(to)..to).map(str::trim)
    };
    let mut fields = [""; 6];
    for (field_of, place) in fields.iter_mut().zip(FIXED) {
        *field_of = field(place)?;
    }
    let [kind, head, name, number, second_name, second_number] = fields;
    let is_whole = text.get(FIXED[5].1.min(text.len())..)?.trim().is_empty();
    if name.is_empty() || !is_whole || kind.is_empty() != (section != Section::Bounds) {
        return None;
    }
    match (second_name, second_number) {
        ("", "") => Some((kind, head, vec![name, number])),
        _ => Some((kind, head, vec![name, number, second_name, second_number])),
    }
}

fn is_without_number(kind: &str) -> bool {
    WITHOUT_NUMBER
        .iter()
        .any(|known| kind.eq_ignore_ascii_case(known))
}
