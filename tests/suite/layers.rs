//! ARCHITECTURE.md's table of layers is true: imports point down it, and what is said to live in
//! one place lives there alone.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// The table's rows `| level | `module` | ...`.
fn levels() -> BTreeMap<String, u32> {
    let text = fs::read_to_string(root().join("ARCHITECTURE.md")).expect("ARCHITECTURE.md");
    let rows = text.lines().filter_map(|line| {
        let mut cells = line.split('|').skip(1).map(str::trim);
        let level = cells.next()?.parse().ok()?;
        let module = cells.next()?.strip_prefix('`')?.strip_suffix('`')?;
        Some((module.to_owned(), level))
    });
    rows.collect()
}

fn sources(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).expect("a source folder");
    let mut files = Vec::new();
    for path in entries.map(|entry| entry.expect("an entry").path()) {
        if path.is_dir() {
            files.extend(sources(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    files
}

/// Each source file of the library with the module it belongs to and its code without comments.
fn files() -> Vec<(PathBuf, String, String)> {
    let src = root().join("src");
    let relevant = sources(&src).into_iter().filter_map(|path| {
        let inside = path.strip_prefix(&src).expect("under src").to_owned();
        let first = inside.iter().next()?.to_str()?;
        let module = first.strip_suffix(".rs").unwrap_or(first).to_owned();
        let text = fs::read_to_string(&path).expect("a source file");
        let code = text
            .lines()
            .filter(|line| !line.trim_start().starts_with("//"));
        let code = code.collect::<Vec<_>>().join("\n");
        (module != "main" && module != "lib").then_some((inside, module, code))
    });
    relevant.collect()
}

/// The top-level modules named `crate::module` in the code.
fn imports(code: &str) -> Vec<String> {
    let after = code.split("crate::").skip(1);
    after
        .map(|rest| {
            rest.chars()
                .take_while(|c| c.is_alphanumeric() || *c == '_')
                .collect()
        })
        .filter(|name: &String| name.starts_with(char::is_lowercase))
        .collect()
}

#[test]
fn every_import_points_down_the_table() {
    let levels = levels();
    assert!(
        levels.len() >= 10,
        "the table of ARCHITECTURE.md was not read: {levels:?}"
    );
    for (path, module, code) in files() {
        let own = *levels
            .get(&module)
            .unwrap_or_else(|| panic!("{} belongs to no module of the table", path.display()));
        for import in imports(&code)
            .into_iter()
            .filter(|import| *import != module)
        {
            let level = *levels
                .get(&import)
                .unwrap_or_else(|| panic!("{} imports {import}, not in the table", path.display()));
            assert!(
                level < own,
                "{} (level {own}) imports {import} (level {level})",
                path.display()
            );
        }
    }
}

#[test]
fn the_table_names_only_modules_that_are_there() {
    for module in levels().keys() {
        let folder = root().join("src").join(module);
        assert!(
            folder.is_dir() || folder.with_extension("rs").is_file(),
            "ARCHITECTURE.md names {module}, which is not in src"
        );
    }
}

#[test]
fn burn_highs_and_unsafe_stay_in_their_places() {
    for (path, module, code) in files() {
        let at = path.display();
        let names = |word: &str| {
            code.lines().any(|line| {
                let line = line.trim_start();
                line.starts_with(&format!("use {word}")) || line.contains(&format!(" {word}::"))
            })
        };
        assert!(
            module == "training" || !(names("burn") || names("burn_ndarray")),
            "{at} uses Burn"
        );
        assert!(
            module == "solver" || !(names("highs") || names("highs_sys")),
            "{at} uses HiGHS"
        );
        let callback = path.ends_with("solver/callback.rs");
        let unsafe_code = code.contains("unsafe {") || code.contains("unsafe extern");
        assert!(callback || !unsafe_code, "{at} has unsafe code");
    }
}
