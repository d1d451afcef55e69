//! A file that another program appends to: what is new in it, in whole lines.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::PathBuf;

use bytes::Bytes;
use spanglass_trace::decode::{Budget, Received, forms};

/// How much is read at once; a longer line is left out.
const PIECE_BYTES: u64 = 64 << 20;

/// Follows a file from its beginning on.
pub struct Follower {
    path: PathBuf,
    /// Where the first line begins that was not read.
    at: u64,
    /// How many lines were read.
    lines: u64,
}

/// What was appended.
#[derive(Debug, Default)]
pub struct Appended {
    /// What was read.
    pub received: Received,
    /// What could not be, in sentences that name the line.
    pub complaints: Vec<String>,
    /// Whether there is more to be read at once.
    pub is_more: bool,
}

impl Follower {
    /// Returns a follower that has read nothing.
    pub fn new(path: PathBuf) -> Self {
        Self { path, at: 0, lines: 0 }
    }

    /// Reads the lines that were written to their ends since the last time. A file that became shorter was begun anew.
    ///
    /// # Errors
    ///
    /// When the file cannot be read; it may be there again the next time.
    pub fn read(&mut self) -> io::Result<Appended> {
        let mut file = File::open(&self.path)?;
        if file.metadata()?.len() < self.at {
            (self.at, self.lines) = (0, 0);
        }
        file.seek(SeekFrom::Start(self.at))?;
        let mut new = Vec::new();
        file.take(PIECE_BYTES).read_to_end(&mut new)?;
        let is_full = new.len() as u64 == PIECE_BYTES;
        let mut appended = Appended { is_more: is_full, ..Appended::default() };
        let Some(end) = memchr::memrchr(b'\n', &new) else {
            if is_full {
                self.at += PIECE_BYTES;
                appended.complaints.push(format!("line {}: it is longer than 64 MiB", self.lines + 1));
            }
            return Ok(appended);
        };
        new.truncate(end + 1);
        self.at += new.len() as u64;
        let new = Bytes::from(new);
        for line in new.split_inclusive(|byte| *byte == b'\n') {
            self.lines += 1;
            if !line.trim_ascii().is_empty() {
                appended.take(self.lines, &new.slice_ref(line));
            }
        }
        Ok(appended)
    }
}

impl Appended {
    fn take(&mut self, number: u64, line: &Bytes) {
        match forms::anything(line, Budget::default()) {
            Ok(received) => {
                let told = received.complaints.iter();
                self.complaints.extend(told.map(|told| format!("line {number}: {}: {}", told.place, told.reason)));
                self.received.spans.extend(received.spans);
                self.received.logs.extend(received.logs);
            }
            Err(error) => self.complaints.push(format!("line {number}: {error}")),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn line(id: u8) -> String {
        let span = format!(r#"{{"traceId":"{:032x}","spanId":"{id:016x}","name":"a","startTimeUnixNano":"1"}}"#, 1);
        format!("{{\"resourceSpans\":[{{\"scopeSpans\":[{{\"spans\":[{span}]}}]}}]}}\n")
    }

    #[test]
    fn lines_are_read_once_they_are_whole_and_a_file_may_begin_anew() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("growing.jsonl");
        let mut follower = Follower::new(path.clone());
        assert!(follower.read().is_err(), "it is not there yet");
        let mut file = File::create(&path).unwrap();
        let mut append = |text: &str, spans: usize, complaints: usize| {
            file.write_all(text.as_bytes()).unwrap();
            let appended = follower.read().unwrap();
            assert_eq!((appended.received.spans.len(), appended.complaints.len()), (spans, complaints), "{text}");
            appended
        };
        append(&(line(1) + &line(2)), 2, 0);
        let next = line(3);
        append(&next[..20], 0, 0);
        append(&next[20..], 1, 0);
        append("", 0, 0);
        let appended = append("nonsense\n\n", 0, 1);
        assert!(appended.complaints[0].starts_with("line 4: "), "{:?}", appended.complaints);
        std::fs::write(&path, line(4)).unwrap();
        assert_eq!(follower.read().unwrap().received.spans.len(), 1);
    }
}
