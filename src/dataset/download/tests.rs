//! Downloads from a local server with scripted answers.

use std::io::{BufRead, BufReader};
use std::net::{TcpListener, TcpStream};
use std::thread::JoinHandle;

use tempfile::TempDir;

use super::*;
use crate::dataset::files::Content;
use crate::dataset::test_data;

const FILE: IdxFile = IdxFile {
    name: "some-labels",
    content: Content::Labels,
    records: 5_000,
    sha256: "e18e6fe44bbeb980f85a745210a0a269a8bb7b98201e0f223576115fd7d5dc6c",
};

/// One answer of the server.
enum Answer {
    Whole(Vec<u8>),
    /// Announces the whole length, sends half of the content and closes the connection.
    Half(Vec<u8>),
    /// Announces no length.
    Unannounced(Vec<u8>),
    NotFound,
}

/// Starts a server that gives these answers, one per request; returns its address and the requested
/// paths.
fn serve(answers: Vec<Answer>) -> (String, JoinHandle<Vec<String>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}/data/", listener.local_addr().unwrap());
    let asked = thread::spawn(move || {
        let answer = |answer| reply(listener.accept().unwrap().0, answer);
        answers.into_iter().map(answer).collect()
    });
    (address, asked)
}

fn reply(mut stream: TcpStream, answer: Answer) -> String {
    let mut lines = BufReader::new(stream.try_clone().unwrap()).lines();
    let request = lines.next().unwrap().unwrap();
    while lines.next().is_some_and(|line| !line.unwrap().is_empty()) {}
    let (head, body) = match answer {
        Answer::Whole(bytes) => (format!("200 OK\r\ncontent-length: {}", bytes.len()), bytes),
        Answer::Half(bytes) => (
            format!("200 OK\r\ncontent-length: {}", bytes.len()),
            bytes[..bytes.len() / 2].to_vec(),
        ),
        Answer::Unannounced(bytes) => ("200 OK".into(), bytes),
        Answer::NotFound => ("404 Not Found\r\ncontent-length: 0".into(), Vec::new()),
    };
    let head = format!("HTTP/1.1 {head}\r\nconnection: close\r\n\r\n");
    stream.write_all(head.as_bytes()).unwrap();
    // The client may have closed the connection already.
    let _ = stream.write_all(&body);
    request.split(' ').nth(1).unwrap().to_string()
}

/// An address at which no server listens.
fn dead() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    format!("http://{}/", listener.local_addr().unwrap())
}

fn right() -> Vec<u8> {
    test_data::packed(&test_data::bytes(&FILE))
}

/// Other labels in a valid file.
fn wrong() -> Vec<u8> {
    let mut bytes = test_data::bytes(&FILE);
    bytes[100] ^= 1;
    test_data::packed(&bytes)
}

/// Fetches into a folder that does not exist yet, inside the returned one.
fn fetch(mirrors: Vec<String>, rounds: usize) -> (TempDir, Result<(), DatasetError>) {
    let root = TempDir::new().unwrap();
    let result =
        Downloader::local(mirrors, rounds).fetch(&FILE, &root.path().join("new"), &mut |_| {});
    (root, result)
}

fn names(root: &TempDir) -> Vec<String> {
    let entries = fs::read_dir(root.path().join("new")).unwrap();
    let name = |entry: std::io::Result<fs::DirEntry>| entry.unwrap().file_name();
    entries
        .map(|entry| name(entry).into_string().unwrap())
        .collect()
}

fn failures(result: Result<(), DatasetError>) -> Vec<String> {
    match result {
        Err(DatasetError::Download { failures, .. }) => failures,
        other => panic!("{other:?}"),
    }
}

