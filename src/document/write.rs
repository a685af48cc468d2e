//! Writes the folder of a document.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use thiserror::Error;

use super::figure::FigureError;
use super::{Block, Document, Figure, Section};
use crate::files::{sweep, write_whole};

/// Why a document could not be written.
#[derive(Debug, Error)]
pub enum DocumentError {
    #[error("the picture {name} cannot be made")]
    Figure {
        name: String,
        #[source]
        source: FigureError,
    },
    #[error("cannot make the folder {path}")]
    Folder {
        path: PathBuf,
        #[source]
        source: io::Error,
    },
    #[error("cannot write {path}")]
    Write {
        path: PathBuf,
        #[source]
        source: io::Error,
    },
}

/// A file: its name and content.
type File = (String, Vec<u8>);

impl Document {
    /// Writes the document to `folder`, which is created if it does not exist: the page `index.html`, Markdown under the
    /// name `markdown`, and the files of tables, figures and data. Returns the names of all files. Files of the same
    /// names are replaced, and nothing is removed. The same document gives the same bytes.
    ///
    /// # Errors
    /// When a figure cannot be drawn, or the folder or a file cannot be written.
    pub fn write(&self, folder: &Path, markdown: &str) -> Result<Vec<String>, DocumentError> {
        let files = self.files(markdown)?;
        fs::create_dir_all(folder).map_err(|source| DocumentError::Folder {
            path: folder.to_owned(),
            source,
        })?;
        sweep(folder);
        let mut names = Vec::new();
        for (name, bytes) in files {
            let path = folder.join(&name);
            write_whole(&path, |out| out.write_all(&bytes))
                .map_err(|source| DocumentError::Write { path, source })?;
            names.push(name);
        }
        for (section, figure) in self.figures() {
            let name = format!("{}.png", section.file(&figure.name));
            let written = figure.drawing.write_png(&folder.join(&name));
            written.map_err(|source| failed(&name, source))?;
            names.push(name);
        }
        names.sort();
        Ok(names)
    }

    /// Renders everything but the PNG files, before anything is written.
    fn files(&self, markdown: &str) -> Result<Vec<File>, DocumentError> {
        let page = self.html().map_err(|source| failed("index.html", source))?;
        let mut files = vec![
            (String::from("index.html"), page.into_bytes()),
            (markdown.to_owned(), self.markdown().into_bytes()),
        ];
        let data = self.data.iter();
        files.extend(data.map(|(name, sheet)| (format!("{name}.csv"), sheet.csv())));
        for section in self
            .sections
            .iter()
            .filter(|section| !section.is_on_page_only)
        {
            for block in &section.blocks {
                if let Block::Table(table) = block {
                    let name = section.file(table.name);
                    files.push((format!("{name}.md"), table.markdown().into_bytes()));
                    files.push((format!("{name}.csv"), table.data.csv()));
                    let latex = table.latex();
                    files.extend(latex.map(|text| (format!("{name}.tex"), text.into_bytes())));
                }
            }
        }
        for (section, figure) in self.figures() {
            let name = format!("{}.svg", section.file(&figure.name));
            let svg = figure.drawing.svg();
            let svg = svg.map_err(|source| failed(&name, source))?;
            files.push((name, svg.into_bytes()));
        }
        Ok(files)
    }

    fn figures(&self) -> impl Iterator<Item = (&Section, &Figure)> {
        let blocks = self.sections.iter();
        let blocks =
            blocks.flat_map(|section| section.blocks.iter().map(move |block| (section, block)));
        blocks.filter_map(|(section, block)| match block {
            Block::Figure(figure) => Some((section, figure)),
            _ => None,
        })
    }
}

fn failed(name: &str, source: FigureError) -> DocumentError {
    DocumentError::Figure {
        name: name.to_owned(),
        source,
    }
}
