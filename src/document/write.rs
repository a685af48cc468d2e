//! Writes the folder of a document.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use thiserror::Error;

use super::chart::ChartError;
use super::{Block, Document, Section};
use crate::files::{sweep, write_whole};

/// Why a document could not be written.
#[derive(Debug, Error)]
pub enum DocumentError {
    #[error("the picture {name} cannot be made")]
    Chart {
        name: String,
        #[source]
        source: ChartError,
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
    /// names are replaced, and nothing is removed. The same document gives the same bytes. PNG files elsewhere that texts
    /// link to as images, by relative paths from `folder`, become part of the page.
    ///
    /// # Errors
    /// When a figure cannot be drawn, before anything is written; when the folder or a file cannot be written.
    pub fn write(&self, folder: &Path, markdown: &str) -> Result<Vec<String>, DocumentError> {
        let failed = |name: &str, source| DocumentError::Chart {
            name: name.to_owned(),
            source,
        };
        let page = self.html(&|link| local_png(folder, link));
        let page = page.map_err(|source| failed("index.html", source))?;
        let mut files = vec![
            (String::from("index.html"), page.into_bytes()),
            (markdown.to_owned(), self.markdown().into_bytes()),
        ];
        let data = self.data.iter();
        files.extend(data.map(|(name, sheet)| (format!("{name}.csv"), sheet.csv())));
        let sections = self.sections.iter();
        for section in sections.filter(|section| !section.is_on_page_only) {
            for block in &section.blocks {
                let made = block.files(section);
                files.extend(made.map_err(|source| failed(&section.heading, source))?);
            }
        }
        let written = |path: PathBuf| |source| DocumentError::Write { path, source };
        fs::create_dir_all(folder).map_err(written(folder.to_owned()))?;
        sweep(folder);
        for (name, bytes) in &files {
            let path = folder.join(name);
            write_whole(&path, |out| out.write_all(bytes)).map_err(written(path))?;
        }
        let mut names: Vec<String> = files.into_iter().map(|(name, _)| name).collect();
        names.sort();
        Ok(names)
    }
}

/// The largest picture that becomes part of a page, in bytes.
const LARGEST_PICTURE: u64 = 4 << 20;

/// The content of a PNG file that is not in `folder` itself, whose files may be those of an earlier document, by its
/// relative path from there.
fn local_png(folder: &Path, link: &str) -> Option<Vec<u8>> {
    let is_elsewhere = link.contains('/') && !link.starts_with('/') && !link.contains(':');
    if !is_elsewhere || !link.ends_with(".png") {
        return None;
    }
    let path = folder.join(link);
    let is_small = |file: &fs::Metadata| file.is_file() && file.len() <= LARGEST_PICTURE;
    fs::metadata(&path).ok().filter(is_small)?;
    fs::read(&path).ok()
}

impl Block {
    fn files(&self, section: &Section) -> Result<Vec<File>, ChartError> {
        let (name, files) = match self {
            Self::Text(_) | Self::List(_) => return Ok(Vec::new()),
            Self::Table(table) => {
                let markdown = ("md", table.markdown().into_bytes());
                let latex = table.latex().map(|latex| ("tex", latex.into_bytes()));
                let files = [markdown, ("csv", table.data.csv())]
                    .into_iter()
                    .chain(latex);
                (table.name, files.collect::<Vec<_>>())
            }
            Self::Figure(figure) => {
                let svg = ("svg", figure.chart.svg()?.into_bytes());
                (
                    figure.name.as_str(),
                    vec![svg, ("png", figure.chart.png()?)],
                )
            }
        };
        let name = section.file(name);
        let files = files.into_iter();
        Ok(files
            .map(|(kind, bytes)| (format!("{name}.{kind}"), bytes))
            .collect())
    }
}
