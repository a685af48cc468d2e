//! A document as Markdown, with links to the files of its tables and figures.

use super::{Block, Document, Section};

impl Document {
    /// Renders the document as Markdown; Markdown in it is included unchanged.
    pub fn markdown(&self) -> String {
        let mut text = format!("# {}\n\n", self.title);
        for paragraph in &self.introduction {
            text += &format!("{paragraph}\n\n");
        }
        for section in self
            .sections
            .iter()
            .filter(|section| !section.is_on_page_only)
        {
            text += &format!("## {}\n\n", section.heading);
            text.extend(section.blocks.iter().map(|block| markdown(section, block)));
        }
        format!("{}\n", text.trim_end())
    }
}

fn markdown(section: &Section, block: &Block) -> String {
    match block {
        Block::Paragraph(text) => format!("{text}\n\n"),
        Block::Markdown(text) => format!("{}\n\n", text.trim_end()),
        Block::List(items) => list(items),
        Block::Terms(terms) => {
            let items = terms.iter();
            let items: Vec<String> = items
                .map(|(word, meaning)| format!("**{word}**: {meaning}"))
                .collect();
            list(&items)
        }
        Block::Table(table) => {
            let file = section.file(table.name);
            let latex = match table.number {
                Some(_) => format!(", [LaTeX]({file}.tex)"),
                None => String::new(),
            };
            let table = table.markdown();
            format!("{table}\nAs files: [CSV]({file}.csv){latex}.\n\n")
        }
        Block::Figure(figure) => {
            let file = section.file(&figure.name);
            let (name, caption) = (&figure.name, &figure.caption);
            format!(
                "![{name}]({file}.png)\n\n{caption}\n\n{}",
                list(&figure.notes)
            )
        }
    }
}

fn list(items: &[String]) -> String {
    let lines: String = items.iter().map(|item| format!("- {item}\n")).collect();
    match items {
        [] => lines,
        _ => lines + "\n",
    }
}
