//! A table, and its Markdown, CSV and LaTeX formats.

use std::borrow::Cow;

/// Rows of cells under a header.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Sheet {
    pub header: Vec<String>,
    pub rows: Vec<Vec<String>>,
    /// Tooltips of the rows on a page; none if empty.
    pub hovers: Vec<String>,
}

/// A table with the notes needed to read it.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Table {
    /// The name in file names.
    pub name: &'static str,
    /// Its number, such as "Table 1", under which it has a LaTeX format; `None` if it has none.
    pub number: Option<&'static str>,
    pub caption: String,
    /// The displayed form.
    pub shown: Sheet,
    /// Number of leading columns with words; the others are numbers.
    pub words: usize,
    /// What LaTeX emphasises.
    pub emphasis: Emphasis,
    /// The form for sorting on a page: each column is of one kind.
    pub sortable: Sheet,
    /// Added to the caption on a page.
    pub sortable_caption: &'static str,
    /// The form for programs: one fact per cell, empty if there is none.
    pub data: Sheet,
    pub notes: Vec<String>,
}

/// Which percentages are emphasised.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Emphasis {
    #[default]
    Nothing,
    /// In italics: less than half.
    Unfavorable,
    /// In bold: more than half.
    Favorable,
}

impl Sheet {
    pub fn new<T: Into<String>>(header: impl IntoIterator<Item = T>) -> Self {
        Self {
            header: header.into_iter().map(Into::into).collect(),
            ..Self::default()
        }
    }

    /// Renders the sheet as CSV (RFC 4180, but lines end in a line feed alone).
    pub fn csv(&self) -> Vec<u8> {
        let mut text = String::new();
        for row in std::iter::once(&self.header).chain(&self.rows) {
            let cells: Vec<_> = row.iter().map(|cell| quoted(cell)).collect();
            text += &cells.join(",");
            text.push('\n');
        }
        text.into_bytes()
    }
}

/// A CSV cell, quoted if it would be misread otherwise.
fn quoted(cell: &str) -> Cow<'_, str> {
    if cell.contains([',', '"', '\n', '\r']) {
        Cow::Owned(format!("\"{}\"", cell.replace('"', "\"\"")))
    } else {
        Cow::Borrowed(cell)
    }
}

impl Table {
    /// The number, if any, and the caption.
    pub fn title(&self) -> String {
        match self.number {
            Some(number) => format!("{number}: {}", self.caption),
            None => self.caption.clone(),
        }
    }

    /// Renders the title, the table and its notes in Markdown.
    pub fn markdown(&self) -> String {
        let line = |cells: &[String]| {
            let cells: Vec<_> = cells.iter().map(|cell| cell.replace('|', "\\|")).collect();
            format!("| {} |\n", cells.join(" | "))
        };
        let mut text = format!("**{}**\n\n{}", self.title(), line(&self.shown.header));
        let rules = (0..self.shown.header.len()).map(|column| {
            let rule = if column < self.words { "---" } else { "---:" };
            rule.to_owned()
        });
        text += &line(&rules.collect::<Vec<_>>());
        for row in &self.shown.rows {
            text += &line(row);
        }
        text.push('\n');
        for note in &self.notes {
            text += &format!("- {note}\n");
        }
        text
    }

    /// Renders a LaTeX table that needs no package, under the paper's number; `None` without a
    /// number.
    pub fn latex(&self) -> Option<String> {
        let number = self.number?.trim_start_matches("Table ");
        let line = |cells: &[String]| {
            let cells: Vec<_> = cells.iter().map(|cell| self.emphasis.latex(cell)).collect();
            format!("{} \\\\\n", cells.join(" & "))
        };
        let numbers = self.shown.header.len().saturating_sub(self.words);
        let columns = "l".repeat(self.words) + &"r".repeat(numbers);
        let mut text = format!(
            "\\begin{{table}}\n\\renewcommand{{\\thetable}}{{{number}}}\n\\centering\n\\scriptsize\n\\caption{{{}}}\n\\begin{{tabular}}{{{columns}}}\n\\hline\n",
            latex(&self.caption)
        );
        text += &line(&self.shown.header);
        text += "\\hline\n";
        for row in &self.shown.rows {
            text += &line(row);
        }
        text += "\\hline\n\\end{tabular}\n\n\\begin{flushleft}\n";
        for note in &self.notes {
            text += &format!("{}\n\n", latex(note));
        }
        Some(text + "\\end{flushleft}\n\\end{table}\n")
    }
}

