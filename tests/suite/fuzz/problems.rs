//! Problems of users and their link files.

use std::fs;
use std::path::Path;

use pipeline::formats::{ProblemFormat, problem_text, read_problem};
use pipeline::linked::read_link;
use rand::RngExt;

use super::{child, fuzz, mutation};
use crate::program::Scratch;
use crate::support::linear;

const LP: &str = "Maximize\n obj: 2 x + 3.5 y - z + 7\nSubject To\n c1: -5 <= x + y <= 5\n c2: x - 2 z >= -1e3\n r: y + n = 2\nBounds\n -1 <= x <= 4\n y <= 3.5\n z free\nGeneral\n n\nBinary\n b\nEnd\n";
const MPS: &str = "NAME p\nOBJSENSE\n MAX\nROWS\n N obj\n L c1\n G c2\n E r\nCOLUMNS\n x obj 2 c1 1\n x c2 1\n M 'MARKER' 'INTORG'\n y obj 3.5 c1 1\n y r 1\n M 'MARKER' 'INTEND'\n z c2 -2\nRHS\n R c1 5 c2 -1000\n R obj -7\nRANGES\n G c1 10\nBOUNDS\n LO B x -1\n UP B x 4\n UP B y 3\n FR B z\nENDATA\n";
const LINK: &str = "[[network]]\nfile = \"net\"\nbounds = \"linear\"\n[network.scaling]\ninput_offset = [1, 0.5]\noutput_factor = [2.5]\n[[network.copy]]\ninputs = [\"x\", 0.5]\noutputs = [\"z\"]\n[[network.copy]]\ninputs = [\"y\", \"x\"]\noutputs = [\"\"]\n";

/// One case in this number also runs the built program.
const WITH_PROGRAM: u32 = 60;

fn scratch() -> Scratch {
    let scratch = Scratch::new();
    scratch.write("net", linear(2, 1));
    scratch.write("p.lp", LP);
    scratch.write("p.mps", MPS);
    scratch.write("l.toml", LINK);
    scratch
}

#[test]
fn problems() {
    let scratch = scratch();
    fuzz("problems", |rng, path| {
        let (name, own, other) = match rng.random_bool(0.5) {
            true => ("p.lp", LP, MPS),
            false => ("p.mps", MPS, LP),
        };
        let bytes = mutation::text(own.as_bytes(), other.as_bytes(), rng);
        fs::write(path, &bytes).expect("a written case");
        scratch.write(name, &bytes);
        let problem = read_problem(&scratch.path(name));
        if let Ok(problem) = &problem {
            check_again(problem, &scratch.path("again"))?;
        }
        if rng.random_ratio(1, WITH_PROGRAM) {
            let line = format!("embed {name} --link l.toml --solve -o full.mps --time-limit 1");
            child::run_line(&scratch, &line)?;
        }
        Ok(problem.is_ok())
    });
}

/// What was read can be written, and is then read as the same problem.
fn check_again(problem: &pipeline::milp::Problem, path: &Path) -> Result<(), String> {
    let text = problem_text(ProblemFormat::Mps, problem).map_err(|error| error.to_string())?;
    let path = path.with_extension("mps");
    fs::write(&path, text).expect("a written file");
    let again = read_problem(&path).map_err(|error| format!("reads back as {error}"))?;
    // A problem without columns is written with one.
    let columns = problem.columns.len().max(1);
    match again.columns.len() == columns && again.integers() == problem.integers() {
        true => Ok(()),
        false => Err(String::from("reads back with other columns")),
    }
}

#[test]
fn link_files() {
    let scratch = scratch();
    fuzz("link-files", |rng, path| {
        let bytes = mutation::text(LINK.as_bytes(), LP.as_bytes(), rng);
        fs::write(path, &bytes).expect("a written case");
        scratch.write("l.toml", &bytes);
        let problem = read_problem(&scratch.path("p.lp")).expect("a problem");
        let is_accepted = read_link(&scratch.path("l.toml"), problem).is_ok();
        if rng.random_ratio(1, WITH_PROGRAM) {
            child::run_line(&scratch, "embed p.lp --link l.toml --solve --time-limit 1")?;
        }
        Ok(is_accepted)
    });
}
