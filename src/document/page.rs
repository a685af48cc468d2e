//! A self-contained page of tables and figures.

use std::fmt::Write;

use super::chart::ChartError;
use super::markup::{escape, from_markdown};
use super::{Block, Document, Figure, Section, Sheet, Table};

/// Number of rows above which a table scrolls in its own box and has a filter.
const LONG: usize = 20;

/// Content security policy: styles and script are part of the page, and nothing may be fetched.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; \
                      img-src data:";
const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("page.js");

impl Document {
    /// Renders the document as one self-contained HTML page, whose tables the reader can sort by each column. The same
    /// document gives the same bytes.
    ///
    /// # Errors
    /// When a figure cannot be drawn.
    pub fn html(&self) -> Result<String, ChartError> {
        let mut html = Html(String::new());
        html.head(&self.title);
        html.element("h1", &self.title);
        html.push(&from_markdown(&self.introduction));
        html.contents(&self.sections);
        html.push("<main>\n");
        for (index, section) in self.sections.iter().enumerate() {
            html.section(section, index + 1)?;
        }
        write!(
            html.0,
            "</main>\n<script>\n{SCRIPT}</script>\n</body>\n</html>\n"
        )
        .expect(WRITES);
        Ok(html.0)
    }
}

const WRITES: &str = "a string takes any text";

/// The part of the page written so far.
struct Html(String);

impl Html {
    fn push(&mut self, markup: &str) {
        self.0.push_str(markup);
    }

    fn element(&mut self, name: &str, text: &str) {
        let text = escape(text);
        writeln!(self.0, "<{name}>{text}</{name}>").expect(WRITES);
    }

    fn head(&mut self, title: &str) {
        let title = escape(title);
        write!(
            self.0,
            "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
             <meta http-equiv=\"Content-Security-Policy\" content=\"{POLICY}\">\n\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
             <link rel=\"icon\" href=\"data:,\">\n<title>{title}</title>\n\
             <style>\n{STYLE}</style>\n</head>\n<body>\n"
        )
        .expect(WRITES);
    }

    fn contents(&mut self, sections: &[Section]) {
        if sections.len() < 2 {
            return;
        }
        self.push("<nav aria-label=\"Contents\">\n<h2>Contents</h2>\n<ol>\n");
        for (index, section) in sections.iter().enumerate() {
            let (number, heading) = (index + 1, escape(&section.heading));
            writeln!(
                self.0,
                "<li><a href=\"#section-{number}\">{heading}</a></li>"
            )
            .expect(WRITES);
        }
        self.push("</ol>\n</nav>\n");
    }

    fn section(&mut self, section: &Section, number: usize) -> Result<(), ChartError> {
        writeln!(self.0, "<section id=\"section-{number}\">").expect(WRITES);
        self.element("h2", &section.heading);
        for block in &section.blocks {
            match block {
                Block::Text(text) => self.push(&from_markdown(text)),
                Block::Table(table) => self.table(table),
                Block::Figure(figure) => self.figure(figure)?,
            }
        }
        self.push("</section>\n");
        Ok(())
    }

    fn figure(&mut self, figure: &Figure) -> Result<(), ChartError> {
        self.push("<figure>\n<div class=\"scroll\">\n");
        self.push(&figure.chart.svg()?);
        self.push("</div>\n");
        self.element("figcaption", &figure.caption);
        self.notes(&figure.notes);
        self.push("</figure>\n");
        Ok(())
    }

    fn table(&mut self, table: &Table) {
        let sheet = &table.sortable;
        let length = if sheet.rows.len() > LONG { " long" } else { "" };
        let caption = escape(&format!("{}{}", table.title(), table.sortable_caption));
        write!(
            self.0,
            "<figure class=\"table{length}\">\n<figcaption>{caption}</figcaption>\n\
             <div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"{caption}\">\n\
             <table>\n<thead>\n<tr>"
        )
        .expect(WRITES);
        let numeric: Vec<bool> = (0..sheet.header.len())
            .map(|column| is_numeric(sheet, column))
            .collect();
        let class = |column: usize| match numeric.get(column) {
            Some(true) => " class=\"number\"",
            _ => "",
        };
        for (column, title) in sheet.header.iter().enumerate() {
            let (class, title) = (class(column), escape(title));
            write!(self.0, "<th scope=\"col\"{class}>{title}</th>").expect(WRITES);
        }
        self.push("</tr>\n</thead>\n<tbody>\n");
        for (index, row) in sheet.rows.iter().enumerate() {
            match sheet.hovers.get(index) {
                Some(hover) => write!(self.0, "<tr title=\"{}\">", escape(hover)).expect(WRITES),
                None => self.push("<tr>"),
            }
            for column in 0..row.len().max(sheet.header.len()) {
                let cell = row.get(column).map_or("", String::as_str);
                write!(self.0, "<td{}>{}</td>", class(column), escape(cell)).expect(WRITES);
            }
            self.push("</tr>\n");
        }
        self.push("</tbody>\n</table>\n</div>\n");
        self.notes(&table.notes);
        self.push("</figure>\n");
    }

