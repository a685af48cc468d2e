//! The code follows ARCHITECTURE.md's table of layers: imports point down it, and Burn, HiGHS and unsafe
//! code stay in their modules.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

pub fn root() -> PathBuf {
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

pub fn sources(folder: &Path) -> Vec<PathBuf> {
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

/// The top-level modules named `crate::module`, also in braces, in the code.
fn imports(code: &str) -> Vec<String> {
    let after = code.split("crate::").skip(1);
    let names = after.flat_map(|rest| match rest.strip_prefix('{') {
        None => vec![name(rest)],
        Some(group) => first_names(group),
    });
    names
        .filter(|name| name.starts_with(char::is_lowercase))
        .collect()
}

fn name(code: &str) -> String {
    let is_inside = |c: &char| c.is_alphanumeric() || *c == '_';
    code.chars().take_while(is_inside).collect()
}

/// The first names of the parts of a group, given the text after its opening brace.
fn first_names(group: &str) -> Vec<String> {
    let (mut names, mut depth, mut begins) = (Vec::new(), 0, true);
    for (at, c) in group.char_indices() {
        match c {
            '}' if depth == 0 => break,
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 0 => begins = true,
            c if begins && !c.is_whitespace() => {
                names.push(name(&group[at..]));
                begins = false;
            }
            _ => {}
        }
    }
    names
}

/// Whether the code names the crate `word`, in an import or in a path.
fn names_crate(code: &str, word: &str) -> bool {
    code.match_indices(word).any(|(at, _)| {
        let before = code[..at].chars().next_back();
        let is_own = before.is_none_or(|c| !(c.is_alphanumeric() || c == '_' || c == ':'));
        let after = &code[at + word.len()..];
        let is_import = code[..at].trim_end().ends_with("use");
        let ends = after.starts_with("::") || is_import && after.starts_with([';', ' ', ',']);
        is_own && ends
    })
}

#[test]
fn imports_and_crates_are_seen_however_they_are_written() {
    let code =
        "use crate::{files, milp::{Problem, dual}, named::Named};\nuse crate::network::Layer;";
    assert_eq!(imports(code), ["files", "milp", "named", "network"]);
    assert_eq!(
        imports("pub(crate) fn f() -> crate::bounds::Interval {}"),
        ["bounds"]
    );
    for code in [
        "use burn::a;",
        "(burn::a)",
        "&burn::a",
        "<burn::a as b>",
        "use burn;",
        "use burn as b;",
    ] {
        assert!(names_crate(code, "burn"), "{code}");
    }
    for code in [
        "use burn_ndarray::a;",
        "sunburn::a",
        "crate::burn::a",
        "let burn = 1;",
    ] {
        assert!(!names_crate(code, "burn"), "{code}");
    }
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
        let names = |word: &str| names_crate(&code, word);
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
