//! A self-contained page of tables and figures.

use std::fmt::Write;

use super::markup::{escape, from_markdown};

/// Number of rows above which a table scrolls in its own box and has a filter.
const LONG: usize = 20;

/// Content security policy: styles and script are part of the page, and nothing may be fetched.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; \
                      img-src data:";
const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("page.js");

/// A page; all texts except figures and Markdown are plain.
#[derive(Debug, Clone, PartialEq)]
pub struct Page {
    pub title: String,
    /// Paragraphs.
    pub introduction: Vec<String>,
    pub sections: Vec<Section>,
}

/// A heading and its content, in this order.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Section {
    pub heading: String,
    pub paragraphs: Vec<String>,
    /// Terms with their meanings.
    pub terms: Vec<(String, String)>,
    /// Notes in Markdown by the user.
    pub markdown: String,
    pub tables: Vec<PageTable>,
    pub figures: Vec<PageFigure>,
}

/// A table, which the reader can sort by each column.
#[derive(Debug, Clone, PartialEq)]
pub struct PageTable {
    pub caption: String,
    pub header: Vec<String>,
    pub rows: Vec<PageRow>,
    /// Shown below the table.
    pub notes: Vec<String>,
}

/// One row of a table.
#[derive(Debug, Clone, PartialEq)]
pub struct PageRow {
    pub cells: Vec<String>,
    /// Tooltip of the row.
    pub hover: Option<String>,
}

/// A figure as an SVG document without ids, such as those of this crate.
#[derive(Debug, Clone, PartialEq)]
pub struct PageFigure {
    pub caption: String,
    pub svg: String,
    /// Shown below the caption.
    pub notes: Vec<String>,
}

