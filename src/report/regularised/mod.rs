//! The study of regularisers (arXiv 2604.22746): networks that learn functions, trained with penalties on what makes their
//! MILPs hard, and the time to minimise over them.
//!
//! Reading order: `networks` (the runs of each network, and what they say), `tables`, `figures`.

mod figures;
mod networks;
mod tables;

use crate::document::{Block, Section};
use crate::experiment::RunRecord;
use networks::{Group, agreement, groups};

/// A section on each function, and one that compares all of them; none without such runs.
pub fn sections(runs: &[RunRecord]) -> Vec<Section> {
    let groups = groups(runs);
    if groups.is_empty() {
        return Vec::new();
    }
    let mut blocks = vec![Block::Text(
        include_str!("../texts/regularised.md").to_owned(),
    )];
    blocks.extend(agreement(&groups).map(|sentence| Block::List(vec![sentence])));
    blocks.push(Block::Table(tables::best(&groups)));
    let mut sections = vec![Section {
        heading: String::from("Training for the solver"),
        slug: String::from("regularisers"),
        blocks,
        ..Section::default()
    }];
    sections.extend(groups.iter().map(section));
    sections
}

fn section(group: &Group) -> Section {
    let mut blocks = vec![Block::Table(tables::of_group(group))];
    blocks.extend(figures::of_group(group).into_iter().map(Block::Figure));
    Section {
        heading: format!("Training for the solver: {}", group.name()),
        slug: group.slug(),
        blocks,
        ..Section::default()
    }
}
