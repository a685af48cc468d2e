//! Documents of text, tables and figures: as Markdown, as one HTML page, and as files beside them.
//!
//! A report builds a [`Document`] from its results; this module does not depend on what is reported.
//!
//! Reading order: this file, `table` (a table and its formats), `chart` (what figures show), `markdown` and `page` (the two
//! renderings, with `markup`), `write` (the folder). `bitmap` is what all pictures share.

mod bitmap;
mod chart;
mod markdown;
mod markup;
mod page;
mod table;
mod write;

pub use bitmap::{FONT, png, register_fonts};
pub use chart::{Axis, Chart, ChartError, Corner, Curve, Form, Panel, Point, Scale};
pub use table::{Emphasis, Sheet, Table};
pub use write::DocumentError;

/// A document.
#[derive(Debug, Clone, Default)]
pub struct Document {
    pub title: String,
    /// Paragraphs of plain text before the first section.
    pub introduction: Vec<String>,
    pub sections: Vec<Section>,
    /// Further data, by the names of their CSV files without the extension.
    pub data: Vec<(String, Sheet)>,
}

/// A heading and its content, in this order.
#[derive(Debug, Clone, Default)]
pub struct Section {
    pub heading: String,
    /// Prefix of the names of its files.
    pub slug: String,
    pub blocks: Vec<Block>,
    /// Whether the section is only in the page, being too long for anything else.
    pub is_on_page_only: bool,
}

/// A part of a section.
#[derive(Debug, Clone)]
pub enum Block {
    /// Markdown.
    Text(String),
    /// Sentences of plain text, each on its own.
    List(Vec<String>),
    Table(Table),
    Figure(Figure),
}

/// A figure with its caption.
#[derive(Debug, Clone)]
pub struct Figure {
    /// Its name in file names.
    pub name: String,
    pub caption: String,
    /// Notes needed to read it.
    pub notes: Vec<String>,
    pub chart: Chart,
}

impl Section {
    /// The name of the file of a table or figure, without its extension.
    fn file(&self, name: &str) -> String {
        format!("{}-{name}", self.slug)
    }
}