impl Page {
    /// Renders the page as HTML. The same page gives the same bytes.
    pub fn html(&self) -> String {
        let mut html = Html(String::new());
        html.head(&self.title);
        html.element("h1", &self.title);
        html.paragraphs(&self.introduction);
        html.contents(&self.sections);
        html.push("<main>\n");
        for (index, section) in self.sections.iter().enumerate() {
            html.section(section, index + 1);
        }
        write!(
            html.0,
            "</main>\n<script>\n{SCRIPT}</script>\n</body>\n</html>\n"
        )
        .expect(WRITES);
        html.0
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

    fn paragraphs(&mut self, paragraphs: &[String]) {
        for paragraph in paragraphs {
            self.element("p", paragraph);
        }
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

    fn section(&mut self, section: &Section, number: usize) {
        writeln!(self.0, "<section id=\"section-{number}\">").expect(WRITES);
        self.element("h2", &section.heading);
        self.paragraphs(&section.paragraphs);
        self.terms(&section.terms);
        self.push(&from_markdown(&section.markdown));
        for table in &section.tables {
            self.table(table);
        }
        for figure in &section.figures {
            self.push("<figure>\n<div class=\"scroll\">\n");
            self.push(&figure.svg);
            self.push("</div>\n");
            self.element("figcaption", &figure.caption);
            self.notes(&figure.notes);
            self.push("</figure>\n");
        }
        self.push("</section>\n");
    }

    fn table(&mut self, table: &PageTable) {
        let length = if table.rows.len() > LONG { " long" } else { "" };
        let caption = escape(&table.caption);
        write!(
            self.0,
            "<figure class=\"table{length}\">\n<figcaption>{caption}</figcaption>\n\
             <div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"{caption}\">\n\
             <table>\n<thead>\n<tr>"
        )
        .expect(WRITES);
        let numeric: Vec<bool> = (0..table.header.len())
            .map(|column| is_numeric(table, column))
            .collect();
        let class = |column: usize| match numeric.get(column) {
            Some(true) => " class=\"number\"",
            _ => "",
        };
        for (column, title) in table.header.iter().enumerate() {
            let (class, title) = (class(column), escape(title));
            write!(self.0, "<th scope=\"col\"{class}>{title}</th>").expect(WRITES);
        }
        self.push("</tr>\n</thead>\n<tbody>\n");
        for row in &table.rows {
            match &row.hover {
                Some(hover) => write!(self.0, "<tr title=\"{}\">", escape(hover)).expect(WRITES),
                None => self.push("<tr>"),
            }
            for column in 0..row.cells.len().max(table.header.len()) {
                let cell = row.cells.get(column).map_or("", String::as_str);
                write!(self.0, "<td{}>{}</td>", class(column), escape(cell)).expect(WRITES);
            }
            self.push("</tr>\n");
        }
        self.push("</tbody>\n</table>\n</div>\n");
        self.notes(&table.notes);
        self.push("</figure>\n");
    }

    fn terms(&mut self, terms: &[(String, String)]) {
        if terms.is_empty() {
            return;
        }
        self.push("<dl>\n");
        for (word, meaning) in terms {
            self.element("dt", word);
            self.element("dd", meaning);
        }
        self.push("</dl>\n");
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
fn is_numeric(table: &PageTable, column: usize) -> bool {
    let cells = table.rows.iter().filter_map(|row| row.cells.get(column));
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

    fn row(cells: &[&str], hover: Option<&str>) -> PageRow {
        PageRow {
            cells: cells.iter().map(ToString::to_string).collect(),
            hover: hover.map(str::to_owned),
        }
    }

    fn page(rows: Vec<PageRow>) -> Page {
        let table = PageTable {
            caption: String::from("Faster <instances>"),
            header: vec![String::from("rate"), String::from("share")],
            rows,
            notes: vec![String::from("a & b")],
        };
        let figure = PageFigure {
            caption: String::from("Times"),
            svg: String::from("<svg xmlns=\"http://www.w3.org/2000/svg\"></svg>\n"),
            notes: vec![String::from("c < d")],
        };
        let section = Section {
            heading: String::from("Verification"),
            paragraphs: vec![String::from("1 < 2")],
            terms: vec![(String::from("pair"), String::from("two <runs>"))],
            markdown: String::from("Some *notes*."),
            tables: vec![table],
            figures: vec![figure],
        };
        Page {
            title: String::from("Report of \"runs\""),
            introduction: vec![String::from("</p><script>")],
            sections: vec![section.clone(), section],
        }
    }

    #[test]
    fn texts_are_escaped_and_figures_are_not() {
        let hover = Some("key \"a\"\n<b>");
        let html = page(vec![row(&["a<b", "1"], hover)]).html();
        for text in [
            "<h1>Report of &quot;runs&quot;</h1>",
            "<p>&lt;/p&gt;&lt;script&gt;</p>",
            "<figcaption>Faster &lt;instances&gt;</figcaption>",
            "<tr title=\"key &quot;a&quot;\n&lt;b&gt;\"><td>a&lt;b</td><td class=\"number\">1</td>",
            "<li>a &amp; b</li>",
            "<li>c &lt; d</li>",
            "<dt>pair</dt>\n<dd>two &lt;runs&gt;</dd>",
            "<p>Some <em>notes</em>.</p>",
            "<svg xmlns=",
            "<a href=\"#section-2\">",
        ] {
            assert!(html.contains(text), "{text} is missing in {html}");
        }
        assert_eq!(html.matches("<script>").count(), 1);
    }

    #[test]
    fn nothing_is_fetched_and_ids_are_distinct() {
        let html = page(Vec::new()).html();
        for source in ["src=", "url(", "@import", "fetch("] {
            assert!(!html.contains(source), "{source}");
        }
        let ids: Vec<&str> = html.split(" id=\"").skip(1).collect();
        assert_eq!(ids.len(), 2);
        assert_ne!(ids[0].split('"').next(), ids[1].split('"').next());
    }

    #[test]
    fn columns_of_numbers_and_dashes_are_numeric() {
        let table = |cells: &[&str]| PageTable {
            caption: String::new(),
            header: vec![String::from("column")],
            rows: cells.iter().map(|cell| row(&[cell], None)).collect(),
            notes: Vec::new(),
        };
        for numbers in [
            &["67.5%", "–"][..],
            &["1,000", "-3"],
            &["0.25 s", ""],
            &["70.0% (67.5%)", "– (67.5%)"],
            &["56.3% (92.5%, −36.2)", "70.0% (67.5%, +2.5)"],
            &["−3.0%"],
        ] {
            assert!(is_numeric(&table(numbers), 0), "{numbers:?}");
        }
        for other in [&["–"][..], &["1", "2 x 32"], &["inf"], &["nan"], &[]] {
            assert!(!is_numeric(&table(other), 0), "{other:?}");
        }
    }

    #[test]
    fn rows_shorter_than_the_header_are_filled_up_and_an_empty_page_is_a_page() {
        let html = page(vec![row(&["0.3"], None)]).html();
        assert!(html.contains("<td class=\"number\">0.3</td><td></td></tr>"));
        let empty = Page {
            title: String::new(),
            introduction: Vec::new(),
            sections: Vec::new(),
        };
        assert!(empty.html().ends_with("</html>\n"));
    }

    #[test]
    fn only_long_tables_scroll() {
        let rows = |count| vec![row(&["1", "2"], None); count];
        assert!(!page(rows(20)).html().contains("class=\"table long\""));
        assert!(page(rows(21)).html().contains("class=\"table long\""));
    }
}
