//! A self-contained page of tables and figures.

use super::chart::ChartError;
use super::markup::{Pictures, escape, from_markdown};
use super::{Block, Document, Figure, Table};

/// Number of rows above which a table scrolls in its own box and has a filter.
const LONG: usize = 20;

/// Content security policy: styles and script are part of the page, and nothing may be fetched.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; \
                      img-src data:";
const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("page.js");

impl Document {
    /// Renders the document as one self-contained HTML page, whose tables the reader can sort by each column. The images
    /// of texts are found by `pictures`. The same document and pictures give the same bytes.
    ///
    /// # Errors
    /// When a figure cannot be drawn.
    pub(super) fn html(&self, pictures: Pictures) -> Result<String, ChartError> {
        let title = escape(&self.title);
        let mut html = format!(
            "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
             <meta http-equiv=\"Content-Security-Policy\" content=\"{POLICY}\">\n\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
             <link rel=\"icon\" href=\"data:,\">\n<title>{title}</title>\n\
             <style>\n{STYLE}</style>\n</head>\n<body>\n<h1>{title}</h1>\n{}",
            elements("p", &self.introduction)
        );
        let headings = self.sections.iter().map(|section| escape(&section.heading));
        let headings: Vec<(usize, String)> = (1..).zip(headings).collect();
        let entry = |(number, heading): &(usize, String)| {
            format!("<li><a href=\"#section-{number}\">{heading}</a></li>\n")
        };
        if headings.len() > 1 {
            let entries: String = headings.iter().map(entry).collect();
            html += &format!(
                "<nav aria-label=\"Contents\">\n<h2>Contents</h2>\n<ol>\n{entries}</ol>\n</nav>\n"
            );
        }
        html += "<main>\n";
        for (section, (number, heading)) in self.sections.iter().zip(&headings) {
            html += &format!("<section id=\"section-{number}\">\n<h2>{heading}</h2>\n");
            for block in &section.blocks {
                html += &match block {
                    Block::Text(text) => from_markdown(text, pictures),
                    Block::List(items) => format!("<ul>\n{}</ul>\n", elements("li", items)),
                    Block::Table(table) => of_table(table),
                    Block::Figure(figure) => of_figure(figure)?,
                };
            }
            html += "</section>\n";
        }
        Ok(html + &format!("</main>\n<script>\n{SCRIPT}</script>\n</body>\n</html>\n"))
    }
}

fn of_figure(figure: &Figure) -> Result<String, ChartError> {
    let (svg, caption) = (figure.chart.svg()?, escape(&figure.caption));
    let notes = of_notes(&figure.notes);
    Ok(format!(
        "<figure>\n<div class=\"scroll\">\n{svg}</div>\n<figcaption>{caption}</figcaption>\n{notes}</figure>\n"
    ))
}

fn of_table(table: &Table) -> String {
    let sheet = &table.sortable;
    let length = if sheet.rows.len() > LONG { " long" } else { "" };
    let caption = escape(&format!("{}{}", table.title(), table.sortable_caption));
    let cells = |cells: &[String], start: &str, end: &str| -> String {
        let cells = cells.iter().map(|cell| escape(cell));
        cells
            .map(|cell| format!("<{start}>{cell}</{end}>"))
            .collect()
    };
    let header = cells(&sheet.header, "th scope=\"col\"", "th");
    let row = |(index, row): (usize, &Vec<String>)| {
        let hover = sheet
            .hovers
            .get(index)
            .map(|text| format!(" title=\"{}\"", escape(text)));
        let row = cells(row, "td", "td");
        format!("<tr{}>{row}</tr>\n", hover.unwrap_or_default())
    };
    let rows: String = sheet.rows.iter().enumerate().map(row).collect();
    let notes = of_notes(&table.notes);
    format!(
        "<figure class=\"table{length}\">\n<figcaption>{caption}</figcaption>\n\
         <div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"{caption}\">\n\
         <table>\n<thead>\n<tr>{header}</tr>\n</thead>\n<tbody>\n{rows}</tbody>\n</table>\n</div>\n{notes}</figure>\n"
    )
}

fn of_notes(notes: &[String]) -> String {
    match notes {
        [] => String::new(),
        _ => format!("<ul class=\"notes\">\n{}</ul>\n", elements("li", notes)),
    }
}

/// An element for each text.
fn elements(name: &str, texts: &[String]) -> String {
    let texts = texts.iter().map(|text| escape(text));
    texts
        .map(|text| format!("<{name}>{text}</{name}>\n"))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::{Chart, Section, Sheet};

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
                Block::List(vec![String::from("*host* <b>")]),
                Block::Table(table),
                Block::Figure(figure),
            ],
            ..Section::default()
        };
        let document = Document {
            title: String::from("Report of \"runs\""),
            introduction: vec![String::from("</p><script>")],
            sections: vec![section.clone(), section],
            data: Vec::new(),
        };
        document.html(&|_| None).expect("a page")
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
            "<p>&lt;/p&gt;&lt;script&gt;</p>",
            "<figcaption>Faster &lt;instances&gt;</figcaption>",
            "<tr title=\"key &quot;a&quot;\n&lt;b&gt;\"><td>a&lt;b</td><td>1</td>",
            "<li>a &amp; b</li>",
            "<li>c &lt; d</li>",
            "<p>Some <em>notes</em>: two &lt;runs&gt;.</p>",
            "<ul>\n<li>*host* &lt;b&gt;</li>\n</ul>",
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
    fn an_empty_page_is_a_page() {
        let empty = Document::default().html(&|_| None).expect("a page");
        assert!(empty.ends_with("</html>\n"));
    }

    #[test]
    fn only_long_tables_scroll() {
        let rows = |count| page(sheet(&vec![&["1", "2"][..]; count]));
        assert!(!rows(20).contains("class=\"table long\""));
        assert!(rows(21).contains("class=\"table long\""));
    }
}