    fn notes(&mut self, notes: &[String]) {
        if notes.is_empty() {
            return;
        }
        self.push("<ul class=\"notes\">\n");
        for note in notes {
            self.element("li", note);
        }
        self.push("</ul>\n");
    }
}

/// Whether a column contains numbers, and nothing else but dashes.
fn is_numeric(sheet: &Sheet, column: usize) -> bool {
    let cells = sheet.rows.iter().filter_map(|row| row.get(column));
    let mut filled = cells
        .map(|cell| before_comparison(cell))
        .filter(|cell| !matches!(*cell, "" | "-" | "–" | "—"))
        .peekable();
    filled.peek().is_some() && filled.all(is_number)
}

/// The cell without the value that it is compared with.
fn before_comparison(cell: &str) -> &str {
    cell.split(['(', '/', '±']).next().unwrap_or(cell).trim()
}

/// As in the script: a unit may follow.
fn is_number(cell: &str) -> bool {
    let number = cell.trim_end_matches(['%', 's']).trim_end();
    let number = number.replace(',', "").replace('−', "-");
    let begins = number.starts_with(|first: char| first.is_ascii_digit() || "+-.".contains(first));
    begins && number.parse::<f64>().is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::Chart;

    fn sheet(rows: &[&[&str]]) -> Sheet {
        let row = |cells: &&[&str]| cells.iter().map(ToString::to_string).collect();
        Sheet {
            rows: rows.iter().map(row).collect(),
            ..Sheet::new(["rate", "share"])
        }
    }

    fn page(sortable: Sheet) -> String {
        let table = Table {
            name: "name",
            caption: String::from("Faster <instances>"),
            sortable,
            notes: vec![String::from("a & b")],
            ..Table::default()
        };
        let figure = Figure {
            name: String::from("times"),
            caption: String::from("Times"),
            notes: vec![String::from("c < d")],
            chart: Chart::default(),
        };
        let section = Section {
            heading: String::from("Verification"),
            blocks: vec![
                Block::Text(String::from("Some *notes*: two <runs>.")),
                Block::Table(table),
                Block::Figure(figure),
            ],
            ..Section::default()
        };
        let document = Document {
            title: String::from("Report of \"runs\""),
            introduction: String::from("a </p><script>"),
            sections: vec![section.clone(), section],
            data: Vec::new(),
        };
        document.html().expect("a page")
    }

    #[test]
    fn texts_are_escaped_and_figures_are_not() {
        let hovers = vec![String::from("key \"a\"\n<b>")];
        let html = page(Sheet {
            hovers,
            ..sheet(&[&["a<b", "1"]])
        });
        for text in [
            "<h1>Report of &quot;runs&quot;</h1>",
            "<p>a &lt;/p&gt;&lt;script&gt;</p>",
            "<figcaption>Faster &lt;instances&gt;</figcaption>",
            "<tr title=\"key &quot;a&quot;\n&lt;b&gt;\"><td>a&lt;b</td><td class=\"number\">1</td>",
            "<li>a &amp; b</li>",
            "<li>c &lt; d</li>",
            "<p>Some <em>notes</em>: two &lt;runs&gt;.</p>",
            "<svg xmlns=",
            "<a href=\"#section-2\">",
        ] {
            assert!(html.contains(text), "{text} is missing in {html}");
        }
        assert_eq!(html.matches("<script>").count(), 1);
    }

    #[test]
    fn nothing_is_fetched_and_ids_are_distinct() {
        let html = page(sheet(&[]));
        for source in ["src=", "url(", "@import", "fetch("] {
            assert!(!html.contains(source), "{source}");
        }
        let ids: Vec<&str> = html.split(" id=\"").skip(1).collect();
        assert_eq!(ids.len(), 2);
        assert_ne!(ids[0].split('"').next(), ids[1].split('"').next());
    }

    #[test]
    fn columns_of_numbers_and_dashes_are_numeric() {
        let column = |cells: &[&str]| Sheet {
            rows: cells.iter().map(|cell| vec![(*cell).to_owned()]).collect(),
            ..Sheet::new(["column"])
        };
        for numbers in [
            &["67.5%", "–"][..],
            &["1,000", "-3"],
            &["0.25 s", ""],
            &["70.0% (67.5%)", "– (67.5%)"],
            &["56.3% (92.5%, −36.2)", "70.0% (67.5%, +2.5)"],
            &["−3.0%"],
        ] {
            assert!(is_numeric(&column(numbers), 0), "{numbers:?}");
        }
        for other in [&["–"][..], &["1", "2 x 32"], &["inf"], &["nan"], &[]] {
            assert!(!is_numeric(&column(other), 0), "{other:?}");
        }
    }

    #[test]
    fn rows_shorter_than_the_header_are_filled_up_and_an_empty_page_is_a_page() {
        let html = page(sheet(&[&["0.3"]]));
        assert!(html.contains("<td class=\"number\">0.3</td><td></td></tr>"));
        let empty = Document::default().html().expect("a page");
        assert!(empty.ends_with("</html>\n"));
    }

    #[test]
    fn only_long_tables_scroll() {
        let rows = |count| page(sheet(&vec![&["1", "2"][..]; count]));
        assert!(!rows(20).contains("class=\"table long\""));
        assert!(rows(21).contains("class=\"table long\""));
    }
}