#[test]
fn stores_the_file_and_reports_progress() {
    let (address, asked) = serve(vec![Answer::Whole(right())]);
    let root = TempDir::new().unwrap();
    let mut reported = Vec::new();
    Downloader::local(vec![address], 1)
        .fetch(&FILE, root.path(), &mut |download| reported.push(download))
        .unwrap();
    let stored = fs::read(root.path().join("some-labels.gz")).unwrap();
    assert_eq!(stored, right());
    assert_eq!(asked.join().unwrap(), ["/data/some-labels.gz"]);

    let length = right().len() as u64;
    let so_far: Vec<_> = reported.iter().map(|download| download.received).collect();
    assert!(so_far.is_sorted() && so_far[0] == 0 && so_far.ends_with(&[length]));
    assert!(
        reported
            .iter()
            .all(|download| download.file == "some-labels")
    );
    // The length is unknown until the host answers.
    let totals: Vec<_> = reported.iter().map(|download| download.total).collect();
    assert_eq!(totals[0], None);
    assert!(totals[1..].iter().all(|&total| total == Some(length)));
}

#[test]
fn an_unannounced_length_is_none() {
    let (address, _) = serve(vec![Answer::Unannounced(right())]);
    let (root, result) = fetch(vec![address], 1);
    result.unwrap();
    assert_eq!(names(&root), ["some-labels.gz"]);
}

#[test]
fn a_wrong_checksum_leaves_nothing_behind() {
    let (address, _) = serve(vec![Answer::Whole(wrong()), Answer::Whole(wrong())]);
    let (root, result) = fetch(vec![address.clone()], 2);
    let failures = failures(result);
    assert_eq!(failures.len(), 1);
    assert!(failures[0].starts_with(&address), "{failures:?}");
    assert!(
        failures[0].ends_with(&format!("expected {}", FILE.sha256)),
        "{failures:?}"
    );
    assert_eq!(names(&root), [""; 0]);
}

#[test]
fn the_second_mirror_is_used_where_the_first_fails() {
    let (missing, _) = serve(vec![Answer::NotFound]);
    let (tampered, _) = serve(vec![Answer::Whole(wrong())]);
    for first in [dead(), missing, tampered] {
        let (second, asked) = serve(vec![Answer::Whole(right())]);
        let (root, result) = fetch(vec![first, second], 1);
        result.unwrap();
        assert_eq!(names(&root), ["some-labels.gz"]);
        assert_eq!(asked.join().unwrap().len(), 1);
    }
}

#[test]
fn a_broken_connection_is_retried() {
    let half = right()[..right().len() / 2].to_vec();
    let (address, asked) = serve(vec![
        Answer::Half(right()),
        Answer::Unannounced(half),
        Answer::Whole(right()),
    ]);
    let (root, result) = fetch(vec![address], 3);
    result.unwrap();
    assert_eq!(asked.join().unwrap().len(), 3);
    assert_eq!(names(&root), ["some-labels.gz"]);
}

#[test]
fn every_mirror_is_named_when_none_has_the_file() {
    let (missing, asked) = serve(vec![Answer::NotFound, Answer::NotFound]);
    let unreachable = dead();
    let (root, result) = fetch(vec![unreachable.clone(), missing.clone()], 2);
    let failures = failures(result);
    assert!(failures[0].starts_with(&unreachable), "{failures:?}");
    assert!(
        failures[1].starts_with(&missing) && failures[1].contains("404"),
        "{failures:?}"
    );
    assert_eq!(asked.join().unwrap().len(), 2);
    assert_eq!(names(&root), [""; 0]);
}

#[test]
fn an_endless_answer_is_cut() {
    let endless = vec![0; file_limit() + 1];
    let (address, _) = serve(vec![Answer::Unannounced(endless)]);
    let (root, result) = fetch(vec![address], 1);
    assert_eq!(failures(result).len(), 1);
    assert_eq!(names(&root), [""; 0]);
}

fn file_limit() -> usize {
    FILE.bytes() + PACKING_OVERHEAD as usize
}

#[test]
fn a_folder_that_cannot_be_created_is_a_write_error() {
    let root = TempDir::new().unwrap();
    let occupied = root.path().join("file");
    fs::write(&occupied, "").unwrap();
    let result = Downloader::local(vec![dead()], 1).fetch(&FILE, &occupied, &mut |_| {});
    assert!(matches!(result, Err(DatasetError::Write { path, .. }) if path == occupied));
}