impl Emphasis {
    /// A cell in LaTeX.
    fn latex(self, cell: &str) -> String {
        let text = latex(cell);
        let percent: Option<f64> = cell
            .strip_suffix('%')
            .and_then(|number| number.parse().ok());
        match (self, percent) {
            (Self::Unfavorable, Some(percent)) if percent < 50.0 => format!("\\textit{{{text}}}"),
            (Self::Favorable, Some(percent)) if percent > 50.0 => format!("\\textbf{{{text}}}"),
            _ => text,
        }
    }
}

/// Escapes text for LaTeX.
fn latex(text: &str) -> String {
    let mut escaped = String::new();
    for character in text.chars() {
        match character {
            '&' | '%' | '$' | '#' | '_' | '{' | '}' => escaped.extend(['\\', character]),
            '\\' => escaped += "\\textbackslash{}",
            '~' => escaped += "\\textasciitilde{}",
            '^' => escaped += "\\textasciicircum{}",
            '<' => escaped += "$<$",
            '>' => escaped += "$>$",
            '|' => escaped += "\\textbar{}",
            '²' => escaped += "$^2$",
            '×' => escaped += "$\\times$",
            '−' => escaped += "$-$",
            '–' => escaped += "--",
            _ => escaped.push(character),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::numbers::DASH;

    fn table() -> Table {
        let mut sheet = Sheet::new(["size", "50%"]);
        sheet.rows = vec![
            vec!["28² | a, \"b\"".into(), "1.0".into()],
            vec!["R_1 & {x}\\".into(), DASH.into()],
            vec!["−1.0".into(), "49.9%".into()],
        ];
        Table {
            name: "name",
            number: Some("Table 9"),
            caption: "A caption".into(),
            emphasis: Emphasis::Unfavorable,
            sortable: sheet.clone(),
            sortable_caption: "",
            shown: sheet.clone(),
            words: 1,
            data: sheet,
            notes: vec!["100% of #1".into()],
        }
    }

    #[test]
    fn markdown_has_a_rule_and_escapes_bars() {
        let text = table().markdown();
        let expected = "**Table 9: A caption**\n\n| size | 50% |\n| --- | ---: |\n\
            | 28² \\| a, \"b\" | 1.0 |\n| R_1 & {x}\\ | – |\n| −1.0 | 49.9% |\n\n- 100% of #1\n";
        assert_eq!(text, expected);
    }

    #[test]
    fn latex_escapes_its_own_characters() {
        let text = table().latex().unwrap();
        assert!(text.contains("\\renewcommand{\\thetable}{9}"));
        assert!(text.contains("\\begin{tabular}{lr}"));
        assert!(text.contains("size & 50\\% \\\\\n"));
        assert!(text.contains("28$^2$ \\textbar{} a, \"b\" & 1.0 \\\\\n"));
        assert!(text.contains("R\\_1 \\& \\{x\\}\\textbackslash{} & -- \\\\\n"));
        assert!(text.contains("$-$1.0 & \\textit{49.9\\%} \\\\\n"));
        assert!(text.contains("\\caption{A caption}") && text.contains("100\\% of \\#1"));
        let unnumbered = Table {
            number: None,
            ..table()
        };
        assert_eq!(unnumbered.latex(), None);
        assert_eq!(Emphasis::Favorable.latex("50.1%"), "\\textbf{50.1\\%}");
        assert_eq!(Emphasis::Favorable.latex("50.0%"), "50.0\\%");
    }

    #[test]
    fn csv_quotes_what_needs_it() {
        let text = String::from_utf8(table().data.csv()).unwrap();
        let expected = "size,50%\n\"28² | a, \"\"b\"\"\",1.0\nR_1 & {x}\\,–\n−1.0,49.9%\n";
        assert_eq!(text, expected);
        assert_eq!(quoted("two\nlines"), "\"two\nlines\"");
    }
}
