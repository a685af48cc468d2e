//! Writes the folder of a report.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use thiserror::Error;

use super::build::{Chapter, Report};
use super::captioned::Figure;
use super::figure::FigureError;
use super::overview::page;
use super::reproduction::markdown;
use crate::files::{sweep, write_whole};

/// Why a report could not be written.
#[derive(Debug, Error)]
pub enum ReportError {
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

/// A file of the report: its name and content.
type File = (String, Vec<u8>);

impl Report<'_> {
    /// Writes the report to `folder`, which is created if it does not exist, and returns the names
    /// of its files. Files of the same names are replaced, and nothing is removed. The same records
    /// give the same bytes.
    ///
    /// # Errors
    /// When a figure cannot be drawn, or the folder or a file cannot be written.
    pub fn write(&self, folder: &Path) -> Result<Vec<String>, ReportError> {
        let files = self.files()?;
        fs::create_dir_all(folder).map_err(|source| ReportError::Folder {
            path: folder.to_owned(),
            source,
        })?;
        sweep(folder);
        let mut names = Vec::new();
        for (name, bytes) in files {
            let path = folder.join(&name);
            write_whole(&path, |out| out.write_all(&bytes))
                .map_err(|source| ReportError::Write { path, source })?;
            names.push(name);
        }
        for chapter in &self.chapters {
            for figure in &chapter.figures {
                let name = format!("{}-{}.png", chapter.slug, figure.name);
                let path = folder.join(&name);
                figure.drawing.write_png(&path).map_err(|source| {
                    let name = name.clone();
                    ReportError::Figure { name, source }
                })?;
                names.push(name);
            }
        }
        names.sort();
        Ok(names)
    }

    /// Renders everything but the PNG files, before anything is written.
    fn files(&self) -> Result<Vec<File>, ReportError> {
        let page = page(self).map_err(|source| ReportError::Figure {
            name: String::from("index.html"),
            source,
        })?;
        let mut files = vec![
            (String::from("index.html"), page.html().into_bytes()),
            (String::from("REPRODUCTION.md"), markdown(self).into_bytes()),
            (String::from("runs.csv"), self.runs_csv.csv()),
            (String::from("pairs.csv"), self.pairs_csv.csv()),
        ];
        for chapter in &self.chapters {
            files.extend(tables(chapter));
            files.extend(pictures(chapter)?);
        }
        Ok(files)
    }
}

fn tables(chapter: &Chapter) -> Vec<File> {
    let of_table = |table: &super::tables::Table| {
        let name = format!("{}-{}", chapter.slug, table.name);
        let mut files = vec![
            (format!("{name}.md"), table.markdown().into_bytes()),
            (format!("{name}.csv"), table.data.csv()),
        ];
        let latex = table.latex();
        files.extend(latex.map(|text| (format!("{name}.tex"), text.into_bytes())));
        files
    };
    chapter.tables.iter().flat_map(of_table).collect()
}

fn pictures(chapter: &Chapter) -> Result<Vec<File>, ReportError> {
    let svg = |figure: &Figure| {
        let name = format!("{}-{}.svg", chapter.slug, figure.name);
        match figure.drawing.svg() {
            Ok(svg) => Ok((name, svg.into_bytes())),
            Err(source) => Err(ReportError::Figure { name, source }),
        }
    };
    chapter.figures.iter().map(svg).collect()
}
