//! A document as Markdown, with links to the files of its tables and figures.

use super::{Block, Document, Section};

impl Document {
    /// Renders the document as Markdown.
    pub fn markdown(&self) -> String {
        let mut text = format!("# {}\n\n{}\n\n", self.title, self.introduction.join("\n\n"));
        let sections = self.sections.iter();
        for section in sections.filter(|section| !section.is_on_page_only) {
            text += &format!("## {}\n\n", section.heading);
            for block in &section.blocks {
                text += markdown(section, block).trim_end();
                text += "\n\n";
            }
        }
        format!("{}\n", text.trim_end())
    }
}

fn markdown(section: &Section, block: &Block) -> String {
    match block {
        Block::Text(text) => text.clone(),
        Block::List(items) => list(items),
        Block::Table(table) => {
            let file = section.file(table.name);
            let latex = match table.number {
                Some(_) => format!(", [LaTeX]({file}.tex)"),
                None => String::new(),
            };
            let table = table.markdown();
            format!("{table}\nAs files: [CSV]({file}.csv){latex}.")
        }
        Block::Figure(figure) => {
            let file = section.file(&figure.name);
            let (name, caption, notes) = (&figure.name, &figure.caption, list(&figure.notes));
            format!("![{name}]({file}.png)\n\n{caption}\n\n{notes}")
        }
    }
}

fn list(items: &[String]) -> String {
    items.iter().map(|item| format!("- {item}\n")).collect()
}
