//! The program under memory and time limits.

use std::io::Read;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::program::Scratch;

/// KiB of address space: several times what the largest of the cases needs.
const MEMORY: u64 = 6 << 20;
/// Seconds, on a machine with other work.
pub const SECONDS: u64 = 60;

/// As [`run`], with arguments separated by spaces.
///
/// # Errors
/// As there.
pub fn run_line(scratch: &Scratch, line: &str) -> Result<bool, String> {
    let arguments: Vec<_> = line.split(' ').map(str::to_owned).collect();
    run(&scratch.path(""), &arguments)
}

/// Runs the program with `arguments` in `folder`, and returns whether it succeeded.
///
/// # Errors
/// When it panics, is killed by a signal, takes too long, or exits with a status other than 0, 1
/// and 2.
pub fn run(folder: &Path, arguments: &[String]) -> Result<bool, String> {
    let limited = format!("ulimit -v {MEMORY}; exec \"$0\" \"$@\"");
    let mut child = Command::new("sh")
        .args(["-c", &limited, env!("CARGO_BIN_EXE_pipeline")])
        .args(arguments)
        .current_dir(folder)
        // Never a download.
        .env("PIPELINE_DATA_DIR", folder.join("no-images"))
        .env("RAYON_NUM_THREADS", "2")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|error| error.to_string())?;
    let mut stderr = child.stderr.take().expect("a pipe");
    let reader = std::thread::spawn(move || {
        let mut text = Vec::new();
        let _ = stderr.by_ref().take(1 << 20).read_to_end(&mut text);
        let _ = std::io::copy(&mut stderr, &mut std::io::sink());
        String::from_utf8_lossy(&text).into_owned()
    });
    let started = Instant::now();
    let status = loop {
        if let Some(status) = child.try_wait().map_err(|error| error.to_string())? {
            break status;
        }
        if started.elapsed().as_secs() > SECONDS {
            let _ = child.kill();
            let _ = child.wait();
            return Err(format!("{arguments:?} runs for more than {SECONDS} s"));
        }
        std::thread::sleep(Duration::from_millis(3));
    };
    let stderr = reader.join().unwrap_or_default();
    let is_usual = matches!(status.code(), Some(0..=2));
    if is_usual && !stderr.contains("panicked") {
        return Ok(status.success());
    }
    Err(format!("{arguments:?}: {status}: {}", stderr.trim()))
}
